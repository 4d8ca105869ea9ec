"""The figures of a run: as JSON for programs, as a table in Markdown for people."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Row:
    """One figure; `id` begins with its workload's name and a point.

    `ratio` says how many times better `value` is than that of `against`: above 1 is better, be it more of a rate or
    less of a cost. `bar` and `goal` are ratios, or values where there is no ratio; with `at_most` they are upper limits
    of the value, and `ratio` says how many times `against` the value is. `spread` is the lowest and the highest of the
    rounds' ratios, or of their values where there is no ratio. `wrong` says which promise the side broke: "fast but
    wrong".
    """

    id: str
    value: float
    unit: str
    against: str | None = None
    ratio: float | None = None
    bar: float | None = None
    goal: float | None = None
    at_most: bool = False
    spread: tuple[float, float] | None = None
    wrong: str | None = None

    @property
    def reaches_bar(self) -> bool | None:
        """Whether the bar is reached; None where there is none. What is wrong reaches nothing."""
        return self._reaches(self.bar)

    @property
    def reaches_goal(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        return self._reaches(self.goal)

    def _reaches(self, mark: float | None) -> bool | None:
        if mark is None:
            return None
        figure = self.value if self.ratio is None else self.ratio
        return self.wrong is None and (figure <= mark if self.at_most else figure >= mark)


def better(
    id: str,
    unit: str,
    values: Sequence[float],
    against: tuple[str, Sequence[float]],
    *,
    less_is_better: bool = False,
    bar: float | None = None,
    goal: float | None = None,
    wrong: str | None = None,
) -> Row:
    """A row from the rounds' values and those of the other side in the same rounds: medians of values and of ratios."""
    name, others = against
    pairs = zip(values, others, strict=True)
    ratios = [other / value if less_is_better else value / other for value, other in pairs]
    spread = (min(ratios), max(ratios))
    return Row(id, median(values), unit, name, median(ratios), bar, goal, spread=spread, wrong=wrong)


def at_most(
    id: str,
    unit: str,
    values: Sequence[float],
    against: tuple[str, Sequence[float]],
    *,
    bar: float,
    goal: float | None = None,
    wrong: str | None = None,
) -> Row:
    """A row that may be at most `bar` times the other side's value: medians of values and of ratios."""
    name, others = against
    ratios = [value / other for value, other in zip(values, others, strict=True)]
    spread = (min(ratios), max(ratios))
    return Row(id, median(values), unit, name, median(ratios), bar, goal, True, spread, wrong)


def plain(
    id: str,
    unit: str,
    values: Sequence[float],
    *,
    wrong: str | None = None,
    at_most: float | None = None,
) -> Row:
    """A row that is compared with nothing: the median of the rounds' values, which may have a bar."""
    spread = (min(values), max(values))
    return Row(id, median(values), unit, bar=at_most, at_most=at_most is not None, spread=spread, wrong=wrong)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that at least `percent` of 100 do not exceed. Raises ValueError for no values."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    place = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(place) - 1)]


def merged(before: Iterable[Row], measured: Iterable[Row], workloads: Sequence[str]) -> list[Row]:
    """The rows of before, those of the workloads measured now replaced; in the order of `workloads`."""
    new = list(measured)
    replaced = {workload_of(row) for row in new}
    rows = [row for row in before if workload_of(row) not in replaced and workload_of(row) in workloads]
    return sorted([*rows, *new], key=lambda row: workloads.index(workload_of(row)))


def workload_of(row: Row) -> str:
    """Which workload a row is of."""
    return row.id.partition(".")[0]


def read_json(path: Path) -> list[Row]:
    """The rows of an earlier run; none where there is no file, or one of another form."""
    if not path.is_file():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    names = {field.name for field in fields(Row)}
    return [
        Row(**{**row, "spread": tuple(row["spread"]) if row["spread"] else None})
        for row in found
        if set(row) == names
    ]


def write_json(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows as a list of objects."""
    text = json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")


HEAD = ("figure", "value", "unit", "against", "ratio", "spread", "bar", "goal", "")


def cells(row: Row) -> tuple[str, ...]:
    """A row as cells of the table."""
    limit = "≤ " if row.at_most else "≥ "
    return (
        row.id,
        number(row.value),
        row.unit,
        row.against or "",
        "" if row.ratio is None else f"{number(row.ratio)} ×",
        "" if row.spread is None else f"{number(row.spread[0])} to {number(row.spread[1])}",
        "" if row.bar is None else limit + number(row.bar),
        "" if row.goal is None else limit + number(row.goal),
        verdict(row),
    )


def verdict(row: Row) -> str:
    """What is to be said of a figure: wrong, goal, bar or missed; nothing where there is no bar."""
    if row.wrong is not None:
        return f"fast but wrong: {row.wrong}"
    if row.reaches_goal:
        return "goal"
    if row.reaches_bar is None:
        return ""
    return "bar" if row.reaches_bar else "missed"


def number(value: float) -> str:
    """A figure with as many digits as say something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.4g}"


def write_markdown(path: Path, rows: Sequence[Row]) -> None:
    """Write the rows as a table, with when and on what they were measured."""
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    lines = [
        "# Benchmark",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine}. Compare ratios, never absolute figures of two runs; "
        "[docs/benchmark.md](../../../docs/benchmark.md) says how each figure is made.",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{'---|' * len(HEAD)}",
        *(f"| {' | '.join(cells(row))} |" for row in rows),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
