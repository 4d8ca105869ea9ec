"""What others paid and waited in a flood as a table, beside what they do undisturbed and what they may."""

from collections.abc import Sequence
from math import ceil

from .callers import CALLS
from .windows import OPERATIONS, Comparison, Window

CPU_RATIO_BAR = 1.10
P99_RATIO_BAR = 2.00
FLOOD_REQUESTS_PER_SECOND_MIN = 50.0
"""Answered, refused or cut off; where a full machine has room for fewer, there is no flood to say anything of."""
SHARES = {"median": 0.5, "p99": 0.99}

Row = tuple[str, ...]


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value that this share of them does not exceed; None of none."""
    ordered = sorted(values)
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None


def rows(comparison: Comparison) -> list[Row]:
    """A figure each: its name, undisturbed, struck, how many times that is, and how many times it may be."""
    usual, struck = comparison.usual, comparison.struck
    return [
        *(
            _row(
                f"{service}: CPU ms per {operation}",
                usual.cpu_ms[service],
                struck.cpu_ms[service],
                CPU_RATIO_BAR,
            )
            for service, (operation, _) in OPERATIONS.items()
        ),
        *(
            _row(
                f"{call}: {name} ms",
                _ms(usual, call, share),
                _ms(struck, call, share),
                P99_RATIO_BAR if name == "p99" else None,
            )
            for call in CALLS
            for name, share in SHARES.items()
        ),
        ("calls answered, not made", *(_calls(window) for window in (usual, struck)), "", ""),
        (
            "flood: answered, refused per s",
            *(_flood(window) for window in (usual, struck)),
            "",
            _flood_bar(struck),
        ),
        ("shopper process: CPUs used", *(_cpus(window) for window in (usual, struck)), "", ""),
    ]


def as_markdown(comparisons: Sequence[Comparison]) -> str:
    """A table for each of them."""
    return "\n\n".join(
        "\n".join(
            f"| {' | '.join(row)} |"
            for row in (
                ("", comparison.usual.name, comparison.struck.name, "ratio", "may be"),
                ("---",) * 5,
                *rows(comparison),
            )
        )
        for comparison in comparisons
    )


def _row(name: str, usual: float | None, struck: float | None, bar: float | None) -> Row:
    ratio = f"{struck / usual:.2f}" if usual and struck is not None else "–"
    return name, _told(usual), _told(struck), ratio, "" if bar is None else f"{bar:.2f}"


def _ms(window: Window, call: str, share: float) -> float | None:
    seconds = quantile(window.took_seconds[call], share)
    return None if seconds is None else 1_000 * seconds


def _calls(window: Window) -> str:
    return f"{sum(map(len, window.took_seconds.values()))}, {window.left_out}"


def _flood(window: Window) -> str:
    answered, asked = window.answers.get("200", 0), sum(window.answers.values())
    return f"{answered / window.seconds:.0f}, {(asked - answered) / window.seconds:.0f}"


def _flood_bar(window: Window) -> str:
    bar = f"≥ {FLOOD_REQUESTS_PER_SECOND_MIN:.0f}"
    return bar if window.flood_requests_per_second >= FLOOD_REQUESTS_PER_SECOND_MIN else f"no flood: {bar}"


def _cpus(window: Window) -> str:
    return _told(window.shoppers_cpu_seconds and window.shoppers_cpu_seconds / window.seconds)


def _told(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
