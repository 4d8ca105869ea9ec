"""Parts of messages about shoppers: opaque identifiers, segments, and personal data (always sealed)."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.scalars import (
    Channel,
    Code,
    Count,
    Day,
    Id,
    LocationId,
    Name,
    Number,
    PersonRef,
    Prefecture,
    Quantity,
    TaxPercent,
    Yen,
)

CONTACTS_MAX = 20
"""Most e-mail addresses, phones or postal addresses of one person."""

PATH_STEPS_MAX = 20
"""Most steps of a customer's path that are told."""

EVIDENCE_PARTS_MAX = 20
"""Most fields by which two records are compared: there are six."""

Email = Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
"""An e-mail address (at most 254 characters, RFC 5321)."""

Phone = Annotated[
    str, StringConstraints(min_length=3, max_length=32, pattern=r"^[0-9０-９+＋()（）.\-−－ー 　]+$")
]
"""A phone number as typed, half-width or full-width; customer normalises it."""

PostalCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{7}$")]
"""A Japanese postal code, seven digits without the hyphen."""


Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
"""The language in which somebody is written to (ISO 639-1)."""


class IdentifierKind(StrEnum):
    """Which system made an opaque identifier of a person."""

    MEMBER_CARD = "member_card"
    EC_ACCOUNT = "ec_account"
    APP_DEVICE = "app_device"
    CHANNEL = "channel"


class Segment(StrEnum):
    """How often somebody has bought."""

    PROSPECT = "prospect"
    FIRST_PURCHASE = "first_purchase"
    REPEAT = "repeat"
    LOYAL = "loyal"
    LAPSED = "lapsed"


class JourneyStage(StrEnum):
    """How far somebody is on the way from noticing a product to coming back."""

    AWARE = "aware"
    CONSIDERING = "considering"
    ORDERED = "ordered"
    """Something is reserved for them."""
    RECEIVED = "received"
    """They have bought; said until there were words for where."""
    BOUGHT_IN_STORE = "bought_in_store"
    BOUGHT_ONLINE = "bought_online"
    PICKED_UP = "picked_up"
    """Bought in another channel, and fetched at a store."""
    RETURNED = "returned"
    """They gave back all of it."""
    RETURNING = "returning"
    """They buy again."""


class Identifier(Value):
    """An opaque identifier of a person: it names nobody outside the system that made it; it travels open."""

    kind: IdentifierKind
    value: PersonRef


class ChannelCount(Value):
    """How many purchases came through a channel."""

    channel: Channel
    count: Count


class StageCount(Value):
    """How many customers reached a stage, of those who were first seen in a channel; without one, of all.

    `customers` is null for few: so small a group could be told from the others.
    """

    stage: JourneyStage
    first_channel: Channel | None = None
    customers: Count | None = None


class PathCount(Value):
    """How many customers took these steps one after the other; without steps, all other ways together.

    `customers` is null for few.
    """

    steps: Annotated[tuple[Name, ...], Field(max_length=PATH_STEPS_MAX)] = ()
    """What was done and, after a colon, in which channel: "seen:store", "bought:ec", "picked_up:store", "returned"."""
    customers: Count | None = None


class PurchaseLine(Value):
    """What somebody bought, and what they keep of it after returns."""

    line_id: Id
    sku: Id
    quantity: Quantity
    amount_jpy: Yen
    tax_percent: TaxPercent
    returned_quantity: Count = 0


HISTORY_LINES_MAX = 50
"""Most lines of one purchase that a history shows; a longer receipt says how many there are besides."""


class HistoryLine(Value):
    """Goods of a purchase, as their buyer is shown them."""

    sku: Id
    quantity: Quantity
    amount_jpy: Yen
    returned_quantity: Count = 0


class HistoryPurchase(Value):
    """A purchase as its buyer is shown it: nothing in it names anybody, or leads to a receipt or an order."""

    day: Day
    """In Japan."""
    channel: Channel
    location_id: LocationId | None = None
    lines: Annotated[tuple[HistoryLine, ...], Field(max_length=HISTORY_LINES_MAX)]
    more_lines: Count = 0
    """How many lines it has besides."""
    amount_jpy: Yen
    """What was kept after returns."""


class Hidden(Value):
    """A value that never shows its contents in a log, a traceback or an error."""

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """Nothing: repr and str show the class only."""
        return iter(())


class PostalAddress(Hidden):
    """Where parcels go."""

    postal_code: PostalCode
    prefecture: Prefecture
    city: Name
    street: Name
    building: Name | None = None


class EvidencePart(Value):
    """How far two records agree in a field, and what that says: bits for (above 0) or against one person."""

    field: Code
    level: Code
    bits: Number


class Evidence(Value):
    """Why two records are thought to be of one person: a sum of bits with its parts, which name nobody."""

    model: Id
    """The weights by which it was summed up."""
    prior_bits: Number
    bits: Number
    """The prior and all parts together: the logarithm of odds."""
    parts: Annotated[tuple[EvidencePart, ...], Field(max_length=EVIDENCE_PARTS_MAX)]


class PersonalData(Hidden):
    """Directly identifying data: it travels sealed, in `customer.commands` only; only customer stores it.

    Card number, EC account and device are not in here: they are opaque and stand open as `Identifier`s.
    """

    family_name: Name | None = None
    given_name: Name | None = None
    family_name_kana: Name | None = None
    given_name_kana: Name | None = None
    emails: Annotated[tuple[Email, ...], Field(max_length=CONTACTS_MAX)] = ()
    phones: Annotated[tuple[Phone, ...], Field(max_length=CONTACTS_MAX)] = ()
    addresses: Annotated[tuple[PostalAddress, ...], Field(max_length=CONTACTS_MAX)] = ()
    birth_date: Day | None = None
    language: Language | None = None


class HistoryProof(Hidden):
    """The digits by which a link to a history is proven: they travel sealed, bound to their link."""

    link_id: Id
    digits: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]
