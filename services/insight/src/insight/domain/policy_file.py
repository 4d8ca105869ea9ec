"""A policy as it is written: read, checked, and refused with the line that is wrong."""

import re
from collections.abc import Mapping
from typing import Any

from insight.domain.policy import Department, Part, Policy, Role
from insight.domain.toml_text import Fault, Table, parse
from tsunagu.contracts.values import TouchpointKind

WHOLE_PERCENT = 100
WINDOW_DAYS_MAX = 366
"""Longest window of a touchpoint: nobody remembers for longer than a year what led them to a purchase."""

_POLICY_KEYS = frozenset(
    {"policy_id", "version", "title", "store_channels", "otherwise", "department", "part"}
)
_DEPARTMENT_KEYS = frozenset({"department_id", "title", "company_id"})
_KEYS_OF_EVERY_PART = frozenset({"role", "percent", "reason"})
_KEYS_OF_ROLE = {
    Role.SEEN: frozenset({"touchpoints", "window_days"}),
    Role.ADVISED: frozenset({"touchpoints", "window_days"}),
    Role.ORDERED: frozenset({"department"}),
    Role.PICKED: frozenset({"department"}),
    Role.HANDED_OVER: frozenset[str](),
    Role.DELIVERED: frozenset({"department"}),
}
_DEPARTMENT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def parse_policy(text: str) -> tuple[Mapping[str, Any], Policy]:
    """A TOML text as its body and the policy that it describes. Raises ValueError: "line 31: …"."""
    return parse(text, read_policy)


def read_policy(body: Mapping[str, Any]) -> Policy:
    """The policy that a parsed TOML text describes. Raises Fault."""
    whole = Table(body, None, 0)
    whole.only(_POLICY_KEYS, "a policy")
    departments = tuple(_department(table) for table in whole.tables("department"))
    ids = [one.department_id for one in departments]
    for number, department_id in enumerate(ids):
        if department_id in ids[:number]:
            raise Fault(
                f"the department {department_id} is there twice", "department", number, "department_id"
            )
    known = frozenset(ids)
    tables = whole.tables("part")
    parts = tuple(_part(table, known) for table in tables)
    if not parts:
        raise Fault("a policy needs at least one part")
    roles = [part.role for part in parts]
    for number, role in enumerate(roles):
        if role in roles[:number]:
            raise Fault(f"the role {role} is there twice", "part", number, "role")
    percent = sum(part.percent for part in parts)
    if percent != WHOLE_PERCENT:
        raise Fault(f"the parts add up to {percent}, not {WHOLE_PERCENT}", "part", len(parts) - 1, "percent")
    return Policy(
        policy_id=whole.text("policy_id"),
        version=whole.number("version", 1, 1_000_000),
        title=whole.text("title"),
        store_channels=frozenset(whole.texts("store_channels")),
        otherwise=_department_of(whole, "otherwise", known),
        departments=departments,
        parts=parts,
    )


def _department(table: Table) -> Department:
    table.only(_DEPARTMENT_KEYS, "a department")
    department_id = table.text("department_id")
    if not _DEPARTMENT_ID.fullmatch(department_id):
        table.fail("department_id", f"a department_id such as ec or logistics is wanted, not {department_id}")
    company_id = table.text("company_id") if "company_id" in table.body else None
    return Department(department_id, table.text("title"), company_id)


def _part(table: Table, departments: frozenset[str]) -> Part:
    named = table.text("role")
    if named not in set(Role):
        table.fail("role", f"there is no role {named}; there are {', '.join(Role)}")
    role = Role(named)
    of_role = _KEYS_OF_ROLE[role]
    table.only(_KEYS_OF_EVERY_PART | of_role, f"a part of the role {role}")
    has_touchpoints = "touchpoints" in of_role
    # Without its department nobody could ever earn a delivery; an order or a pick may be a store's.
    names_department = "department" in table.body or role is Role.DELIVERED
    return Part(
        role=role,
        percent=table.number("percent", 1, WHOLE_PERCENT),
        reason=table.text("reason"),
        touchpoints=_touchpoints(table) if has_touchpoints else frozenset(),
        window_days=table.number("window_days", 0, WINDOW_DAYS_MAX) if has_touchpoints else 0,
        department=_department_of(table, "department", departments) if names_department else None,
    )


def _touchpoints(table: Table) -> frozenset[TouchpointKind]:
    named = table.texts("touchpoints")
    if not named:
        table.fail("touchpoints", "touchpoints names none: the part would apply to nobody")
    for one in named:
        if one not in set(TouchpointKind):
            table.fail("touchpoints", f"there is no touchpoint {one}; there are {', '.join(TouchpointKind)}")
    return frozenset(TouchpointKind(one) for one in named)


def _department_of(table: Table, key: str, departments: frozenset[str]) -> str:
    named = table.text(key)
    if named not in departments:
        table.fail(key, f"{key} names {named}, which is none of the policy's departments")
    return named
