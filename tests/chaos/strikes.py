"""What is struck, and what the recovery from it is held against."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

from tsunagu.stack.addresses import KAFKA, POSTGRES

from .scene import Scene
from .windows import SHOPPERS, Comparison

MAIN = ("order", "inventory", "pickup")
"""The way of every order: one is struck at a time, and orders show when it works again."""

BESIDE = ("customer", "insight", "edge-partner", "edge-staff", "edge-board", "edge-channels", "edge-shopper")
"""They follow what the others say: struck at the same time, each is measured by what it has read."""

RETURN_BAR_SECONDS = 5.0
TAKEOVER_BAR_SECONDS = 4.0  # beside the session timeout
DATABASE_BAR_SECONDS = 10.0
BROKER_BAR_SECONDS = 20.0

Prepared: TypeAlias = "Callable[[], AbstractAsyncContextManager[float]]"
"""Enter it to strike: it gives the moment from which recovery counts, and mends what it broke when it is left."""


@dataclass(frozen=True)
class Strike:
    """One strike. `prepare` starts what it needs, before the load begins.

    `starts`: the process whose ordinary start is the yardstick, where it has to start again; else it is the
    ordinary answer to an order. `reader`: the service that has to read on; orders tell, where it is none.
    """

    name: str
    bar_seconds: float | None
    prepare: Callable[[Scene], AbstractAsyncContextManager[Prepared]]
    starts: str | None = None
    reader: str | None = None
    picking: bool = False


@dataclass(frozen=True)
class Round:
    """What happens under one load, which is audited at its end: strikes one after the other, some at the same time.

    `brokers` is how many Kafka has. A quiet round plays little more than what its strikes bring along.
    """

    turns: Sequence[Sequence[Strike]]
    brokers: int = 1
    is_quiet: bool = False

    @property
    def strikes(self) -> list[Strike]:
        """All strikes, in their order."""
        return [strike for turn in self.turns for strike in turn]

    def only(self, is_wanted: Callable[[Strike], bool]) -> "Round":
        """The same with some of its strikes."""
        turns = [[strike for strike in turn if is_wanted(strike)] for turn in self.turns]
        return replace(self, turns=[turn for turn in turns if turn])


def killed(service: str) -> Strike:
    """`kill -9` of a service's process; its supervisor starts it again under its fixed name."""

    @asynccontextmanager
    async def strike(scene: Scene) -> AsyncIterator[float]:
        now = time.monotonic()
        await scene.process(service).kill()
        yield now

    return _service_strike(f"{service} killed", RETURN_BAR_SECONDS, service, strike, starts=service)


def lost(service: str, session_seconds: float) -> Strike:
    """`kill -9` of the second process of a service; nobody starts it again, and the first takes over."""
    return _second(
        f"{service} killed for good", session_seconds + TAKEOVER_BAR_SECONDS, service, freezes=False
    )


def frozen(service: str, session_seconds: float, idle_in_transaction_seconds: float) -> Strike:
    """SIGSTOP of the second process of a service, which wakes up when the first has taken over."""
    bar = session_seconds + TAKEOVER_BAR_SECONDS + idle_in_transaction_seconds
    return _second(f"{service} frozen", bar, service, freezes=True)


def cut_off(service: str) -> Strike:
    """The second process of a service loses its way to both servers, and finds it again; it counts from then."""

    @asynccontextmanager
    async def prepare(scene: Scene) -> AsyncIterator[Prepared]:
        async with scene.networks() as networks, scene.another(service, networks):

            @asynccontextmanager
            async def strike() -> AsyncIterator[float]:
                networks.database.close()
                networks.kafka.close()
                try:
                    await asyncio.sleep(scene.settings.unreachable_seconds)
                finally:
                    networks.database.open()
                    networks.kafka.open()
                yield time.monotonic()

            yield strike

    return Strike(f"{service} cut off from both servers", None, prepare, reader=_reader(service))


def server_killed(server: str, bar_seconds: float) -> Strike:
    """`kill -9` of PostgreSQL or Kafka with all its processes; the supervisor starts it again."""

    @asynccontextmanager
    async def strike(scene: Scene) -> AsyncIterator[float]:
        now = time.monotonic()
        await scene.process(server).kill()
        yield now

    return Strike(f"{server} killed", bar_seconds, _at_once(strike), starts=server)


def server_frozen(server: str, bar_seconds: float) -> Strike:
    """SIGSTOP of PostgreSQL or Kafka; recovery counts from when it goes on."""

    @asynccontextmanager
    async def strike(scene: Scene) -> AsyncIterator[float]:
        process = scene.process(server)
        process.freeze()
        try:
            await asyncio.sleep(scene.settings.frozen_seconds)
        finally:
            process.thaw()
        yield time.monotonic()

    return Strike(f"{server} frozen", bar_seconds, _at_once(strike))


def sessions_ended() -> Strike:
    """`pg_terminate_backend` of every client's session."""

    @asynccontextmanager
    async def strike(scene: Scene) -> AsyncIterator[float]:
        now = time.monotonic()
        assert await scene.terminate_all_sessions()
        yield now

    return Strike("all database sessions ended", DATABASE_BAR_SECONDS, _at_once(strike))


