"""What the script is made of: what tills, shoppers and staff mean to do, and when. Times are seconds from the start."""

from dataclasses import dataclass
from enum import StrEnum

from tsunagu.contracts.values import Disposition, Identifier, Payment, ShortPickKind, TouchpointKind

WEBSHOP = "webshop"
"""The channel of an EC site that stays as it is: it joins by signed webhooks, in both directions."""


@dataclass(frozen=True, slots=True)
class Item:
    """Pieces of a SKU, with what one costs (yen, tax included) and its tax rate."""

    sku: str
    quantity: int
    unit_price_jpy: int
    tax_percent: int

    @property
    def amount_jpy(self) -> int:
        """Price of all pieces."""
        return self.quantity * self.unit_price_jpy


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale at a till. `number` runs per register and counts voids and returns too."""

    location_id: str
    register_id: str
    number: int
    items: tuple[Item, ...]
    customer_ref: str | None


@dataclass(frozen=True, slots=True)
class Void:
    """A whole sale taken back."""

    sale: Sale
    number: int


@dataclass(frozen=True, slots=True)
class Return:
    """One piece of the first item of a sale comes back to the till."""

    sale: Sale
    number: int
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class TillAct:
    """A till's document: when it happened, when the till sends it, how often, and whether as the same message.

    A second message with another id but the same receipt is what a till sends that has lost its memory.
    """

    happened_at: float
    sent_at: float
    document: Sale | Void | Return
    copies: int = 1
    same_message: bool = True


class Proof(StrEnum):
    """How a shopper gets the goods: by code, with a till receipt, or both for the same goods."""

    CODE = "code"
    RECEIPT = "receipt"
    BOTH = "both"


class Shown(StrEnum):
    """What a shopper who comes by code has with them: the QR code, its digits in their head, or nothing at all."""

    QR_CODE = "qr_code"
    DIGITS = "digits"
    NOTHING = "nothing"


class ReturnWay(StrEnum):
    """Where bought goods come back: over a till, or reported by the channel."""

    TILL = "till"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Fate:
    """What will become of an order, decided beforehand. Delays are seconds."""

    cancels_after: float | None = None
    """From placing it; it may be too late then."""
    changes_after: float | None = None
    """From the confirmation; by the link in the mail, unprompted."""
    comes_after: float | None = 1.0
    """From the news that it is ready; None never comes."""
    proof: Proof = Proof.CODE
    shown: Shown = Shown.QR_CODE
    """Where the proof is a code."""
    wrong_codes: int = 0
    """Codes of somebody else's that are shown before; too many of them lock the right one."""
    short_line: int | None = None
    """The line of which the first picker does not find a piece."""
    short_kind: ShortPickKind = ShortPickKind.MISSING
    returns_after: float | None = None
    """From having it; one piece of the first line that was handed over."""
    return_way: ReturnWay = ReturnWay.TILL
    starts_task_after: float = 0.3
    """From the task's appearance until somebody begins it."""
    works: float = 0.5
    """From the begin to the end of a task."""
    delivery_takes: float = 1.5
    """From the parcel's departure to the door."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the shopper met the product before ordering, `before` seconds before."""

    kind: TouchpointKind
    location_id: str | None
    before: float


@dataclass(frozen=True, slots=True)
class OrderAct:
    """An order: who places it where and when, what, how it reaches the shopper, and its fate.

    Lines before `shipped_from` are picked up at `pickup_at`, the others are shipped to `prefecture`.
    """

    placed_at: float
    ref: str
    channel: str
    customer_ref: str | None
    items: tuple[Item, ...]
    shipped_from: int
    pickup_at: str | None
    prefecture: str | None
    payment: Payment
    allow_partial: bool
    seen: tuple[Seen, ...]
    fate: Fate


@dataclass(frozen=True, slots=True)
class IdentityAct:
    """A card, account or device is registered: its ref, the other opaque ids on it, and an e-mail address, if any."""

    at: float
    channel: str
    customer_ref: str
    identifiers: tuple[Identifier, ...]
    email: str | None


@dataclass(frozen=True, slots=True)
class PauseAct:
    """A store takes no pickups from one time to another, and says why."""

    at: float
    until: float
    location_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TruckAct:
    """Goods are to go from place to place without an order, and whoever does that is as late as `fate` says."""

    at: float
    ref: str
    from_location_id: str
    to_location_id: str
    items: tuple[Item, ...]
    fate: Fate


@dataclass(frozen=True, slots=True)
class Script:
    """All that is meant to happen, each list in the order of its sending."""

    till_acts: tuple[TillAct, ...]
    order_acts: tuple[OrderAct, ...]
    identity_acts: tuple[IdentityAct, ...]
    pause_acts: tuple[PauseAct, ...] = ()
    truck_acts: tuple[TruckAct, ...] = ()
