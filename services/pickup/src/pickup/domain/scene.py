"""What a decision is made under: the time, the network, and the retailer's choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pickup.domain.pickup_window import window_end
from tsunagu.planning import ALWAYS_OPEN, Hours, Lane, TaskRules, arrival, departure, open_for, task_rules


class Haulage(NamedTuple):
    """A lane between two locations, with who carries goods on it, at whose cost."""

    lane: Lane
    carrier: str
    cost_jpy: int
    owner: str


class Trip(NamedTuple):
    """A journey on a lane: who carries it, who answers for it, what it costs, when it leaves and arrives."""

    carrier: str
    owner: str
    cost_jpy: int
    ship_by: datetime
    arrive_by: datetime


@dataclass(frozen=True)
class Policy:
    """The retailer's choices. Periods are seconds, work is minutes."""

    pickup_window_seconds: float
    pickup_window_ends_open: bool
    minutes_per_task: float
    minutes_per_line: float
    put_away_due_seconds: float
    parcel_due_seconds: float
    unassigned_transfer_seconds: float
    unassigned_carrier: str
    unassigned_owner: str
    code_tries_max: int
    code_locked_minutes: float
    code_locked_minutes_max: float
    desk_check_required: bool
    task_rules: TaskRules = field(default_factory=task_rules)


@dataclass(frozen=True)
class Scene:
    """One moment: what the decision may look at besides the work itself."""

    now: datetime
    """When it is decided."""
    at: datetime
    """When what is decided about happened."""
    policy: Policy
    lanes: Mapping[tuple[str, str], Haulage] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    """Category by SKU."""
    walks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Place in the walking order by category, by location; a location that is not there is not known."""
    hours: Mapping[str, Hours] = field(default_factory=dict)
    """When locations that are known are open."""
    windows: Mapping[str, timedelta] = field(default_factory=dict)
    """How long goods wait at the locations that have a window of their own."""
    areas: Mapping[str, str] = field(default_factory=dict)
    """In which area the locations are that are in one."""
    times: dict[tuple[Lane, Hours, Hours], tuple[datetime, datetime]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """When goods that are packed now leave and are there, by timetable and opening hours: of both there are few."""
    trips: dict[tuple[Haulage, Hours, Hours], Trip] = field(default_factory=dict, compare=False, repr=False)
    """The same with who carries them: whoever asks for a whole network gets few objects."""

    def walking_place(self, location_id: str, sku: str) -> tuple[int, str, str]:
        """Sorts goods in the order in which a picker walks past them; unknown categories come last."""
        category = self.categories.get(sku, "")
        walk = self.walks.get(location_id, {})
        return walk.get(category, len(walk)), category, sku

    def pickup_by(self, location_id: str) -> datetime:
        """Until when goods that are ready now wait for the shopper there."""
        window = self.windows.get(location_id, timedelta(seconds=self.policy.pickup_window_seconds))
        hours = (
            self.hours.get(location_id, ALWAYS_OPEN) if self.policy.pickup_window_ends_open else ALWAYS_OPEN
        )
        return window_end(hours, self.now, window)

    def trip(self, from_location_id: str, to_location_id: str) -> Trip:
        """How goods would travel that are packed now, or as soon as the place that has them opens.

        Where there is no lane, somebody must find a carrier.
        """
        policy = self.policy
        haulage = self.lanes.get((from_location_id, to_location_id))
        if haulage is None:
            leave = self.now + timedelta(seconds=policy.unassigned_transfer_seconds)
            arrive = leave + timedelta(seconds=policy.unassigned_transfer_seconds)
            return Trip(policy.unassigned_carrier, policy.unassigned_owner, 0, leave, arrive)
        origin = self.hours.get(from_location_id, ALWAYS_OPEN)
        destination = self.hours.get(to_location_id, ALWAYS_OPEN)
        trip = self.trips.get((haulage, origin, destination))
        if trip is None:
            times = self._times(haulage.lane, origin, destination)
            trip = Trip(haulage.carrier, haulage.owner, haulage.cost_jpy, *times)
            self.trips[haulage, origin, destination] = trip
        return trip

    def _times(self, lane: Lane, origin: Hours, destination: Hours) -> tuple[datetime, datetime]:
        times = self.times.get((lane, origin, destination))
        if times is None:
            leaves_at = departure(lane, open_for(origin, self.now, 0), origin)
            arrives_at = arrival(lane, leaves_at, destination)
            times = leaves_at.astimezone(UTC), arrives_at.astimezone(UTC)
            self.times[lane, origin, destination] = times
        return times


def after_seconds(start: datetime, seconds: float) -> datetime:
    """A time so many seconds later."""
    return start + timedelta(seconds=seconds)
