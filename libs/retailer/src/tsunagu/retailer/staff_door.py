"""A store's counter: what staff give through edge-staff, each store with a key of its own."""

import json
from collections.abc import Mapping

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CancelOrder, HandOver, PlaceOrder, ReturnItems
from tsunagu.retailer.edge_door import EdgeDoor


def request_of(command: Message) -> tuple[str, bytes]:
    """Path and body of the request for a command. Raises ValueError for one that staff can't give."""
    match command:
        case PlaceOrder():
            path, ours = "/v1/orders", {"channel"}
        case CancelOrder():
            path, ours = "/v1/order-cancellations", {"channel", "cancelled_by"}
        case ReturnItems():
            path, ours = "/v1/order-returns", {"channel", "location_id"}
        case _:
            raise ValueError(f"staff can't give a {type(command).__name__}")
    return path, command.model_dump_json(exclude=ours, exclude_none=True).encode()


class StaffDoor:
    """`url` is that of edge-staff, `keys` the stores' keys by location. There must be one of each place that acts."""

    def __init__(self, url: str, keys: Mapping[str, str]) -> None:
        self._doors = {store: EdgeDoor(url, key, request_of) for store, key in keys.items()}

    async def give(self, command: Message) -> None:
        """Give a command and ask for its outcome until there is one. Raises as EdgeDoor does."""
        await self._doors[self._place_of(command)].give(command)

    async def type_digits(self, command: HandOver, digits: str) -> None:
        """Hand over with the digits that the shopper says; returns when the outcome is back."""
        body = command.model_dump(mode="json", exclude={"location_id"}, exclude_none=True)
        content = json.dumps({**body, "digits": digits}).encode()
        await self._doors[command.location_id].post("/v1/handovers", command.handover_id, content)

    def _place_of(self, command: Message) -> str:
        """Where it is given; what can be given anywhere is given at the first place."""
        match command:
            case ReturnItems():
                return command.location_id
            case PlaceOrder() if command.touchpoints and command.touchpoints[0].location_id in self._doors:
                return command.touchpoints[0].location_id
            case _:
                return next(iter(self._doors))
