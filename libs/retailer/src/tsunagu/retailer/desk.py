"""Who sends a command keeps it until its outcome has come back, and sends it again when that takes too long."""

import asyncio
from collections.abc import Iterator

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.retailer.sender import Sender

RESEND_SECONDS = 10.0
"""Outcomes are back within a second; ten are more than a busy machine needs."""

_ANSWER_FIELDS = (
    "command_id",
    "cancel_id",
    "change_id",
    "return_id",
    "pick_id",
    "short_pick_id",
    "put_away_id",
    "shipping_id",
    "receiving_id",
    "handover_id",
)
"""Fields of events that name the command they answer."""


def questions_of(command: Message) -> tuple[str, ...]:
    """The names under which an outcome of the command may come back."""
    own = command.identity() or command.record_key()
    match command:
        case m.PlaceOrder():
            return (own, f"place:{command.order_id}")
        case m.IdentifyCustomer():
            return (own, f"identify:{command.customer_ref}")
        case m.PlanTransfer():
            return (own, f"plan:{command.transfer_id}")
        case m.ShipParcel():
            return (own, f"ship:{command.parcel_id}")
        case m.ConfirmDelivery():
            return (own, f"deliver:{command.parcel_id}")
        case _:
            return (own,)


def answers_in(event: Message) -> Iterator[str]:
    """The questions that an event answers."""
    match event:
        case m.OrderPlaced() | m.OrderRejected():
            yield f"place:{event.order_id}"
        case m.CustomerIdentified():
            yield f"identify:{event.customer_ref}"
        case m.TransferPlanned():
            yield f"plan:{event.transfer_id}"
        case m.ParcelShipped():
            yield f"ship:{event.parcel_id}"
        case m.ParcelDelivered():
            yield f"deliver:{event.parcel_id}"
    for field in _ANSWER_FIELDS:
        answer = getattr(event, field, None)
        if answer is not None:
            yield answer


class Desk:
    """Keeps commands until `hear` has been told of their outcome."""

    def __init__(self, resend_seconds: float = RESEND_SECONDS) -> None:
        self._resend_seconds = resend_seconds
        # Several may wait for one answer: news that comes twice can make an actor ask the same again.
        self._waiting: dict[str, list[asyncio.Future[Message]]] = {}
        self.resent = 0

    @property
    def waiting(self) -> int:
        """Commands without an outcome yet."""
        return len({id(answer) for answers in self._waiting.values() for answer in answers})

    async def ask(self, command: Message, sender: Sender, source: str) -> Message:
        """Send a command, again and again until something answers it; returns the answer."""
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        questions = questions_of(command)
        for question in questions:
            self._waiting.setdefault(question, []).append(answer)
        try:
            await sender.send(command, source)
            while True:
                done, _ = await asyncio.wait((answer,), timeout=self._resend_seconds)
                if done:
                    return answer.result()
                self.resent += 1
                await sender.send(command, source)
        finally:
            for question in questions:
                self._waiting[question].remove(answer)
                if not self._waiting[question]:
                    del self._waiting[question]

    def hear(self, event: Message) -> None:
        """Take note of an event; those that answer nothing of ours are let pass."""
        for question in answers_in(event):
            for answer in self._waiting.get(question, ()):
                if not answer.done():
                    answer.set_result(event)
