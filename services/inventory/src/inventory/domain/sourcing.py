"""Where goods come from that the pickup store's shelf does not give: exclude, rank, split, and say why."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

from inventory.domain.exclusion import Exclusion, Limits, Sieved, Source
from inventory.domain.ranking import DEFAULT_RANKING, Difference, Outlook, RankCriterion, difference, ranked
from inventory.domain.reservation import Take
from inventory.domain.stock import StockKey
from tsunagu.contracts.values import (
    EXCLUDED_NAMED_MAX,
    Advantage,
    ChosenLocation,
    ExcludedLocations,
    SourcingDecision,
)

# All sets of so many sources are tried, so that the fewest are found; above it the source with most pieces goes first.
_SOURCES_TRIED_EXACTLY = 3
_NAMED_IN_SENTENCE_MAX = 3

OWN_SHELF, ONLY_LOCATION, FEWEST_LOCATIONS = "own_shelf", "only_location", "fewest_locations"
NOT_ENOUGH, LOCATION_ID = "not_enough", "location_id"


@dataclass(frozen=True, slots=True)
class Need:
    """Pieces of an order line that no location has promised yet."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of sourcing, as data: which exclusions apply, what ranks before what, how far an order is split.

    `split_locations_max` counts locations beside the pickup store's own shelf; 1: an order is never split over more.
    """

    limits: Limits
    exclusions: Sequence[Exclusion] = tuple(Exclusion)
    ranking: Sequence[RankCriterion] = DEFAULT_RANKING
    distance_bands_km: Sequence[float] = ()
    split_locations_max: int = 5


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the goods go: a pickup store, or a prefecture for parcels. `giving`: who gives the order goods already."""

    location_id: str | None
    prefecture: str | None = None
    giving: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Found:
    """What the locations in this order give. `next_best`: who else could have given all that the only one gives."""

    takes: tuple[Take, ...]
    short: tuple[Need, ...]
    chosen: tuple[Source, ...] = ()
    next_best: Source | None = None
    own_gives: bool = False


@dataclass(frozen=True)
class Plan:
    """What to take from where; why, is worked out when somebody asks. `short` are needs that can't be met, whole."""

    takes: tuple[Take, ...]
    short: tuple[Need, ...]
    _found: _Found
    _destination: Destination
    _sieved: Sieved
    _policy: Policy
    _outlook: Outlook

    @cached_property
    def decision(self) -> SourcingDecision:
        """Why, as data."""
        return _decision(self._found, self._destination, self._sieved, self._policy, self._outlook)

    @property
    def explanation(self) -> str:
        """Why, for people."""
        return _sentence(self.decision, self._found)


def plan(
    needs: Sequence[Need],
    destination: Destination,
    sieved: Sieved,
    available: Callable[[StockKey], int],
    policy: Policy,
) -> Plan:
    """Find sources for the needs of one destination; lines that can't be had whole are `short`.

    The pickup store's own shelf needs no transfer and comes first. Of what it lacks, the best-ranked source that has
    all of it gives it; if there is none, the fewest sources that have it together, of these the best ranked. What a
    rule excludes is not asked; where that leaves needs short, those follow that are only full today.
    """
    skus = sorted({need.sku for need in needs})
    own = destination.location_id
    shelves: dict[StockKey, int] = {}
    depth: dict[str, int] = {}
    for source in sieved.seen:
        keys = [StockKey(source.location_id, sku) for sku in skus]
        pieces = [max(0, available(key)) for key in keys]
        shelves.update(zip(keys, pieces, strict=True))
        depth[source.location_id] = sum(pieces)
    if own is not None:
        shelves.update({(key := StockKey(own, sku)): max(0, available(key)) for sku in skus})
    outlook = Outlook(destination.giving, depth, policy.distance_bands_km)
    usable = ranked(sieved.usable, policy.ranking, outlook)
    found = _find(needs, own, usable, shelves, policy.split_locations_max)
    if found.short and sieved.last_resorts:
        wider = [*usable, *ranked(sieved.last_resorts, policy.ranking, outlook)]
        more = _find(needs, own, wider, shelves, policy.split_locations_max)
        if _pieces(more.short) < _pieces(found.short):
            found = more
    return Plan(found.takes, found.short, found, destination, sieved, policy, outlook)


