"""A credit policy: which part of a sale goes to whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tsunagu.contracts.values import TouchpointKind


class Role(StrEnum):
    """What somebody did for a sale."""

    SEEN = "seen"
    """The store where the customer met the goods: the last one within the window."""
    ADVISED = "advised"
    """The store whose staff gave advice: the last one within the window."""
    ORDERED = "ordered"
    """Who took the order: a store at its counter, else the department of the channel."""
    PICKED = "picked"
    """Who picked the goods, by pieces: a store, else the department that runs the warehouse."""
    HANDED_OVER = "handed_over"
    """The store that handed the goods to the customer, at the till or as a pickup."""
    DELIVERED = "delivered"
    """The department that had the goods brought to the customer."""


class PartyKind(StrEnum):
    """Who can be credited."""

    STORE = "store"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """A store, or a department such as EC."""

    kind: PartyKind
    party_id: str


def store(location_id: str) -> Party:
    """A store as a party."""
    return Party(PartyKind.STORE, location_id)


def department(department_id: str) -> Party:
    """A department as a party."""
    return Party(PartyKind.DEPARTMENT, department_id)


@dataclass(frozen=True, slots=True)
class Department:
    """A department that a policy credits; without a company of its own it belongs to the one that runs EC."""

    department_id: str
    title: str
    company_id: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One role's part of a sale.

    `touchpoints` and `window_days` (before the order was placed) belong to SEEN and ADVISED; `department` has the part
    where it is no store's.
    """

    role: Role
    percent: int
    reason: str
    touchpoints: frozenset[TouchpointKind] = frozenset()
    window_days: int = 0
    department: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Parts by role, in the order in which ties of a yen are broken; `otherwise` is the department for the rest."""

    policy_id: str
    version: int
    title: str
    store_channels: frozenset[str]
    otherwise: str
    departments: tuple[Department, ...]
    parts: tuple[Part, ...]

    def company_of(self, department_id: str) -> str | None:
        """The company that the policy names for a department; None where it names none."""
        companies = {one.department_id: one.company_id for one in self.departments}
        return companies.get(department_id)


@dataclass(frozen=True, slots=True)
class Adoption:
    """A policy holds from a business day on."""

    policy_id: str
    effective_from: date


def policy_on(day: date, adoptions: Iterable[Adoption], default_id: str) -> str:
    """The policy in force on a business day. `adoptions` come in the order in which they were made."""
    in_force = default_id
    since = date.min
    for adoption in adoptions:
        if since <= adoption.effective_from <= day:
            in_force, since = adoption.policy_id, adoption.effective_from
    return in_force
