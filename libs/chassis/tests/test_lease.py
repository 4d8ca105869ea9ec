"""What may be sent under a lease that is renewed, and under one that ended while the process stood still."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tsunagu.chassis import clock
from tsunagu.chassis.lease import Lease, LeaseLost

LONG_SECONDS = 3_600.0


class StandingClock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def standing() -> Iterator[StandingClock]:
    source = StandingClock()
    clock.install(replace(clock.MACHINE, monotonic=source.monotonic))
    yield source
    clock.install(clock.MACHINE)


def test_require__a_pause_longer_than_the_lease__is_lost(standing: StandingClock) -> None:
    lease = Lease()
    with pytest.raises(LeaseLost):
        lease.require()
    lease.renew(standing.now + 2)
    standing.now += 1
    lease.require()
    standing.now += 1
    with pytest.raises(LeaseLost):
        lease.require()


async def test_held__the_lease_ended_while_the_process_stood_still__nothing_is_done_under_it(
    standing: StandingClock,
) -> None:
    lease = Lease()
    lease.renew(standing.now + 2)
    standing.now += 3
    with pytest.raises(TimeoutError):
        async with lease.held():
            await asyncio.sleep(0)
            raise AssertionError("it was done")


async def test_held__renewed_meanwhile__goes_on_past_the_first_end(standing: StandingClock) -> None:
    lease = Lease()
    lease.renew(standing.now + 0.01)
    loop = asyncio.get_running_loop()
    first_end_passed = asyncio.Event()
    async with lease.held():
        lease.renew(standing.now + LONG_SECONDS)
        loop.call_later(0.02, first_end_passed.set)
        await first_end_passed.wait()


async def test_held__renewed_after_it_had_ended__stays_ended(standing: StandingClock) -> None:
    lease = Lease()
    lease.renew(standing.now)
    with pytest.raises(TimeoutError):
        async with lease.held():
            try:
                await asyncio.Event().wait()
            finally:
                lease.renew(standing.now + LONG_SECONDS)
