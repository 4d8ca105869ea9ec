"""What was measured, as a table for people and as an object for programs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from .comparing import as_markdown as comparisons_as_markdown
from .windows import Comparison

FINDINGS_SHOWN_MAX = 5  # in the table's notes; the JSON has them all


@dataclass(frozen=True)
class Measured:
    """One strike. Times in seconds; `recovery_seconds` is None where the work did not go on.

    `yardstick` is what `yardstick_seconds` is of, in the same run; `bar_seconds` what is promised, if anything.
    `findings` are the audit's of its round, and what else was wrong; None before it.
    """

    strike: str
    recovery_seconds: float | None
    yardstick: str
    yardstick_seconds: float | None
    bar_seconds: float | None
    findings: tuple[str, ...] | None = None

    def audited(self, findings: Sequence[str]) -> "Measured":
        """The same with what the audit has found."""
        return replace(self, findings=tuple(findings))

    @property
    def is_green(self) -> bool:
        """Whether the audit was done and found nothing."""
        return self.findings == ()


HEAD = ("strike", "recovery s", "yardstick s", "bar s", "audit")


def row(measured: Measured) -> tuple[str, ...]:
    """A strike as cells of the table."""
    audit = "green" if measured.is_green else f"{len(measured.findings or ())} findings"
    usual = _seconds(measured.yardstick_seconds)
    return (
        measured.strike,
        _seconds(measured.recovery_seconds, "not recovered"),
        f"{usual} ({measured.yardstick})",
        _seconds(measured.bar_seconds, "none", digits=0),
        audit,
    )


def as_markdown(results: Sequence[Measured], comparisons: Sequence[Comparison], orders_at_once: str) -> str:
    """The table with what was found below it, and a table of each comparison.

    `orders_at_once` says how large the load was.
    """
    lines = [
        "# Chaos: how long until the work goes on",
        "",
        f"{_when()} UTC, {_machine()}; {orders_at_once}. Times are told, not asserted; the audit is asserted.",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{'---|' * len(HEAD)}",
        *(f"| {' | '.join(row(measured))} |" for measured in results),
    ]
    for measured in results:
        found = measured.findings or ()
        lines += [f"- {measured.strike}: {finding}" for finding in found[:FINDINGS_SHOWN_MAX]]
    if comparisons:
        lines += ["", "## Shoppers in a flood, and the others", "", comparisons_as_markdown(comparisons)]
    return "\n".join(lines) + "\n"


def write(
    directory: Path, results: Sequence[Measured], comparisons: Sequence[Comparison], orders_at_once: str
) -> None:
    """Write latest.md and latest.json."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "latest.md").write_text(as_markdown(results, comparisons, orders_at_once), encoding="utf-8")
    whole = {
        "at": _when(),
        "machine": _machine(),
        "load": orders_at_once,
        "strikes": [{**asdict(measured), "audit_green": measured.is_green} for measured in results],
        "comparisons": [asdict(comparison) for comparison in comparisons],
    }
    text = json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    (directory / "latest.json").write_text(text, encoding="utf-8")


def _seconds(value: float | None, missing: str = "–", digits: int = 1) -> str:
    return missing if value is None else f"{value:.{digits}f}"


def _when() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
