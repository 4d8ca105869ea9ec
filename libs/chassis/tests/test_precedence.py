"""Work that somebody waits for goes first; the rest waits, but not for ever."""

import asyncio

import pytest

from tsunagu.chassis.precedence import Precedence
from tsunagu.testing.simulated_clock import SimulatedClock


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


async def test_behind__nobody_came_for_a_while__has_no_company(watch: SimulatedClock) -> None:
    precedence = Precedence(wait_seconds_max=60.0, recent_seconds=1.0)
    assert not await precedence.behind()
    with precedence.first():
        pass
    watch.advance(0.9)
    assert await precedence.behind()
    watch.advance(0.2)
    assert not await precedence.behind()


async def test_first__its_work_fails__nobody_is_held_up() -> None:
    precedence = Precedence(wait_seconds_max=60.0, recent_seconds=0.0)
    with pytest.raises(RuntimeError), precedence.first():
        raise RuntimeError
    assert not await precedence.behind()
