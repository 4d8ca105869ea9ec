"""Shoppers: who they are (sealed), what they allow, what customer knows about them without naming them."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import Command, Event, State
from tsunagu.contracts.values import (
    DOCUMENT_LINES_MAX,
    Channel,
    ChannelCount,
    Code,
    Count,
    Day,
    Evidence,
    Flag,
    Id,
    Identifier,
    Instant,
    JourneyStage,
    LocationId,
    PathCount,
    PersonRef,
    PurchaseLine,
    Sealed,
    Segment,
    StageCount,
    Text,
    Version,
    Yen,
)

REFS_MAX = 200
"""Most opaque ids of one customer; more is a shared device or card, which a person looks at."""

JOURNEY_DAYS_MAX = 366
"""Most days that are told of as one journey."""

Score = Annotated[int, Field(strict=True, ge=1, le=5)]
Refs = Annotated[tuple[PersonRef, ...], Field(max_length=REFS_MAX)]


class IdentifyCustomer(Command):
    """A channel says who stands behind a customer_ref: other opaque ids open, personal data sealed."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.identify.v1"
    KEY: ClassVar[tuple[str, ...]] = ("customer_ref",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("identification_id",)

    identification_id: Id
    customer_ref: PersonRef
    channel: Channel
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=REFS_MAX)] = ()
    sealed: Annotated[Sealed | None, Field(repr=False)] = None
    """A `PersonalData`, sealed for customer's key."""


class RecordRecipient(Command):
    """A channel says who receives goods under a recipient_ref."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.record_recipient.v1"
    KEY: ClassVar[tuple[str, ...]] = ("recipient_ref",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("record_id",)

    record_id: Id
    recipient_ref: PersonRef
    channel: Channel
    customer_ref: PersonRef | None = None
    sealed: Annotated[Sealed, Field(repr=False)]
    """A `PersonalData`, sealed for customer's key."""


