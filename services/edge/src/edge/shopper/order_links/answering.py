"""A link as it is shown, and the answer that is given by it."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import asyncpg
from pydantic import BaseModel

from edge import metrics
from edge.domain.prefectures import PREFECTURES
from edge.problems import RETRY_AFTER_SECONDS, FieldError, Problem
from edge.shopper.commands import COMMANDS
from edge.shopper.order_links.choosing import (
    ANSWERS_MAX,
    Choice,
    Link,
    NumberedChoice,
    commands_of,
    kinds_open,
    lines_concerned,
    pieces_of,
    question_is_open,
)
from edge.shopper.order_links.following import SQL, hash_of
from edge.shopper.order_links.views import OrderView
from edge.shopper.settings import Settings
from edge.web_app import Door, reading, writing
from tsunagu.chassis import Connection, Transaction, clock
from tsunagu.contracts.values import ChoiceKind, Id, Instant, LinkPurpose

_OFFICES = {office.code: (office.latitude, office.longitude) for office in PREFECTURES}


class ShownLine(BaseModel):
    """Pieces that the link is about."""

    line_id: Id
    sku: Id
    name_ja: str | None = None
    name_en: str | None = None
    quantity: int


class ShownOption(BaseModel):
    """One way on. Another store has a name here, and a time where it has all of it; any other may be asked for, too."""

    kind: ChoiceKind
    location_id: str | None = None
    name_ja: str | None = None
    name_en: str | None = None
    address: str | None = None
    ready_by: Instant | None = None


class ShownAnswer(BaseModel):
    """What was asked last by this link, and what became of it. `reason`: why it was refused."""

    number: int
    kind: ChoiceKind
    location_id: str | None = None
    location_name_ja: str | None = None
    location_name_en: str | None = None
    prefecture: str | None = None
    state: Literal["waiting", "done", "refused"]
    reason: str | None = None
    given_at: Instant


class ShownLink(BaseModel):
    """All that the holder of a link may see. Without `next_number` nothing can be asked by it at the moment."""

    order_id: Id
    purpose: LinkPurpose
    valid_until: Instant
    lines: list[ShownLine] = []
    options: list[ShownOption] = []
    answer: ShownAnswer | None = None
    next_number: int | None = None


def not_found() -> Problem:
    """One answer for tokens that never were, are void, or are too old: they can't be told apart."""
    metrics.ORDER_LINK_MISSES.inc()
    return Problem(404, "not-found", "This link is not known, or its time is over.")


async def show(door: Door, token: str) -> ShownLink:
    """What the holder of a token may see. Raises Problem 404 where it opens nothing, 503 where its order is not known
    yet."""
    async with reading(door) as connection:
        return await _shown(connection, token, _limits(door))


async def answer(door: Door, token: str, asked: NumberedChoice, traceparent: str | None) -> ShownLink:
    """Take an answer, once, and show the link after it.

    Raises Problem as `show`, and 422 where this can't be asked.
    """
    async with writing(door) as transaction:
        # Two answers at once: the second sees the first.
        await transaction.connection.fetchval(SQL.lock_link, hash_of(token))
        limits = _limits(door)
        link, view, last = await _opened(transaction.connection, token)
        if asked.number == _next_number(link, view, last):
            assert view is not None, "nothing is asked of an order that is not known"
            await _check(transaction.connection, link, view, asked)
            await _give(transaction, link, view, asked, traceparent)
        return await _shown(transaction.connection, token, limits)


def _limits(door: Door) -> Settings:
    assert isinstance(door.settings, Settings)
    return door.settings


