"""Whether others use the machine: figures taken beside them say nothing."""

import psutil


def used_by_others(percent_per_core: list[float]) -> float:
    """The busiest core's share in percent: one is enough to slow down whoever is put on it."""
    return max(percent_per_core, default=0.0)


def busy_percent(seconds: float) -> float:
    """How busy the busiest core is for some seconds, in percent."""
    return used_by_others(psutil.cpu_percent(interval=seconds, percpu=True))
