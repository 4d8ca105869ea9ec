"""A policy as it is written: read, checked, and refused with the line that is wrong."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Never

from insight.domain.policy import Department, Part, Policy, Role
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
_HEADING = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(#.*)?")
_SYNTAX_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class PolicyError(ValueError):
    """What is wrong with a policy, as a sentence, and where: the key of the `number`-th `table`, or of the policy."""

    def __init__(
        self, sentence: str, table: str | None = None, number: int = 0, key: str | None = None
    ) -> None:
        super().__init__(sentence)
        self.table = table
        self.number = number
        self.key = key


def parse_policy(text: str) -> tuple[Mapping[str, Any], Policy]:
    """A TOML text as its body and the policy that it describes. Raises ValueError: "line 31: …"."""
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX_LINE.search(str(error))
        line = int(place[1]) if place else len(text.splitlines())
        raise ValueError(f"line {line}: {_SYNTAX_LINE.sub('', str(error))}") from None
    try:
        return body, read_policy(body)
    except PolicyError as fault:
        raise ValueError(f"line {_line_of(text, fault)}: {fault}") from None


def read_policy(body: Mapping[str, Any]) -> Policy:
    """The policy that a parsed TOML text describes. Raises PolicyError."""
    whole = _Table(body, None, 0)
    whole.only(_POLICY_KEYS)
    departments = tuple(_department(table) for table in whole.tables("department"))
    ids = [one.department_id for one in departments]
    for number, department_id in enumerate(ids):
        if department_id in ids[:number]:
            raise PolicyError(
                f"the department {department_id} is there twice", "department", number, "department_id"
            )
    known = frozenset(ids)
    tables = whole.tables("part")
    parts = tuple(_part(table, known) for table in tables)
    if not parts:
        raise PolicyError("a policy needs at least one part")
    roles = [part.role for part in parts]
    for number, role in enumerate(roles):
        if role in roles[:number]:
            raise PolicyError(f"the role {role} is there twice", "part", number, "role")
    percent = sum(part.percent for part in parts)
    if percent != WHOLE_PERCENT:
        raise PolicyError(
            f"the parts add up to {percent}, not {WHOLE_PERCENT}", "part", len(parts) - 1, "percent"
        )
    return Policy(
        policy_id=whole.text("policy_id"),
        version=whole.number("version", 1, 1_000_000),
        title=whole.text("title"),
        store_channels=frozenset(whole.texts("store_channels")),
        otherwise=whole.department("otherwise", known),
        departments=departments,
        parts=parts,
    )


def _department(table: "_Table") -> Department:
    table.only(_DEPARTMENT_KEYS)
    department_id = table.text("department_id")
    if not _DEPARTMENT_ID.fullmatch(department_id):
        table.fail("department_id", f"a department_id such as ec or logistics is wanted, not {department_id}")
    company_id = table.text("company_id") if "company_id" in table.body else None
    return Department(department_id, table.text("title"), company_id)


def _part(table: "_Table", departments: frozenset[str]) -> Part:
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
        department=table.department("department", departments) if names_department else None,
    )


def _touchpoints(table: "_Table") -> frozenset[TouchpointKind]:
    named = table.texts("touchpoints")
    if not named:
        table.fail("touchpoints", "touchpoints names none: the part would apply to nobody")
    for one in named:
        if one not in set(TouchpointKind):
            table.fail("touchpoints", f"there is no touchpoint {one}; there are {', '.join(TouchpointKind)}")
    return frozenset(TouchpointKind(one) for one in named)


class _Table:
    """A table of the text: its values, each of the kind that is wanted, or a fault that says where it is."""

    def __init__(self, body: Mapping[str, Any], name: str | None, number: int) -> None:
        self.body = body
        self._name = name
        self._number = number

    def fail(self, key: str | None, sentence: str) -> Never:
        raise PolicyError(sentence, self._name, self._number, key)

    def only(self, keys: frozenset[str], of: str = "a policy") -> None:
        """Refuse a key that means nothing here: it would be passed over in silence."""
        whose = of if self._name in (None, "part") else f"a {self._name}"
        for key in self.body:
            if key not in keys:
                self.fail(key, f"{whose} has no {key}; it has {', '.join(sorted(keys))}")

    def text(self, key: str) -> str:
        value = self._value(key)
        if not isinstance(value, str) or not value.strip():
            self.fail(key, f"{key} is a text that is not empty")
        return value

    def texts(self, key: str) -> list[str]:
        value = self._value(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.fail(key, f"{key} is a list of texts")
        return value

    def number(self, key: str, least: int, most: int) -> int:
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fail(key, f"{key} is a whole number from {least} to {most}, not {value!r}")
        return value

    def department(self, key: str, departments: frozenset[str]) -> str:
        named = self.text(key)
        if named not in departments:
            self.fail(key, f"{key} names {named}, which is none of the policy's departments")
        return named

    def tables(self, name: str) -> list["_Table"]:
        value = self.body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fail(name, f"each {name} is a table, headed [[{name}]]")
        return [_Table(one, name, number) for number, one in enumerate(value)]

    def _value(self, key: str) -> Any:
        if key not in self.body:
            self.fail(None, f"{key} is missing")
        return self.body[key]


def _line_of(text: str, fault: PolicyError) -> int:
    """The line of the key in question, else of its table's heading; tomllib does not tell where anything stands."""
    lines = text.splitlines()
    headings = [(n, found[1]) for n, line in enumerate(lines) if (found := _HEADING.fullmatch(line))]
    begins, ends = 0, headings[0][0] if headings else len(lines)
    if fault.table is not None:
        of_table = [place for place, (_, name) in enumerate(headings) if name == fault.table]
        if fault.number < len(of_table):
            place = of_table[fault.number]
            begins = headings[place][0]
            ends = headings[place + 1][0] if place + 1 < len(headings) else len(lines)
    if fault.key is not None:
        assigned = re.compile(rf'\s*"?{re.escape(fault.key)}"?\s*=')
        for number in range(begins, ends):
            if assigned.match(lines[number]):
                return number + 1
    return begins + 1