async def _opened(connection: Connection, token: str) -> tuple[Link, OrderView | None, asyncpg.Record | None]:
    row = await connection.fetchrow(SQL.read_link, hash_of(token), clock.now())
    if row is None:
        raise not_found()
    purpose, view = LinkPurpose(row["purpose"]), None
    if row["view"] is not None:
        view = OrderView.model_validate(row["view"])
    last = await connection.fetchrow(SQL.read_last_answer, row["order_id"], purpose, row["version"])
    link = Link(
        row["order_id"],
        purpose,
        row["version"],
        row["order_version"],
        row["valid_until"],
        row["void_at"] is not None,
    )
    if last is None and not link.is_void and (view is None or view.version < link.order_version):
        raise Problem(
            503,
            "unavailable",
            "News of this order is on its way; try again in a moment.",
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    if last is None and not _is_open(link, view):
        raise not_found()
    return link, view, last


def _is_open(link: Link, view: OrderView | None) -> bool:
    if link.is_void or view is None:
        return False
    return question_is_open(link, view) if link.is_a_question else True


def _next_number(link: Link, view: OrderView | None, last: asyncpg.Record | None) -> int | None:
    """Under which number something may be asked now.

    One thing at a time: while an answer waits for its outcome, it stands. A question that was answered is over, unless
    the answer was refused.
    """
    if view is None or not _is_open(link, view) or not kinds_open(link, view):
        return None
    if last is None:
        return 1
    state = _state(last["states"])
    may_ask = state == "refused" or (state == "done" and not link.is_a_question)
    return last["number"] + 1 if may_ask and last["number"] < ANSWERS_MAX else None


async def _check(connection: Connection, link: Link, view: OrderView, asked: NumberedChoice) -> None:
    if asked.kind not in kinds_open(link, view):
        raise _not_possible("kind", "this can't be chosen for this order now")
    if asked.location_id is not None:
        place = await connection.fetchrow(SQL.read_places, [asked.location_id])
        if place is None or not place["pickup_enabled"]:
            raise _not_possible("location_id", "nobody can collect there")


def _not_possible(field: str, why: str) -> Problem:
    return Problem(
        422, "invalid", "This can't be asked for.", errors=[FieldError(pointer=f"/{field}", detail=why)]
    )


async def _give(
    transaction: Transaction, link: Link, view: OrderView, asked: NumberedChoice, traceparent: str | None
) -> None:
    commands = commands_of(link, view, asked, transaction.now)
    if not commands:
        raise _not_possible("location_id", "all of it goes there already")
    chosen = asked.choice.model_dump(mode="json", exclude_none=True)
    digest = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
    holder = f"{link.purpose}:{link.order_id}"
    message_ids = [
        await COMMANDS.give(transaction, command, holder=holder, digest=digest, traceparent=traceparent)
        for command in commands
    ]
    await transaction.connection.execute(
        SQL.insert_answer,
        link.order_id,
        link.purpose,
        link.version,
        asked.number,
        chosen,
        message_ids,
        transaction.now,
    )
    transaction.count(metrics.ORDER_LINK_ANSWERS, purpose=link.purpose, kind=asked.kind)


async def _shown(connection: Connection, token: str, limits: Settings) -> ShownLink:
    link, view, last = await _opened(connection, token)
    shown = ShownLink(order_id=link.order_id, purpose=link.purpose, valid_until=link.valid_until)
    if last is not None:
        shown.answer = await _shown_answer(connection, last)
    shown.next_number = _next_number(link, view, last)
    if view is not None and _is_open(link, view):
        shown.lines = await _shown_lines(connection, link, view)
        if shown.next_number is not None:
            shown.options = await _shown_options(connection, link, view, limits.link_stores_max)
    return shown


async def _shown_answer(connection: Connection, last: asyncpg.Record) -> ShownAnswer:
    chosen = Choice.model_validate(last["answer"])
    places = await _places(connection, [chosen.location_id])
    place = places.get(chosen.location_id or "", {})
    state = _state(last["states"])
    return ShownAnswer(
        number=last["number"],
        kind=chosen.kind,
        location_id=chosen.location_id,
        location_name_ja=place.get("name_ja"),
        location_name_en=place.get("name_en"),
        prefecture=chosen.prefecture,
        state=state,
        reason=last["reason"] if state == "refused" else None,
        given_at=last["given_at"],
    )


def _state(states: Sequence[str] | None) -> Literal["waiting", "done", "refused"]:
    """Of an answer that became several commands; commands that are forgotten were settled long ago."""
    if not states:
        return "done"
    if "waiting" in states:
        return "waiting"
    return "refused" if "refused" in states else "done"


async def _shown_lines(connection: Connection, link: Link, view: OrderView) -> list[ShownLine]:
    lines = lines_concerned(link, view)
    rows = await connection.fetch(SQL.read_products, sorted({line.sku for line in lines}))
    names = {row["sku"]: row for row in rows}
    return [
        ShownLine(
            line_id=line.line_id,
            sku=line.sku,
            name_ja=names[line.sku]["name_ja"] if line.sku in names else None,
            name_en=names[line.sku]["name_en"] if line.sku in names else None,
            quantity=pieces_of(link, line),
        )
        for line in lines
    ]


async def _shown_options(
    connection: Connection, link: Link, view: OrderView, stores_max: int
) -> list[ShownOption]:
    times: dict[str, datetime | None] = {}
    if link.is_a_question:
        times = {
            option.location_id: option.ready_by for option in view.options if option.location_id is not None
        }
    shown: list[ShownOption] = []
    for kind in kinds_open(link, view):
        if kind is not ChoiceKind.PICKUP_ELSEWHERE:
            shown.append(ShownOption(kind=kind))
            continue
        named = list(times) or await _nearest(connection, link, view, stores_max)
        places = await _places(connection, named)
        shown += [
            ShownOption(
                kind=kind, location_id=location_id, ready_by=times.get(location_id), **places[location_id]
            )
            for location_id in named
            if location_id in places
        ]
    return shown


async def _nearest(connection: Connection, link: Link, view: OrderView, stores_max: int) -> list[str]:
    """Other stores near where the goods were to go; whether they have them is looked at when one is chosen."""
    groups = view.groups_of(lines_concerned(link, view))
    stores = [group.location_id for group in groups if group.location_id is not None]
    rows = await connection.fetch(SQL.read_places, stores)
    points = [(row["latitude"], row["longitude"]) for row in rows]
    points += [_OFFICES[group.prefecture] for group in groups if group.prefecture is not None]
    if not points:
        return []
    found = await connection.fetch(SQL.nearest_places, *points[0], stores, stores_max)
    return [row["location_id"] for row in found]


async def _places(connection: Connection, location_ids: Iterable[str | None]) -> Mapping[str, dict[str, Any]]:
    named = [location_id for location_id in location_ids if location_id is not None]
    if not named:
        return {}
    rows = await connection.fetch(SQL.read_places, named)
    return {
        row["location_id"]: {name: row[name] for name in ("name_ja", "name_en", "address")} for row in rows
    }
