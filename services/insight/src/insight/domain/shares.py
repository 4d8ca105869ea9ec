"""Who has which part in one sale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from insight.domain.basis import Basis, Method, Source, Touch
from insight.domain.places import Places, is_store
from insight.domain.policy import Part, Party, Policy, Role, department, store
from tsunagu.contracts.values import TouchpointKind


@dataclass(frozen=True, slots=True)
class Share:
    """Somebody's weight in one sale."""

    role: Role
    party: Party
    weight: int


def shares(policy: Policy, basis: Basis, places: Places) -> tuple[Share, ...]:
    """Who has which weight in a sale: the parts that apply, in the policy's order. At least one.

    A part that applies to nobody is no part of the sale, so that the others get it in proportion. Where none applies,
    the store that handed the goods over gets all; where there is none, the department that the policy names.
    """
    # PICKED is divided by pieces; all weights are scaled so that they stay whole.
    pieces = sum(source.quantity for source in basis.sources) or 1
    found: list[Share] = []
    for part in policy.parts:
        found += _shares_of(part, policy, basis, places, pieces)
    if found:
        return tuple(found)
    if basis.method is not Method.SHIP and is_store(basis.location_id, places):
        return (Share(Role.HANDED_OVER, store(basis.location_id), 1),)
    return (Share(Role.ORDERED, department(policy.otherwise), 1),)


def _shares_of(part: Part, policy: Policy, basis: Basis, places: Places, pieces: int) -> Sequence[Share]:
    match part.role:
        case Role.PICKED:
            return _picked(part, basis, places, pieces)
        case Role.SEEN | Role.ADVISED:
            party = _last(_within(part, basis), part.touchpoints, places)
        case Role.ORDERED:
            party = _ordered(part, policy, basis, places)
        case Role.HANDED_OVER:
            here = basis.method is not Method.SHIP and is_store(basis.location_id, places)
            party = store(basis.location_id) if here else None
        case Role.DELIVERED:
            party = _department(part) if basis.method is Method.SHIP else None
        case _:
            assert_never(part.role)
    return () if party is None else (Share(part.role, party, part.percent * pieces),)


def _picked(part: Part, basis: Basis, places: Places, pieces: int) -> Sequence[Share]:
    sources = basis.sources
    if basis.method is Method.SHIP and not sources:
        sources = (Source(basis.location_id, pieces),)
    return [
        Share(part.role, party, part.percent * source.quantity)
        for source in sources
        if (party := _store_or_department(part, source.location_id, places)) is not None
    ]


def _ordered(part: Part, policy: Policy, basis: Basis, places: Places) -> Party | None:
    if basis.method is Method.TILL:
        return None
    if basis.channel not in policy.store_channels:
        return _department(part)
    return _last(basis.touches, frozenset({TouchpointKind.ORDER_TAKEN}), places)


def _within(part: Part, basis: Basis) -> Sequence[Touch]:
    window = timedelta(days=part.window_days)
    return [touch for touch in basis.touches if timedelta(0) <= basis.placed_at - touch.at <= window]


def _last(touches: Sequence[Touch], kinds: frozenset[TouchpointKind], places: Places) -> Party | None:
    """The store of the last touchpoint of these kinds; what is known of no location credits nobody."""
    found = [
        (touch.at, touch.location_id)
        for touch in touches
        if touch.kind in kinds and touch.location_id is not None and is_store(touch.location_id, places)
    ]
    return store(max(found)[1]) if found else None


def _store_or_department(part: Part, location_id: str, places: Places) -> Party | None:
    return store(location_id) if is_store(location_id, places) else _department(part)


def _department(part: Part) -> Party | None:
    return None if part.department is None else department(part.department)