def _find(
    needs: Sequence[Need],
    own: str | None,
    sources: Sequence[Source],
    shelves: Mapping[StockKey, int],
    split_max: int,
) -> _Found:
    """The takes from the own shelf and from the fewest of the sources, which come the best first."""
    pool: dict[str, int] = {}
    for need in needs:
        if need.sku not in pool:
            places = ([own] if own is not None else []) + [source.location_id for source in sources]
            pool[need.sku] = sum([shelves[StockKey(place, need.sku)] for place in places])
    had: list[Need] = []
    short: list[Need] = []
    for need in needs:
        if pool[need.sku] >= need.quantity:
            pool[need.sku] -= need.quantity
            had.append(need)
        else:
            short.append(need)
    if not had:
        return _Found((), tuple(short))
    left = _Left(shelves)
    takes, rest = left.give(own, had) if own is not None else ([], had)
    if not rest:
        return _Found(tuple(takes), tuple(short), own_gives=True)
    alone, chosen = _fewest(rest, sources, left)
    own_gives = bool(takes)
    for place, source in enumerate(chosen[:split_max], 1):
        given, rest = left.give(source.location_id, rest)
        takes.extend(given)
        if place == split_max and rest:
            # The line that lacks most is the one that keeps the others from being had.
            lacking = max(rest, key=lambda need: need.quantity).line_id
            fewer = _find([need for need in had if need.line_id != lacking], own, sources, shelves, split_max)
            dropped = tuple(need for need in had if need.line_id == lacking)
            return replace(fewer, short=(*short, *dropped, *fewer.short))
    next_best = alone[1] if len(alone) > 1 else None
    return _Found(tuple(takes), tuple(short), tuple(chosen), next_best, own_gives)


class _Left:
    """What is left while a plan is made: two lines of the same SKU draw on the same pieces."""

    def __init__(self, shelves: Mapping[StockKey, int]) -> None:
        self._shelves = shelves
        self._taken: dict[StockKey, int] = {}

    def of(self, location_id: str, sku: str) -> int:
        key = StockKey(location_id, sku)
        return self._shelves[key] - self._taken.get(key, 0)

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


def _fewest(
    needs: Sequence[Need], sources: Sequence[Source], left: _Left
) -> tuple[Sequence[Source], Sequence[Source]]:
    """Those that have all of it alone, and the fewest sources that have it together; both the best first."""
    totals: dict[str, int] = {}
    for need in needs:
        totals[need.sku] = totals.get(need.sku, 0) + need.quantity
    useful = [source for source in sources if any(left.of(source.location_id, sku) for sku in totals)]
    alone = [
        source
        for source in useful
        if all(left.of(source.location_id, sku) >= total for sku, total in totals.items())
    ]
    if alone:
        return alone, alone[:1]
    for size in range(2, min(_SOURCES_TRIED_EXACTLY, len(useful)) + 1):
        for group in combinations(useful, size):
            if all(sum(left.of(s.location_id, sku) for s in group) >= total for sku, total in totals.items()):
                return alone, group
    chosen: list[Source] = []
    while any(totals.values()):
        gives = {s.location_id: _covered(totals, s.location_id, left) for s in useful if s not in chosen}
        best = max((s for s in useful if s not in chosen), key=lambda s: gives[s.location_id])
        chosen.append(best)
        totals = {sku: max(0, total - left.of(best.location_id, sku)) for sku, total in totals.items()}
    return alone, chosen


def _covered(totals: Mapping[str, int], location_id: str, left: _Left) -> int:
    return sum(min(total, left.of(location_id, sku)) for sku, total in totals.items())


def _pieces(needs: Iterable[Need]) -> int:
    return sum(need.quantity for need in needs)


