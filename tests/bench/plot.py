"""The figures that have a bar, as a picture: how far each is from its bar and its goal.

`python plot.py latest.json latest.svg`, with the contenders' environment, which has matplotlib.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot

REACHED, MISSED, GOAL = "#2a7f62", "#b3423a", "#777777"
WIDTH_INCHES, ROW_INCHES = 9.0, 0.34


def times_the_bar(row: Mapping[str, Any], mark: float) -> float:
    """How many times `mark` is the bar, or, for upper limits, the bar is `mark`: more is better, 1 is the bar."""
    return float(row["bar"] / mark if row["at_most"] else mark / row["bar"])


def draw(rows: Sequence[Mapping[str, Any]], target: Path) -> None:
    """Write the picture as SVG; the same rows give the same bytes."""
    with_bar = [row for row in rows if row["bar"] and row["value"]]
    mpl.rcParams["svg.hashsalt"] = "tsunagu"
    figure, axes = pyplot.subplots(figsize=(WIDTH_INCHES, 1.2 + ROW_INCHES * len(with_bar)))
    for place, row in enumerate(reversed(with_bar)):
        value = row["value"] if row["ratio"] is None else row["ratio"]
        reach = times_the_bar(row, value)
        is_reached = reach >= 1 and row["wrong"] is None
        axes.barh(place, reach, height=0.6, color=REACHED if is_reached else MISSED)
        unit = "×" if row["ratio"] is not None else row["unit"]
        axes.text(reach, place, f" {value:,.3g} {unit}", va="center", fontsize=8)
        if row["goal"]:
            axes.plot([times_the_bar(row, row["goal"])] * 2, [place - 0.3, place + 0.3], color=GOAL)
    axes.set_yticks(range(len(with_bar)), [row["id"] for row in reversed(with_bar)], fontsize=8)
    axes.axvline(1.0, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("times the bar (1 is the bar, right is better; grey: the goal)")
    axes.margins(x=0.15)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(target, format="svg", metadata={"Date": None})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
