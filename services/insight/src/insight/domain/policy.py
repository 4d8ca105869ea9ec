"""A credit policy: which part of a sale goes to whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, assert_never

from insight.domain.basis import Basis, Method
from tsunagu.contracts.values import LocationKind, TouchpointKind

WEIGHT_MAX = 1_000_000
"""Largest weight of a part: parts per million are finer than anybody negotiates."""


class Role(StrEnum):
    """What somebody did for a sale."""

    SHOWN = "shown"
    """The store whose shelf or staff led to the order: the last one within the window."""
    HANDED_OVER = "handed_over"
    """The store that handed the goods to the customer, at the till or as a pickup."""
    SHIPPED = "shipped"
    """The stores that sent the goods, to the customer or to the store of the pickup; by pieces."""
    EC = "ec"
    """EC, whose site or app took the order."""


class PartyKind(StrEnum):
    """Who can be credited."""

    STORE = "store"
    EC = "ec"


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """A store, or EC as a whole."""

    kind: PartyKind
    party_id: str


EC = Party(PartyKind.EC, "ec")


@dataclass(frozen=True, slots=True)
class Part:
    """One role's part; `touchpoints` and `window_days` (before the order was placed) belong to SHOWN."""

    role: Role
    weight: int
    reason: str
    touchpoints: frozenset[TouchpointKind] = frozenset()
    window_days: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """Parts by role, in the order in which ties of a yen are broken."""

    policy_id: str
    version: int
    title: str
    store_channels: frozenset[str]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Somebody's weight in one sale."""

    role: Role
    party: Party
    weight: int


@dataclass(frozen=True, slots=True)
class Adoption:
    """A policy holds from a business day on."""

    policy_id: str
    effective_from: date


def read_policy(body: Mapping[str, Any]) -> Policy:
    """The policy that a parsed TOML file describes. Raises ValueError with a sentence that says what is wrong."""
    policy_id = body.get("policy_id")
    if not isinstance(policy_id, str) or not policy_id:
        raise ValueError("a policy needs a policy_id")
    try:
        parts = tuple(_read_part(part) for part in body["part"])
        policy = Policy(
            policy_id,
            int(body["version"]),
            str(body["title"]),
            frozenset(str(channel) for channel in body["store_channels"]),
            parts,
        )
    except KeyError as missing:
        raise ValueError(f"policy {policy_id}: {missing.args[0]} is missing") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"policy {policy_id}: {error}") from None
    if not parts or len({part.role for part in parts}) != len(parts):
        raise ValueError(f"policy {policy_id} needs at least one part, and each role at most once")
    return policy


def _read_part(part: Mapping[str, Any]) -> Part:
    role, weight = Role(part["role"]), int(part["weight"])
    if not 1 <= weight <= WEIGHT_MAX:
        raise ValueError(f"the weight of {role} must lie between 1 and {WEIGHT_MAX}")
    if role is not Role.SHOWN:
        return Part(role, weight, str(part["reason"]))
    kinds = frozenset(TouchpointKind(kind) for kind in part["touchpoints"])
    return Part(role, weight, str(part["reason"]), kinds, int(part["window_days"]))


def policy_on(day: date, adoptions: Iterable[Adoption], default_id: str) -> str:
    """The policy in force on a business day. `adoptions` come in the order in which they were made."""
    in_force = default_id
    since = date.min
    for adoption in adoptions:
        if since <= adoption.effective_from <= day:
            in_force, since = adoption.policy_id, adoption.effective_from
    return in_force


def shares(policy: Policy, basis: Basis, kinds: Mapping[str, LocationKind]) -> tuple[Share, ...]:
    """Who has which weight in a sale: the parts that apply, in the policy's order. At least one.

    Only stores earn a store's part; a location of unknown kind counts as a store. A part that applies to nobody is
    no part of the sale, so that the others get it in proportion. Where none applies, the store that handed the
    goods over gets all; where there is none, EC.
    """
    # The weight of SHIPPED is divided by pieces; all weights are scaled so that they stay whole.
    pieces = sum(source.quantity for source in basis.sources) or 1
    found: list[Share] = []
    for part in policy.parts:
        found += _shares_of(part, policy, basis, kinds, pieces)
    if found:
        return tuple(found)
    if basis.method is not Method.SHIP and _is_store(basis.location_id, kinds):
        return (Share(Role.HANDED_OVER, _store(basis.location_id), 1),)
    return (Share(Role.EC, EC, 1),)


def _shares_of(
    part: Part, policy: Policy, basis: Basis, kinds: Mapping[str, LocationKind], pieces: int
) -> Sequence[Share]:
    whole = part.weight * pieces
    match part.role:
        case Role.SHOWN:
            shown_by = _last_shown(part, basis, kinds)
            return () if shown_by is None else (Share(part.role, _store(shown_by), whole),)
        case Role.HANDED_OVER:
            handed_over = basis.method is not Method.SHIP and _is_store(basis.location_id, kinds)
            return (Share(part.role, _store(basis.location_id), whole),) if handed_over else ()
        case Role.SHIPPED:
            return _shipped(part, basis, kinds, pieces)
        case Role.EC:
            return () if basis.channel in policy.store_channels else (Share(part.role, EC, whole),)
        case _:
            assert_never(part.role)


def _shipped(part: Part, basis: Basis, kinds: Mapping[str, LocationKind], pieces: int) -> Sequence[Share]:
    if basis.method is Method.SHIP and not basis.sources:
        from_here = _is_store(basis.location_id, kinds)
        return (Share(part.role, _store(basis.location_id), part.weight * pieces),) if from_here else ()
    return [
        Share(part.role, _store(source.location_id), part.weight * source.quantity)
        for source in basis.sources
        if _is_store(source.location_id, kinds)
        and (basis.method is Method.SHIP or source.location_id != basis.location_id)
    ]


def _last_shown(part: Part, basis: Basis, kinds: Mapping[str, LocationKind]) -> str | None:
    window = timedelta(days=part.window_days)
    showings = [
        (touch.at, touch.location_id)
        for touch in basis.touches
        if touch.kind in part.touchpoints
        and _is_store(touch.location_id, kinds)
        and timedelta(0) <= basis.placed_at - touch.at <= window
    ]
    return max(showings)[1] if showings else None


def _is_store(location_id: str, kinds: Mapping[str, LocationKind]) -> bool:
    return kinds.get(location_id, LocationKind.STORE) is LocationKind.STORE


def _store(location_id: str) -> Party:
    return Party(PartyKind.STORE, location_id)
