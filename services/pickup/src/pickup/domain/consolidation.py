"""Transfers that go the same way with the same departure are one shipment: one truck, and one cost for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pickup.domain.model import TransferState
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.values import ShipmentState
from tsunagu.contracts.yen import split_yen


def shipment_id_of(from_location_id: str, to_location_id: str, ship_by: datetime) -> str:
    """What leaves from here to there then: the same whoever asks, so that nobody has to look for an open shipment."""
    # A location's id holds no colon.
    return derived_id(ship_by, f"{from_location_id}:{to_location_id}", "shipment")


@dataclass(frozen=True)
class Passenger:
    """A transfer, as far as its shipment depends on it. Those of one shipment have both ends and ship_by in common."""

    transfer_id: str
    order_id: str | None
    from_location_id: str
    to_location_id: str
    carrier: str
    owner: str
    cost_jpy: int
    """What its lane cost when it was planned."""
    ship_by: datetime
    arrive_by: datetime
    state: TransferState
    left_at: datetime | None
    """When it was first reported as sent, or else as received; None for one that is still to leave."""
    pieces: int
    """Pieces that have left."""


@dataclass(frozen=True)
class Share:
    """A transfer of a shipment, and what it bears of its cost; None until the shipment has left."""

    transfer_id: str
    order_id: str | None
    cost_jpy: int | None


@dataclass(frozen=True)
class Consolidated:
    """A shipment: what its transfers are together."""

    from_location_id: str
    to_location_id: str
    carrier: str
    owner: str
    ship_by: datetime
    arrive_by: datetime
    state: ShipmentState
    left_at: datetime | None
    cost_jpy: int
    shares: tuple[Share, ...]


def consolidate(passengers: Sequence[Passenger]) -> Consolidated:
    """The shipment of these transfers, at least one, in whichever order they come.

    Where a lane changed while they were planned, what the last of them by id says of carrier and owner holds, with the
    latest arrival and the highest cost: one truck drives. Once one has left, the cost is divided among all that have,
    by their pieces; one that leaves later makes all shares anew out of the same cost.
    """
    everybody = sorted(passengers, key=lambda each: each.transfer_id)
    live = [each for each in everybody if each.state is not TransferState.CANCELLED]
    known = live or everybody
    left = {each.transfer_id: each for each in live if each.left_at is not None}
    cost = max(each.cost_jpy for each in known)
    # A transfer of which nobody has said how much left still took its place on the truck.
    parts = split_yen(cost, [max(1, each.pieces) for each in left.values()]) if left else ()
    shares = dict(zip(left, parts, strict=True))
    last = known[-1]
    return Consolidated(
        last.from_location_id,
        last.to_location_id,
        last.carrier,
        last.owner,
        last.ship_by,
        max(each.arrive_by for each in known),
        _state([each.state for each in live]),
        min((each.left_at for each in left.values() if each.left_at is not None), default=None),
        cost,
        tuple(Share(each.transfer_id, each.order_id, _share(each, shares, left)) for each in live),
    )


def _share(passenger: Passenger, shares: dict[str, int], left: dict[str, Passenger]) -> int | None:
    return shares.get(passenger.transfer_id, 0) if left else None


def _state(states: Sequence[TransferState]) -> ShipmentState:
    if not states:
        return ShipmentState.CANCELLED
    if all(state is TransferState.PLANNED for state in states):
        return ShipmentState.PLANNED
    if all(state is TransferState.RECEIVED for state in states):
        return ShipmentState.RECEIVED
    return ShipmentState.SHIPPED