def _decision(
    found: _Found,
    destination: Destination,
    sieved: Sieved,
    policy: Policy,
    outlook: Outlook,
) -> SourcingDecision:
    chosen = {source.location_id for source in found.chosen}
    decided_by, over_next = _decided_by(found, sieved, policy, outlook)
    return SourcingDecision(
        location_id=destination.location_id,
        prefecture=destination.prefecture,
        decided_by=decided_by,
        locations=tuple(
            ChosenLocation(location_id=source.location_id, distance_km=round(source.distance_km, 1))
            for source in found.chosen
        ),
        locations_seen=len(sieved.seen),
        excluded=_excluded(sieved, policy.exclusions, chosen),
        ranking=tuple(policy.ranking),
        over_next=over_next,
        last_resorts=tuple(
            source.location_id for source in found.chosen if source.location_id in sieved.reasons
        ),
    )


def _decided_by(
    found: _Found, sieved: Sieved, policy: Policy, outlook: Outlook
) -> tuple[str, Advantage | None]:
    if not found.takes:
        return NOT_ENOUGH, None
    if not found.chosen:
        return OWN_SHELF, None
    if len(found.chosen) > 1:
        return FEWEST_LOCATIONS, None
    if found.next_best is None:
        return ONLY_LOCATION, None
    best, other = found.chosen[0], found.next_best
    decisive: tuple[str, str, str]
    if (best.location_id in sieved.reasons) != (other.location_id in sieved.reasons):
        decisive = (Exclusion.FULL_TODAY, "has time today", "full today")
    else:
        between: Difference | None = difference(best, other, policy.ranking, outlook)
        decisive = between or (LOCATION_ID, best.location_id, other.location_id)
    criterion, better, worse = decisive
    return criterion, Advantage(
        location_id=other.location_id, criterion=criterion, chosen_value=better, next_value=worse
    )


def _excluded(sieved: Sieved, rules: Sequence[Exclusion], chosen: set[str]) -> tuple[ExcludedLocations, ...]:
    if not sieved.reasons:
        return ()
    nearest_first = sorted(sieved.seen, key=lambda source: (source.distance_km, source.location_id))
    told: list[ExcludedLocations] = []
    for rule in rules:
        ids = [
            source.location_id
            for source in nearest_first
            if rule in sieved.reasons.get(source.location_id, ()) and source.location_id not in chosen
        ]
        if ids:
            named = tuple(ids[:EXCLUDED_NAMED_MAX])
            told.append(ExcludedLocations(reason=rule, count=len(ids), location_ids=named))
    return tuple(told)


def _sentence(decision: SourcingDecision, found: _Found) -> str:
    parts = [_why(decision, found)]
    if decision.last_resorts:
        parts.append(
            f"nothing else had it but {', '.join(decision.last_resorts)}, whose pickers have no time left today"
        )
    for excluded in decision.excluded:
        named = ", ".join(excluded.location_ids[:_NAMED_IN_SENTENCE_MAX])
        more = ", …" if excluded.count > _NAMED_IN_SENTENCE_MAX else ""
        parts.append(f"not asked, {excluded.reason}: {excluded.count} ({named}{more})")
    return "; ".join(parts)


def _why(decision: SourcingDecision, found: _Found) -> str:
    own, seen = decision.location_id, decision.locations_seen
    if decision.decided_by == NOT_ENOUGH:
        return f"none of {seen} locations looked at has enough"
    if decision.decided_by == OWN_SHELF:
        return f"the shelf of {own} has it all"
    places = ", ".join(f"{source.location_id} ({source.distance_km:.1f} km)" for source in found.chosen)
    lacking = "what the order needs" if own is None or not found.own_gives else f"what {own} lacks"
    if decision.decided_by == FEWEST_LOCATIONS:
        return f"no single one of {seen} locations has all of {lacking}; {places} have it together"
    if decision.over_next is None:
        return f"{places} is the only one of {seen} locations that has all of {lacking}"
    over = decision.over_next
    return (
        f"{places} has all of {lacking} and comes before {over.location_id} by {over.criterion}: "
        f"{over.chosen_value} against {over.next_value}"
    )
