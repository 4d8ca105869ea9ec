"""Work that somebody waits for goes first; the rest waits, but not for ever."""

import asyncio
from collections.abc import Iterator

import pytest

from tsunagu.chassis import clock
from tsunagu.chassis.precedence import Precedence


class Watch:
    """A clock that stands still unless it is set."""

    def __init__(self) -> None:
        self.seconds = 0.0


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    clock.install(clock.TimeSource(clock.MACHINE.now, lambda: watch.seconds))
    yield watch
    clock.install(clock.MACHINE)


async def test_behind__others_are_at_work__waits_until_the_last_of_them_is_done() -> None:
    precedence = Precedence(wait_seconds_max=60.0, recent_seconds=1.0)
    with precedence.first():
        with precedence.first():
            waiting = asyncio.create_task(precedence.behind())
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    assert await waiting


async def test_behind__others_never_end__takes_its_turn_all_the_same() -> None:
    precedence = Precedence(wait_seconds_max=0.001, recent_seconds=1.0)
    with precedence.first():
        assert await precedence.behind()


async def test_behind__nobody_came_for_a_while__has_no_company(watch: Watch) -> None:
    precedence = Precedence(wait_seconds_max=60.0, recent_seconds=1.0)
    assert not await precedence.behind()
    with precedence.first():
        pass
    watch.seconds = 0.9
    assert await precedence.behind()
    watch.seconds = 1.1
    assert not await precedence.behind()


async def test_first__its_work_fails__nobody_is_held_up() -> None:
    precedence = Precedence(wait_seconds_max=60.0, recent_seconds=0.0)
    with pytest.raises(RuntimeError), precedence.first():
        raise RuntimeError
    assert not await precedence.behind()
