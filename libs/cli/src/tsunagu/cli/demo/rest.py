"""When a run has come to rest: nothing is to be done, and nobody says anything new."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from tsunagu.cli.demo.services import Services
from tsunagu.retailer.observer import Observer
from tsunagu.retailer.play import Play
from tsunagu.retailer.shop_books import ShopBooks

PATIENCE_SECONDS = 60.0
"""Silence after which a run that is not at rest is given up: three times the longest window of the demo."""

QUIET_ROUNDS = 2
"""Rounds of answers, all idle and with nothing new on the topics between them: what one service has just sent,
another may not have fetched when it answered."""

REST_SECONDS_MAX = 900.0
"""Time after which it is given up in any case: who waits for an answer that never comes asks again and again, so that
there is no silence."""

_NAMED_MAX = 5  # orders named in a reason


class NotAtRest(Exception):  # noqa: N818 - a state of affairs that the demo reports
    """The run stood still before it had come to an end; the text says what is left."""


async def wait_for_rest(
    missing: Callable[[], Sequence[str]],
    said: Callable[[], int],
    next_round: Callable[[], Awaitable[None]],
    patience_seconds: float = PATIENCE_SECONDS,
    seconds_max: float = REST_SECONDS_MAX,
) -> None:
    """Return when nothing is missing and nothing new is said, for QUIET_ROUNDS rounds of answers.

    `said` counts all that was ever said. Raises NotAtRest after `patience_seconds` in which nothing was
    said, and after `seconds_max` in any case.
    """
    quiet_rounds, before = 0, -1
    began_at = changed_at = time.monotonic()
    while quiet_rounds < QUIET_ROUNDS:
        await next_round()
        now = said()
        if now != before:
            before, changed_at, quiet_rounds = now, time.monotonic(), 0
        elif missing():
            quiet_rounds = 0
        else:
            quiet_rounds += 1
        if time.monotonic() - changed_at > patience_seconds or time.monotonic() - began_at > seconds_max:
            raise NotAtRest("; ".join(missing()) or "nothing is missing, but the services do not stay idle")


def missing_in(play: Play, observer: Observer, services: Services, books: ShopBooks | None) -> list[str]:
    """What is still to come, in words; nothing when all that is known has been dealt with."""
    reasons = []
    if not play.is_over:
        reasons.append(f"{play.stage.busy} acts under way, {play.desk.waiting} commands without an outcome")
    orders = observer.open_orders()
    if orders:
        reasons.append(f"{len(orders)} orders open ({_some(orders)})")
    tasks = observer.open_tasks()
    if tasks:
        named = [f"{task.kind} at {task.location_id} for {task.order_id}" for task in tasks]
        reasons.append(f"{len(tasks)} tasks open ({_some(named)})")
    if books is not None and books.not_told():
        reasons.append(f"{books.not_told()} events of which the web shop was not told")
    return reasons + services.busy()


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED_MAX
    return ", ".join(names[:_NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


async def first_of(main: Awaitable[None], *others: "asyncio.Future[None]") -> None:
    """Wait for `main`; an error of one of the others that happens meanwhile is raised at once."""
    waiting = asyncio.ensure_future(main)
    try:
        await asyncio.wait((waiting, *others), return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            if other.done():
                other.result()
        await waiting
    finally:
        waiting.cancel()
