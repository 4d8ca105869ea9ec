"""What a site says, whichever way it says it: commands under ids that the same saying always gives."""

from dataclasses import dataclass

from tsunagu.contracts.messages import CancelOrder, PlaceOrder


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something that was said and asks for nothing here: `reason` is a code. It need not be about an order."""

    order_id: str | None
    reason: str


Said = PlaceOrder | CancelOrder | PassedOver


def our_order_id(channel: str, theirs: str) -> str:
    """The order's id on the topics: two sites may have an order of the same number."""
    return f"{channel}:{theirs}"


def their_order_id(channel: str, ours: str) -> str:
    """The order's id as its site knows it; one that was placed on the topic keeps the id it has there."""
    return ours.removeprefix(f"{channel}:")


def whole_cancellation_id(order_id: str) -> str:
    """The id of the cancellation of all that is open: there is only one of an order, however often it is said."""
    return f"{order_id}:cancel"
