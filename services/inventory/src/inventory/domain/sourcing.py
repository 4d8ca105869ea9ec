"""Where goods come from that the pickup store's shelf does not give: fewest transfers first, then nearest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from inventory.domain.reservation import Take
from inventory.domain.stock import StockKey

# All sets of so many sources are tried, so that the fewest are found; above it the source with most pieces goes first.
_SOURCES_TRIED_EXACTLY = 3


@dataclass(frozen=True, slots=True)
class Need:
    """Pieces of an order line that no location has promised yet."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Source:
    """A location that may give something. `free_minutes`: the pickers' time left today, None if nobody limits it."""

    location_id: str
    distance_km: float
    free_minutes: float | None = None

    def is_busy(self, load_minutes: float) -> bool:
        """Whether the work does not fit into today."""
        return self.free_minutes is not None and self.free_minutes < load_minutes


@dataclass(frozen=True, slots=True)
class Plan:
    """What to take from where, and why. `short` are the needs that can't be met, whole."""

    takes: tuple[Take, ...]
    short: tuple[Need, ...]
    explanation: str


def plan(
    needs: Sequence[Need],
    own: str | None,
    sources: Sequence[Source],
    available: Callable[[StockKey], int],
    load_minutes: float = 0.0,
) -> Plan:
    """Find sources for the needs of one destination; lines that can't be had whole are `short`.

    `own` is the pickup store, whose shelf needs no transfer (None for parcels). Of what it lacks, the nearest source
    that has all of it gives it; if there is none, the fewest sources that have it together, nearest first. Equally
    far ones are ranked by depth of stock, then by the pickers' time; those whose pickers have no time today come last.
    """
    ranked = _ranked(needs, sources, available, load_minutes)
    pool: dict[str, int] = {}
    for need in needs:
        if need.sku not in pool:
            places = ([own] if own is not None else []) + [source.location_id for source in ranked]
            pool[need.sku] = sum(max(0, available(StockKey(place, need.sku))) for place in places)
    had: list[Need] = []
    short: list[Need] = []
    for need in needs:
        if pool[need.sku] >= need.quantity:
            pool[need.sku] -= need.quantity
            had.append(need)
        else:
            short.append(need)
    if not had:
        return Plan((), tuple(short), f"none of {len(ranked)} locations looked at has enough")
    left = _Left(available)
    takes, rest = left.give(own, had) if own is not None else ([], had)
    if not rest:
        return Plan(tuple(takes), tuple(short), f"the shelf of {own} has it all")
    chosen = _fewest(rest, ranked, left)
    for source in chosen:
        given, rest = left.give(source.location_id, rest)
        takes.extend(given)
    return Plan(tuple(takes), tuple(short), _why(own, chosen, len(ranked), bool(takes)))


class _Left:
    """What is left while a plan is made: two lines of the same SKU draw on the same pieces."""

    def __init__(self, available: Callable[[StockKey], int]) -> None:
        self._available = available
        self._taken: dict[StockKey, int] = {}

    def of(self, location_id: str, sku: str) -> int:
        key = StockKey(location_id, sku)
        return max(0, self._available(key) - self._taken.get(key, 0))

    def give(self, location_id: str, needs: Sequence[Need]) -> tuple[list[Take], list[Need]]:
        """What the location gives of the needs, and what is still needed after it."""
        takes: list[Take] = []
        rest: list[Need] = []
        for need in needs:
            quantity = min(need.quantity, self.of(location_id, need.sku))
            if quantity:
                key = StockKey(location_id, need.sku)
                self._taken[key] = self._taken.get(key, 0) + quantity
                takes.append(Take(need.line_id, key, quantity))
            if quantity < need.quantity:
                rest.append(Need(need.line_id, need.sku, need.quantity - quantity))
        return takes, rest


def _ranked(
    needs: Sequence[Need],
    sources: Sequence[Source],
    available: Callable[[StockKey], int],
    load_minutes: float,
) -> list[Source]:
    skus = {need.sku for need in needs}

    def rank(source: Source) -> tuple[bool, float, int, float, str]:
        depth = sum(max(0, available(StockKey(source.location_id, sku))) for sku in skus)
        free = source.free_minutes if source.free_minutes is not None else float("inf")
        return source.is_busy(load_minutes), round(source.distance_km), -depth, -free, source.location_id

    return sorted(sources, key=rank)


def _fewest(needs: Sequence[Need], ranked: Sequence[Source], left: _Left) -> list[Source]:
    """The fewest sources that together have all of it, of these the first in rank."""
    totals: dict[str, int] = {}
    for need in needs:
        totals[need.sku] = totals.get(need.sku, 0) + need.quantity
    useful = [source for source in ranked if any(left.of(source.location_id, sku) for sku in totals)]
    for size in range(1, min(_SOURCES_TRIED_EXACTLY, len(useful)) + 1):
        for group in combinations(useful, size):
            if all(sum(left.of(s.location_id, sku) for s in group) >= total for sku, total in totals.items()):
                return list(group)
    chosen: list[Source] = []
    while any(totals.values()):
        gives = {s.location_id: _covered(totals, s.location_id, left) for s in useful if s not in chosen}
        best = max((s for s in useful if s not in chosen), key=lambda s: gives[s.location_id])
        chosen.append(best)
        totals = {sku: max(0, total - left.of(best.location_id, sku)) for sku, total in totals.items()}
    return chosen


def _covered(totals: Mapping[str, int], location_id: str, left: _Left) -> int:
    return sum(min(total, left.of(location_id, sku)) for sku, total in totals.items())


def _why(own: str | None, chosen: Sequence[Source], looked_at: int, own_gives: bool) -> str:
    places = ", ".join(f"{source.location_id} ({source.distance_km:.1f} km)" for source in chosen)
    lacking = "what the order needs" if own is None or not own_gives else f"what {own} lacks"
    if len(chosen) == 1:
        return f"{places} is the nearest of {looked_at} locations that has all of {lacking}"
    return f"no single one of {looked_at} locations has all of {lacking}; {places} have it together"