def broker_killed() -> Strike:
    """`kill -9` of the one of several brokers whose loss is felt most; the supervisor starts it again."""

    @asynccontextmanager
    async def strike(scene: Scene) -> AsyncIterator[float]:
        broker = scene.process(await scene.coordinating_broker())
        now = time.monotonic()
        await broker.kill()
        yield now

    return Strike("one of three brokers killed", BROKER_BAR_SECONDS, _at_once(strike))


def broker_frozen() -> Strike:
    """SIGSTOP of the one of several brokers whose loss is felt most; it wakes up when the others have taken over."""

    @asynccontextmanager
    async def strike(scene: Scene) -> AsyncIterator[float]:
        broker = scene.process(await scene.coordinating_broker())
        now = time.monotonic()
        broker.freeze()
        try:
            yield now
        finally:
            broker.thaw()

    return Strike("one of three brokers frozen", BROKER_BAR_SECONDS, _at_once(strike))


def shoppers_flooded() -> Strike:
    """More lookups than the shopper process can answer, from ever new addresses, while others go on working."""

    async def nothing_else(_: Scene) -> None: ...

    return _in_a_flood("shopper overloaded", "in a flood", nothing_else)


def shoppers_killed_in_a_flood() -> Strike:
    """`kill -9` of the shopper process in such a flood, in which it starts again."""

    async def kill(scene: Scene) -> None:
        await scene.process(SHOPPERS).kill()

    return _in_a_flood("shopper killed while overloaded", "killed in a flood", kill, SHOPPERS)


def all_rounds(session_seconds: float, idle_in_transaction_seconds: float) -> list[Round]:
    """The whole chaos."""

    def one_by_one(strike: Callable[[str], Strike]) -> list[list[Strike]]:
        return [*([strike(service)] for service in MAIN), [strike(service) for service in BESIDE]]

    return [
        Round(one_by_one(killed)),
        Round(one_by_one(lambda service: lost(service, session_seconds))),
        Round(one_by_one(lambda service: frozen(service, session_seconds, idle_in_transaction_seconds))),
        Round([[cut_off("order")], [cut_off("inventory")], [sessions_ended()]]),
        Round(
            [
                [server_killed(POSTGRES, DATABASE_BAR_SECONDS)],
                [server_frozen(POSTGRES, DATABASE_BAR_SECONDS)],
            ]
        ),
        Round([[server_killed(KAFKA, BROKER_BAR_SECONDS)], [server_frozen(KAFKA, BROKER_BAR_SECONDS)]]),
        Round([[shoppers_flooded()], [shoppers_killed_in_a_flood()]], is_quiet=True),
        Round([[broker_killed()], [broker_frozen()]], brokers=3),
    ]


def _reader(service: str) -> str | None:
    return None if service in MAIN else service


def _service_strike(
    name: str,
    bar_seconds: float,
    service: str,
    strike: Callable[[Scene], AbstractAsyncContextManager[float]],
    starts: str | None = None,
) -> Strike:
    return Strike(name, bar_seconds, _at_once(strike), starts, _reader(service), service == "pickup")


def _in_a_flood(
    name: str, window_name: str, strike: Callable[[Scene], Awaitable[None]], starts: str | None = None
) -> Strike:
    """Struck in a flood, which lasts as long as the others are watched; before it, they are watched undisturbed."""

    @asynccontextmanager
    async def prepare(scene: Scene) -> AsyncIterator[Prepared]:
        seconds = scene.settings.window_seconds
        async with scene.watched() as watcher:

            @asynccontextmanager
            async def flooded() -> AsyncIterator[float]:
                usual = await watcher.watch("undisturbed", seconds)
                async with scene.flood() as flood:
                    now = time.monotonic()
                    watching = asyncio.create_task(watcher.watch(window_name, seconds, flood))
                    try:
                        await asyncio.sleep(0)  # the watch has begun
                        await strike(scene)
                        yield now
                        scene.comparisons.append(Comparison(usual, await watching))
                    finally:
                        watching.cancel()

            yield flooded

    return Strike(name, None, prepare, starts, reader=starts)


def _second(name: str, bar_seconds: float, service: str, *, freezes: bool) -> Strike:
    @asynccontextmanager
    async def prepare(scene: Scene) -> AsyncIterator[Prepared]:
        async with scene.another(service) as process:

            @asynccontextmanager
            async def strike() -> AsyncIterator[float]:
                now = time.monotonic()
                if freezes:
                    process.freeze()
                else:
                    await process.kill()
                try:
                    yield now
                finally:
                    process.thaw()

            yield strike

    return Strike(name, bar_seconds, prepare, reader=_reader(service), picking=service == "pickup")


def _at_once(
    strike: Callable[[Scene], AbstractAsyncContextManager[float]],
) -> Callable[[Scene], AbstractAsyncContextManager[Prepared]]:
    @asynccontextmanager
    async def prepare(scene: Scene) -> AsyncIterator[Prepared]:
        yield lambda: strike(scene)

    return prepare
