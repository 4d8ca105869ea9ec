"""What a decision is made under: the time, the network, and the retailer's choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from pickup.domain.lanes import Trip, trip
from pickup.domain.pickup_window import Store, window_end
from tsunagu.contracts.values import Weekday


@dataclass(frozen=True)
class Lane:
    """A way on which goods travel between two locations."""

    days: tuple[Weekday, ...]
    cut_off: str
    """HH:MM; hours from 24 belong to the day before."""
    transit_days: int
    carrier: str
    cost_jpy: int
    owner: str


@dataclass(frozen=True)
class Policy:
    """The retailer's choices. Periods are seconds, work is minutes."""

    pickup_window_seconds: float
    minutes_per_task: float
    minutes_per_line: float
    put_away_due_seconds: float
    parcel_due_seconds: float
    unassigned_transfer_seconds: float
    unassigned_carrier: str
    unassigned_owner: str
    utc_offset_hours: float
    code_tries_max: int
    code_locked_minutes: float
    code_locked_minutes_max: float
    desk_check_required: bool


@dataclass(frozen=True)
class Scene:
    """One moment: what the decision may look at besides the work itself."""

    now: datetime
    """When it is decided."""
    at: datetime
    """When what is decided about happened."""
    policy: Policy
    lanes: Mapping[tuple[str, str], Lane] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    """Category by SKU."""
    walks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Place in the walking order by category, by location; a location that is not there is not known."""
    stores: Mapping[str, Store] = field(default_factory=dict)
    """When locations hand goods over; one that is not there is not known."""

    def walking_place(self, location_id: str, sku: str) -> tuple[int, str, str]:
        """Sorts goods in the order in which a picker walks past them; unknown categories come last."""
        category = self.categories.get(sku, "")
        walk = self.walks.get(location_id, {})
        return walk.get(category, len(walk)), category, sku

    def pickup_by(self, location_id: str) -> datetime:
        """Until when goods that are ready now wait for the shopper there."""
        store = self.stores.get(location_id, Store())
        return window_end(store, self.now, self.policy.pickup_window_seconds, self._zone)

    def trip(self, from_location_id: str, to_location_id: str) -> Trip:
        """How goods ready now would travel. Where there is no lane, somebody must find a carrier."""
        policy = self.policy
        lane = self.lanes.get((from_location_id, to_location_id))
        if lane is None:
            leave = self.now + timedelta(seconds=policy.unassigned_transfer_seconds)
            arrive = leave + timedelta(seconds=policy.unassigned_transfer_seconds)
            return Trip(policy.unassigned_carrier, policy.unassigned_owner, 0, leave, arrive)
        ship_by, arrive_by = trip(self.now, lane.days, lane.cut_off, lane.transit_days, self._zone)
        return Trip(lane.carrier, lane.owner, lane.cost_jpy, ship_by, arrive_by)

    @property
    def _zone(self) -> timezone:
        return timezone(timedelta(hours=self.policy.utc_offset_hours))


def after_seconds(start: datetime, seconds: float) -> datetime:
    """A time so many seconds later."""
    return start + timedelta(seconds=seconds)
