"""What a shopper may ask by a link, and the commands that it becomes."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.shopper.order_links.views import OpenLine, OrderView
from tsunagu.contracts.messages import CancelOrder, ChangeFulfilment
from tsunagu.contracts.values import (
    ORDER_LINES_MAX,
    ChoiceKind,
    Fulfilment,
    FulfilmentMethod,
    LineQuantity,
    LinkPurpose,
    LocationId,
    Prefecture,
)

ANSWERS_MAX = 100
"""Most answers by one link: a shopper changes their mind a few times, a program for ever."""


class Choice(BaseModel):
    """Another store, delivery to a prefecture, or cancelling."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    kind: ChoiceKind
    location_id: LocationId | None = None
    prefecture: Prefecture | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.location_id is not None) != (self.kind is ChoiceKind.PICKUP_ELSEWHERE):
            raise ValueError("location_id goes with pickup_elsewhere, and with nothing else")
        if (self.prefecture is not None) != (self.kind is ChoiceKind.SHIP):
            raise ValueError("prefecture goes with ship, and with nothing else")
        return self


class NumberedChoice(Choice):
    """A choice that is given once: the same number again gets the answer of the first time."""

    number: int = Field(1, ge=1, le=ANSWERS_MAX, description="`next_number` of the link as it was shown")

    @property
    def choice(self) -> Choice:
        """The choice by itself."""
        return Choice(kind=self.kind, location_id=self.location_id, prefecture=self.prefecture)


@dataclass(frozen=True, slots=True)
class Link:
    """A link as its holder came with it. `is_void`: it shows what was answered, and nothing can be asked any more."""

    order_id: str
    purpose: LinkPurpose
    version: int
    order_version: int
    valid_until: datetime
    is_void: bool

    @property
    def is_a_question(self) -> bool:
        """Whether it asks its holder something, and ends with that."""
        return self.purpose is LinkPurpose.CHOICE


def question_is_open(link: Link, view: OrderView) -> bool:
    """Whether the link's own question still waits: one that was asked anew has another time, and another link."""
    return view.answer_by == link.valid_until


def lines_concerned(link: Link, view: OrderView) -> tuple[OpenLine, ...]:
    """The lines that the link is about: those in question, or all that can still be changed or cancelled."""
    if link.is_a_question:
        return tuple(line for line in view.lines if line.in_question)
    return tuple(line for line in view.lines if line.cancellable)


def pieces_of(link: Link, line: OpenLine) -> int:
    """How many pieces of a line the link is about."""
    return line.in_question if link.is_a_question else line.cancellable


def kinds_open(link: Link, view: OrderView) -> tuple[ChoiceKind, ...]:
    """What may be asked now."""
    if link.is_a_question:
        return tuple(dict.fromkeys(option.kind for option in view.options))
    concerned = lines_concerned(link, view)
    if not concerned:
        return ()
    if not any(line.changeable for line in concerned):
        return (ChoiceKind.CANCEL,)
    ways = (ChoiceKind.PICKUP_ELSEWHERE, ChoiceKind.SHIP) if view.prepaid else (ChoiceKind.PICKUP_ELSEWHERE,)
    return (*ways, ChoiceKind.CANCEL)


def commands_of(
    link: Link, view: OrderView, asked: NumberedChoice, now: datetime
) -> list[ChangeFulfilment | CancelOrder]:
    """The commands of a choice: one for each group that it moves, none where all of them go that way already.

    Their ids derive from link and number, so that the same choice is the same commands.
    """
    concerned = lines_concerned(link, view)
    commands: list[ChangeFulfilment | CancelOrder] = []
    if asked.kind is ChoiceKind.CANCEL:
        pieces = [LineQuantity(line_id=line.line_id, quantity=pieces_of(link, line)) for line in concerned]
        for lines in _portions(pieces):
            commands.append(
                CancelOrder(
                    cancel_id=_id_of(link, asked.number, len(commands)),
                    order_id=link.order_id,
                    channel=view.channel,
                    lines=lines,
                    occurred_at=now,
                )
            )
        return commands
    way = Fulfilment(
        method=FulfilmentMethod.SHIP if asked.kind is ChoiceKind.SHIP else FulfilmentMethod.PICKUP,
        location_id=asked.location_id,
        prefecture=asked.prefecture,
    )
    for group in view.groups_of(concerned):
        same = (group.method, group.location_id, group.prefecture) == (
            way.method,
            way.location_id,
            way.prefecture,
        )
        if same and not link.is_a_question:
            continue
        pieces = [
            LineQuantity(line_id=line.line_id, quantity=moving)
            for line in concerned
            if line.group_id == group.group_id
            and (moving := line.in_question if link.is_a_question else line.changeable)
        ]
        for lines in _portions(pieces):
            commands.append(
                ChangeFulfilment(
                    **way.model_dump(),
                    change_id=_id_of(link, asked.number, len(commands)),
                    order_id=link.order_id,
                    channel=view.channel,
                    group_id=group.group_id,
                    lines=lines,
                    occurred_at=now,
                )
            )
    return commands


def _portions(pieces: Sequence[LineQuantity]) -> Iterator[tuple[LineQuantity, ...]]:
    """As many lines as a command may have, at once: an order that was split has more."""
    for begin in range(0, len(pieces), ORDER_LINES_MAX):
        yield tuple(pieces[begin : begin + ORDER_LINES_MAX])


def _id_of(link: Link, number: int, place: int) -> str:
    named = f"{link.purpose} {link.version} {number} {place} {link.order_id}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]
