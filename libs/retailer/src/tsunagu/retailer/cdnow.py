"""Derives the purchase rhythm from the CDNOW data set: `python -m tsunagu.retailer.cdnow CDNOW_master.txt`.

The data set (23,570 customers, 18 months of 1997 and 1998) is not shipped; `cdnow.json` holds the few figures
that the script needs of it. Each line has a customer, a day (YYYYMMDD), the units and the dollars.
"""

import json
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

PURCHASES_MAX = 20  # 1 % of the customers bought at least as often; they count as 20
UNITS_MAX = 10  # 2 % of the purchases are at least as large; they count as 10
QUANTILES = 20  # every 5 %: enough for the shape, few enough to read


def derive(lines: Iterable[str]) -> dict[str, Any]:
    """The figures of `cdnow.json`; lines that hold no purchase (the heading) are skipped."""
    days: dict[str, list[date]] = defaultdict(list)
    units: Counter[int] = Counter()
    for line in lines:
        fields = line.split()
        if len(fields) < 3 or not fields[0].isdigit():
            continue
        customer, day, count = fields[0], fields[1], int(fields[2])
        days[customer].append(datetime.strptime(day, "%Y%m%d").date())
        if count:
            units[min(count, UNITS_MAX)] += 1
    purchases = Counter(min(len(bought), PURCHASES_MAX) for bought in days.values())
    gaps = []
    for bought in days.values():
        bought.sort()
        gaps += [(later - earlier).days for earlier, later in pairwise(bought)]
    observed = max(max(bought) for bought in days.values()) - min(min(bought) for bought in days.values())
    return {
        "customers": len(days),
        "purchases": sum(len(bought) for bought in days.values()),
        "observed_days": observed.days + 1,
        "purchases_per_customer": [purchases[count] for count in range(1, PURCHASES_MAX + 1)],
        "gap_days_quantiles": [
            min(gaps),
            *(round(cut, 1) for cut in statistics.quantiles(gaps, n=QUANTILES, method="inclusive")),
            max(gaps),
        ],
        "units_per_purchase": [units[count] for count in range(1, UNITS_MAX + 1)],
    }


def main(path: str) -> None:
    """Print the figures with their source, as they stand in `cdnow.json`."""
    figures = {
        "source": "CDNOW data set (Fader and Hardie), CDNOW_master.txt of the PyPI wheel lifetimes 0.11.3",
        "derived_by": "python -m tsunagu.retailer.cdnow CDNOW_master.txt",
        **derive(Path(path).read_text(encoding="utf-8").splitlines()),
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
