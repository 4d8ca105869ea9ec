"""Kafka and PostgreSQL for tests, in the foreground: `python -m tsunagu.testing.serve`.

Prints two shell variables when both are ready. Test runs that have them in their environment share these
servers instead of starting their own:

    python -m tsunagu.testing.serve > addresses &
    source addresses && pytest
"""

import asyncio
import shlex
import signal
import sys

from tsunagu.testing.backends import KAFKA_VARIABLE, POSTGRES_VARIABLE
from tsunagu.testing.embedded import embedded_kafka, embedded_postgres

# Several test runs at once keep more topics and clients alive than one does.
SHARED_HEAP_MEGABYTES = 768


async def serve() -> None:
    """Run both servers until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with (
        embedded_postgres() as postgres,
        embedded_kafka(heap_megabytes=SHARED_HEAP_MEGABYTES) as kafka,
    ):
        sys.stdout.write(f"export {KAFKA_VARIABLE}={shlex.quote(kafka.address)}\n")
        sys.stdout.write(f"export {POSTGRES_VARIABLE}={shlex.quote(postgres.address)}\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve())
