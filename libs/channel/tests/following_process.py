"""A process that follows the counting model until it is killed: `following_process.py KIND LOCATION KAFKA TOPIC`."""

import asyncio
import sys
from dataclasses import replace

from counting import model  # type: ignore[import-not-found] # of its own folder, as it is run

from tsunagu.channel import Channel, Settings
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY


async def main(kind: str, location: str, kafka: str, topic: str) -> None:
    settings = Settings(
        kafka_bootstrap_servers=kafka, batch_records_max=20, poll_wait_ms=50, session_timeout_ms=6_000
    )
    async with Channel("kiosk", settings) as channel:
        await channel.follow(model(kind, location, replace(INVENTORY_AVAILABILITY, name=topic)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
