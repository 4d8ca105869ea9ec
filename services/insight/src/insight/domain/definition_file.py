"""KPIs as they are written: read, checked, and refused with the line that is wrong."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from insight.domain.definitions import Better, Definition, Definitions, Formula, Kind, units_of
from insight.domain.kpis import MEANS, Kpi, unit_of
from insight.domain.toml_text import Fault, Table, parse
from tsunagu.contracts.values import Ref

_REF = TypeAdapter(Ref)
_FILE_KEYS = frozenset({"kpi"})
_KEYS = frozenset(
    {"name", "title", "formula", "unit", "better", "owner", "target", "due", "operational", "settles_days"}
)
_SETTLES_DAYS_MAX = 365
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SUM = r"[a-z0-9_]+(?:\s*\+\s*[a-z0-9_]+)*"
_FORMULA = re.compile(
    rf"mean\((?P<mean>[a-z0-9_]+)\)|(?P<only>{_SUM})"
    rf"|(?:\((?P<ofs>{_SUM})\)|(?P<of>[a-z0-9_]+))\s*/\s*(?:\((?P<bys>{_SUM})\)|(?P<by>[a-z0-9_]+))"
)


def parse_definitions(text: str) -> Definitions:
    """The KPIs that a TOML text defines. Raises ValueError: "line 31: …"."""
    return parse(text, _read)[1]


def _read(body: Mapping[str, Any]) -> Definitions:
    whole = Table(body, None, 0)
    whole.only(_FILE_KEYS, "a file of KPIs")
    defined = [_definition(table) for table in whole.tables("kpi")]
    names = [one.name for one in defined]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Fault(f"the KPI {name} is there twice", "kpi", number, "name")
    return Definitions(defined)


def _definition(table: Table) -> Definition:
    table.only(_KEYS, "a kpi")
    formula = _formula(table)
    name = _name(table, formula)
    has_target = "target" in table.body
    if has_target and formula.kind is Kind.SUM:
        table.fail("target", "a sum grows with its period: set its target for a scope and period (SetTarget)")
    if has_target != ("due" in table.body):
        table.fail("target" if has_target else "due", "a target and the day by which it is due go together")
    settles_days = table.number("settles_days", 0, _SETTLES_DAYS_MAX) if "settles_days" in table.body else 0
    if settles_days and table.flag("operational"):
        table.fail("settles_days", "an operational KPI is one of the day, and this day is not settled yet")
    return Definition(
        name=name,
        title=table.text("title"),
        formula=formula,
        unit=_one_of(table, "unit", units_of(formula)),
        better=Better(_one_of(table, "better", tuple(Better))),
        owner=_owner(table),
        target=table.decimal("target") if has_target else None,
        due=table.day("due") if has_target else None,
        is_operational=table.flag("operational"),
        settles_days=settles_days,
    )


def _name(table: Table, formula: Formula) -> str:
    name = table.text("name")
    if not _NAME.fullmatch(name):
        table.fail("name", f"a name such as pickup_share is wanted, not {name}")
    # A figure's own name is free for what the figure is anyway; anything else under it would hide the figure.
    if name in set(Kpi) and formula.figures != (name,):
        table.fail("name", f"{name} is the name of a figure: a KPI over others needs one of its own")
    return name


def _owner(table: Table) -> str:
    owner = table.text("owner")
    try:
        return _REF.validate_python(owner)
    except ValidationError:
        table.fail("owner", f"an owner is an opaque name such as stores, without @: {owner} names a person")


def _formula(table: Table) -> Formula:
    text = table.text("formula")
    found = _FORMULA.fullmatch(text.strip())
    if found is None:
        table.fail("formula", f"a formula is a + b, a / (b + c) or mean(a) over figures, not {text}")
    if found["mean"]:
        (figure,) = _figures(table, found["mean"])
        if figure not in MEANS:
            table.fail("formula", f"{figure} is a sum; a mean is kept of {', '.join(sorted(MEANS))}")
        return Formula(Kind.MEAN, (figure,))
    if found["only"]:
        return Formula(Kind.SUM, _figures(table, found["only"]))
    of = _figures(table, found["ofs"] or found["of"])
    return Formula(Kind.RATIO, of, _figures(table, found["bys"] or found["by"]))


def _figures(table: Table, text: str) -> tuple[Kpi, ...]:
    names = [name.strip() for name in text.split("+")]
    for name in names:
        if name not in set(Kpi):
            table.fail("formula", f"there is no figure {name}; there are {', '.join(sorted(Kpi))}")
    figures = tuple(Kpi(name) for name in names)
    if len(units := {unit_of(kpi) for kpi in figures}) > 1:
        table.fail("formula", f"{' and '.join(sorted(units))} can't be added")
    return figures


def _one_of(table: Table, key: str, allowed: tuple[str, ...]) -> str:
    value = table.text(key)
    if value not in allowed:
        table.fail(key, f"{key} is {' or '.join(allowed)} here, not {value}")
    return value
