"""`python -m tsunagu.testing.toy.struck` runs the toy again and again, each time until a strike has ended it.

TOY_STRIKES is a JSON list of strikes. Each is written to standard output when it has happened. The processes are
forked from this one, which has imported everything: starting Python would take most of the time.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from itertools import groupby
from urllib.parse import urlsplit

from tsunagu.chassis import faults
from tsunagu.chassis.__main__ import serve
from tsunagu.chassis.settings import ChassisSettings, chassis_settings
from tsunagu.stack.launcher import die_with_parent
from tsunagu.testing.tcp_proxy import KafkaProxy, TcpProxy, connects_as, is_produce
from tsunagu.testing.toy.app import toy_service


class How(StrEnum):
    """What happens at a place, seen from the step that follows it there."""

    BEFORE = "before"
    """The process is killed when it gets there."""
    AFTER = "after"
    """It is killed when the server has done the next step, and before it hears of that."""
    UNKNOWN = "unknown"
    """The server has done the next step; its answer is lost with the connection, and the process goes on."""
    LOST = "lost"
    """The next step is lost with the connection before the server hears of it, and the process goes on.

    For the process this is the same as UNKNOWN: it must not take either for granted.
    """


SURVIVED = (How.UNKNOWN, How.LOST)


class Step(StrEnum):
    """To whom the next step after a place speaks."""

    BATCH = "batch"
    """PostgreSQL, on the consumer's connection."""
    DUE = "due"
    """PostgreSQL, on the connection for due work."""
    RELAY = "relay"
    """PostgreSQL, on the relay's connection."""
    PRODUCE = "produce"
    """Kafka, with messages."""


@dataclass(frozen=True)
class Strike:
    """One strike: at which place, how, and what the step is that follows there."""

    place: str
    how: How
    step: Step


def as_environment(strikes: Sequence[Strike]) -> dict[str, str]:
    """What tells a process of this module which strikes to suffer."""
    return {"TOY_STRIKES": json.dumps([asdict(strike) for strike in strikes])}


class _Struck:
    """One process: it suffers its strikes one after the other, and is killed after the last."""

    def __init__(self, strikes: Sequence[Strike], source: str, settings: ChassisSettings) -> None:
        self._left = list(strikes)
        self._is_armed = False
        self._names = {
            Step.BATCH: f"tsunagu insight.{source}",
            Step.DUE: "tsunagu insight due work",
            Step.RELAY: "tsunagu insight relay",
        }
        database = urlsplit(settings.database_url)
        self._postgres = TcpProxy(database.port or 5432)
        kafka_host, _, kafka_port = settings.kafka_bootstrap_servers.rpartition(":")
        self._kafka = KafkaProxy(int(kafka_port))
        if any(strike.how is not How.BEFORE for strike in strikes):
            self._start_proxies()
            address = f"{database.username}:{database.password}@{database.hostname}:{self._postgres.port}"
            settings = settings.model_copy(
                update={
                    "database_url": database._replace(netloc=address).geturl(),
                    "kafka_bootstrap_servers": f"{kafka_host}:{self._kafka.port}",
                }
            )
        self.settings = settings
        faults.install(self._pass)

    def _start_proxies(self) -> None:
        """In a thread of their own: they have to go on while the toy waits for an answer."""
        started = threading.Event()

        async def run() -> None:
            await self._postgres.start()
            await self._kafka.start()
            started.set()
            await asyncio.Event().wait()

        threading.Thread(target=lambda: asyncio.run(run()), daemon=True).start()
        started.wait()

    async def _pass(self, place: str) -> None:
        strike = self._left[0]
        if self._is_armed or place != strike.place:
            return
        self._is_armed = True
        if strike.how is How.BEFORE:
            self._happened(strike)
            return
        proxy: TcpProxy = self._kafka if strike.step is Step.PRODUCE else self._postgres
        wanted = is_produce if strike.step is Step.PRODUCE else connects_as(self._names[strike.step])
        lose = proxy.lose_request if strike.how is How.LOST else proxy.lose_answer
        lose(wanted, partial(self._happened, strike))

    def _happened(self, strike: Strike) -> None:
        os.write(sys.stdout.fileno(), f"{strike.place} {strike.how}\n".encode())
        self._left.pop(0)
        self._is_armed = False
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


def _run(strikes: Sequence[Strike]) -> None:
    source = os.environ["TOY_SOURCE"]
    struck = _Struck(strikes, source, chassis_settings())
    serve(toy_service(source, os.environ["TOY_TARGET"]), struck.settings)


def _fork(run: Callable[[], None]) -> int:
    """Run something in a process of its own, which ends with this one; how that ended."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        die_with_parent(parent)
        run()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> int:
    """Suffer all strikes; 1 if a process has ended in another way."""
    strikes = [
        Strike(each["place"], How(each["how"]), Step(each["step"]))
        for each in json.loads(os.environ["TOY_STRIKES"])
    ]
    runs: list[list[Strike]] = []
    for survives, group in groupby(strikes, lambda strike: strike.how in SURVIVED):
        some = list(group)
        # Who survives a strike can suffer the next one as well.
        runs += [some] if survives else [[strike] for strike in some]
    return int(any(_fork(partial(_run, run)) != -signal.SIGKILL for run in runs))


if __name__ == "__main__":
    sys.exit(main())
