"""An order's commands and its current state. What happens to it is in `order_events`."""

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, Field, model_validator

from tsunagu.contracts.message import Command, ReportedFact, State
from tsunagu.contracts.messages.tasks import KeptTaskAssignment, KeptTaskStart, TaskCommand
from tsunagu.contracts.values import (
    ORDER_LINES_MAX,
    Allocation,
    CancelledBy,
    Channel,
    ChoiceOption,
    Code,
    Flag,
    Fulfilment,
    FulfilmentGroup,
    FulfilmentMethod,
    Id,
    Instant,
    LineQuantity,
    LinkPurpose,
    LocationId,
    MoneySettled,
    OrderGroupState,
    OrderLine,
    OrderLineState,
    OrderStatus,
    Payment,
    PersonRef,
    ReturnLine,
    Touchpoint,
    Version,
    Yen,
    all_different,
)


class OrderTerms(BaseModel):
    """What a shopper asks for; PlaceOrder says it and OrderPlaced repeats all of it."""

    order_id: Id
    channel: Channel
    customer_ref: PersonRef | None = None
    recipient_ref: PersonRef | None = None
    """Who receives the goods, where that is not the customer."""
    hold_id: Id | None = None
    """A cart hold that the order consumes."""
    groups: Annotated[tuple[FulfilmentGroup, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]
    payment: Payment
    touchpoints: Annotated[tuple[Touchpoint, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    allow_partial: Flag = False
    valid_until: Instant | None = None
    """Placed later it is rejected as expired; none for orders already paid elsewhere."""


class PlaceOrder(OrderTerms, Command):
    """A channel asks for goods, by groups that are picked up or shipped."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.place.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("order_id",)

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        groups = [group.group_id for group in self.groups]
        if not all_different(groups):
            raise ValueError("two groups have the same group_id")
        if not all_different([line.line_id for line in self.lines]):
            raise ValueError("two lines have the same line_id")
        if {line.group_id for line in self.lines} != set(groups):
            raise ValueError("every line names one of the groups, and every group has a line")
        if self.payment is Payment.AT_PICKUP and any(
            group.method is not FulfilmentMethod.PICKUP for group in self.groups
        ):
            raise ValueError("goods that are shipped can't be paid at pickup")
        return self


class CancelOrder(Command):
    """Cancel the order, or some of its lines; no lines means all that is still open."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.cancel.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("cancel_id",)

    cancel_id: Id
    order_id: Id
    channel: Channel
    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=ORDER_LINES_MAX)] = ()
    reason: Code = "customer_request"
    cancelled_by: CancelledBy = CancelledBy.CUSTOMER


class ChangeFulfilment(Fulfilment, Command):
    """Have a group, or some of its lines, picked up elsewhere or shipped; no lines means the whole group."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.change_fulfilment.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("change_id",)

    change_id: Id
    order_id: Id
    channel: Channel
    group_id: Id
    recipient_ref: PersonRef | None = None
    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=ORDER_LINES_MAX)] = ()


class ChangeRecipient(Command):
    """Say anew who may collect the order beside the customer, for as long as it has not ended; none means nobody."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.change_recipient.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("change_id",)

    change_id: Id
    order_id: Id
    channel: Channel
    recipient_ref: PersonRef | None = None


class ReturnItems(ReportedFact):
    """Goods of an order came back to a location."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.return_items.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("return_id",)

    return_id: Id
    order_id: Id
    channel: Channel
    location_id: LocationId
    lines: Annotated[tuple[ReturnLine, ...], Field(min_length=1, max_length=ORDER_LINES_MAX)]


class SettleMoney(TaskCommand):
    """Say how the money was settled that a task of `order.tasks` is about: the task is done."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.settle_money.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)
    IDENTITY: ClassVar[tuple[str, ...]] = ("settling_id",)

    settling_id: Id
    order_id: Id
    settled: MoneySettled
    amount_jpy: Yen = 0
    """How much was paid, paid back or waived."""


class AssignOrderTask(KeptTaskAssignment):
    """Give a task of `order.tasks` to somebody."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.assign_task.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id


class StartOrderTask(KeptTaskStart):
    """Somebody begins a task of `order.tasks`: its minutes run from occurred_at."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.start_task.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id


class Order(State):
    """The whole order as it stands."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.v1"
    KEY: ClassVar[tuple[str, ...]] = ("order_id",)

    order_id: Id
    channel: Channel
    customer_ref: PersonRef | None = None
    recipient_ref: PersonRef | None = None
    status: OrderStatus
    reason: Code | None = None
    """Why it was rejected or cancelled."""
    payment: Payment
    allow_partial: Flag
    groups: Annotated[tuple[OrderGroupState, ...], Field(max_length=2 * ORDER_LINES_MAX)]
    lines: Annotated[tuple[OrderLineState, ...], Field(max_length=2 * ORDER_LINES_MAX)]
    allocations: tuple[Allocation, ...] = ()
    choice_options: tuple[ChoiceOption, ...] = ()
    choice_answer_by: Instant | None = None
    receipt_ids: tuple[Id, ...] = ()
    refunded_jpy: Yen = 0
    ready_by: Instant | None = None
    placed_at: Instant
    updated_at: Instant


class OrderLink(State):
    """What lets its holder act on one order without signing in. The token does not show in repr or str."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.order.link.v1"
    KEY: ClassVar[tuple[str, ...]] = ("link_id",)

    order_id: Id
    purpose: LinkPurpose
    token: Annotated[str, Field(repr=False, pattern=r"^[A-Za-z0-9_-]{22}$")]
    """128 random bits in base64url without padding."""
    valid_until: Instant
    """Of a question about the order, until when it may be answered."""
    order_version: Version
    """Of the order as it was then: whoever knows an older state does not know yet what this is about."""

    @property
    def link_id(self) -> str:
        """The record key, purpose:order_id; a purpose holds no colon."""
        return self.key_of(self.purpose, self.order_id)

    @staticmethod
    def key_of(purpose: LinkPurpose, order_id: str) -> str:
        """The record key of an order's link."""
        return f"{purpose}:{order_id}"

    @staticmethod
    def named_by(key: str) -> tuple[LinkPurpose, str]:
        """Purpose and order_id of a record key, such as that of a delete. Raises ValueError for any other text."""
        purpose, _, order_id = key.partition(":")
        return LinkPurpose(purpose), order_id