class RecordConsent(Command):
    """A shopper allows or forbids a use of their data."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.record_consent.v1"
    KEY: ClassVar[tuple[str, ...]] = ("customer_ref",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("consent_id",)

    consent_id: Id
    customer_ref: PersonRef
    channel: Channel
    purpose: Code
    granted: Flag
    wording: Id | None = None
    """Which version of the wording the shopper saw."""


class MergeCustomers(Command):
    """A person decides that two customers are one."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.merge.v1"
    KEY: ClassVar[tuple[str, ...]] = ("customer_ref",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("merge_id",)

    merge_id: Id
    customer_ref: PersonRef
    other_ref: PersonRef
    reason: Text = ""


class SplitCustomer(Command):
    """A person decides that one customer is two: `split_refs` become another customer."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.split.v1"
    KEY: ClassVar[tuple[str, ...]] = ("customer_ref",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("split_id",)

    split_id: Id
    customer_ref: PersonRef
    split_refs: Annotated[tuple[PersonRef, ...], Field(min_length=1, max_length=REFS_MAX)]
    reason: Text = ""


class DismissReview(Command):
    """A person says no to a task of `customer.tasks`: the two customers are not one, or what was said last is right."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.dismiss_review.v1"
    KEY: ClassVar[tuple[str, ...]] = ("customer_ref",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("dismissal_id",)

    dismissal_id: Id
    customer_ref: PersonRef
    """A ref of whom the task is about; of two customers, of either."""
    task_id: Id
    reason: Text = ""


class UndoIdentityChange(Command):
    """A person takes back one `CustomersMerged`, `CustomerSplit` or `IdentifierShared`, whoever or whatever made it."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.undo_identity_change.v1"
    KEY: ClassVar[tuple[str, ...]] = ("customer_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("undo_id",)

    undo_id: Id
    customer_id: Id
    """The event's."""
    change_version: Version
    """The event's `version`: with its customer_id it names one change."""
    reason: Text = ""


class EraseCustomer(Command):
    """A shopper asks to be forgotten."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.erase.v1"
    KEY: ClassVar[tuple[str, ...]] = ("customer_ref",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("erasure_id",)

    erasure_id: Id
    customer_ref: PersonRef
    reason: Code = "customer_request"


class CustomerEvent(Event):
    """What customer knows anew about somebody, by customer's own id."""

    KEY: ClassVar[tuple[str, ...]] = ("customer_id",)

    customer_id: Id
    version: Version


class WhoIsWho(CustomerEvent):
    """Whose refs are whose from now on."""

    sequence: Version
    """Of two events that name a ref, whosever they are, the one with the greater is the later. Their times don't tell:
    several changes have one moment, and clocks differ."""


class CustomerIdentified(WhoIsWho):
    """These refs belong to this customer."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.identified.v1"

    customer_ref: PersonRef
    """The ref that the statement was about; not among `refs` where it is shared and so ties nobody."""
    refs: Refs
    """All that are known now."""
    is_new: Flag


class CustomersMerged(WhoIsWho):
    """Two customers turned out to be one; customer_id stays."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.merged.v1"

    merged_customer_id: Id
    refs: Refs
    reason: Code
    """Which exact key they share, that a person decided, that a split was undone, or `evidence`."""
    evidence: Evidence | None = None
    """Of a merge by evidence: what it was."""
    merge_id: Id | None = None
    """The `MergeCustomers` that decided it, if one did."""


class CustomerSplit(WhoIsWho):
    """One customer turned out to be two; the moved refs belong to new_customer_id."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.split_off.v1"

    new_customer_id: Id
    """A new id, or where a merge was undone that of the customer who is back."""
    refs: Refs
    moved_refs: Refs
    split_id: Id | None = None
    """The `SplitCustomer` that decided it, if one did."""


class IdentifierShared(CustomerEvent):
    """An identifier of this customer is tied to more refs than one person has: from now on it merges nobody."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.identifier_shared.v1"

    kind: Code
    """Of the identifier; which one it is is not said."""
    tied: Count
    """How many refs and contacts were named together with it."""
    parts: Annotated[tuple[Refs, ...], Field(max_length=REFS_MAX)] = ()
    """The customer's refs in groups that nothing but this identifier tied together, the largest first. Each may be
    another person's: a `SplitCustomer` with a group as `split_refs` parts them."""


class IdentifierTiesAgain(CustomerEvent):
    """A person says that an identifier which counted as shared is one person's; no limit holds for it any more."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.identifier_ties_again.v1"

    kind: Code


class SegmentChanged(CustomerEvent):
    """A customer buys more, or less, often."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.segment_changed.v1"

    previous: Segment | None = None
    segment: Segment


class JourneyStageChanged(CustomerEvent):
    """A customer is further on the way, or begins anew."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.journey_stage_changed.v1"

    previous: JourneyStage | None = None
    stage: JourneyStage


class ConsentChanged(CustomerEvent):
    """A customer allows or forbids a use of their data."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.consent_changed.v1"

    purpose: Code
    channel: Channel | None = None
    """Over which channel; a purpose may be allowed over one and forbidden over another."""
    granted: Flag


class CustomerErased(CustomerEvent):
    """A customer is forgotten: every reader drops what it keeps under these refs."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.erased.v1"

    refs: Refs


class NoticeEvent(Event):
    """What became of telling a shopper about their order, and nothing that would name them.

    A notice has one such event at most, so there is no version: its id says whether it is the same.
    """

    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    notice_id: Id
    order_id: Id
    kind: Code
    """What it says: confirmed, choice, ready, reminder, cancelled, rejected, refund."""


class NoticeSent(NoticeEvent):
    """A mail server has taken the notice over."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.notice_sent.v1"


class NoticeFailed(NoticeEvent):
    """Nobody will be told by this notice: the channel has to show it."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.notice_failed.v1"

    reason: Code


class CustomerProfile(State):
    """What may be known about a customer without naming them."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.profile.v1"
    KEY: ClassVar[tuple[str, ...]] = ("customer_id",)

    customer_id: Id
    refs: Refs
    segment: Segment
    stage: JourneyStage | None = None
    recency_score: Score | None = None
    frequency_score: Score | None = None
    monetary_score: Score | None = None
    purchases_by_channel: tuple[ChannelCount, ...] = ()
    consents: tuple[Code, ...] = ()
    """The purposes that are allowed."""
    first_channel: Channel | None = None
    """Over which the first purchase was made."""
    first_purchase_at: Instant | None = None
    last_purchase_at: Instant | None = None
    updated_at: Instant


class Purchase(State):
    """What somebody bought, on a receipt or with an order."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.purchase.v1"
    KEY: ClassVar[tuple[str, ...]] = ("purchase_id",)

    purchase_id: Id
    """The receipt_id or order_id."""
    receipt_id: Id | None = None
    order_id: Id | None = None
    customer_id: Id | None = None
    customer_ref: PersonRef | None = None
    channel: Channel
    location_id: LocationId | None = None
    at: Instant
    lines: Annotated[tuple[PurchaseLine, ...], Field(max_length=DOCUMENT_LINES_MAX)]
    amount_jpy: Yen
    """What was kept after returns."""


class CustomerJourney(State):
    """How far customers came in the days up to one, and over which channels: counts only, and none of few."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.journey.v1"
    KEY: ClassVar[tuple[str, ...]] = ("journey_id",)

    day: Day
    """The last of the days, in Japan."""
    days: Annotated[int, Field(strict=True, ge=1, le=JOURNEY_DAYS_MAX)]
    few: Count
    """Groups of fewer customers have no count."""
    stages: tuple[StageCount, ...] = ()
    paths: tuple[PathCount, ...] = ()
    computed_at: Instant

    @property
    def journey_id(self) -> str:
        """The record key, the day."""
        return self.day.isoformat()
