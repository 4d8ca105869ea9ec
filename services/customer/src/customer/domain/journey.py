"""How far customers came and which way they took, told so that nobody is told from others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tsunagu.contracts.values import JourneyStage

STAGES = (
    JourneyStage.AWARE,
    JourneyStage.CONSIDERING,
    JourneyStage.ORDERED,
    JourneyStage.BOUGHT_IN_STORE,
    JourneyStage.BOUGHT_ONLINE,
    JourneyStage.PICKED_UP,
    JourneyStage.RETURNED,
    JourneyStage.RETURNING,
)
"""In the order of a journey."""

Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """How many customers reached a stage, of those first seen in a channel; of all where it is None.

    `customers` is None for few.
    """

    stage: JourneyStage
    first_channel: str | None
    customers: int | None


@dataclass(frozen=True, slots=True)
class Path:
    """How many customers took these steps. `steps` is None for all paths that are not told."""

    steps: Steps | None
    customers: int | None


def funnel(counts: Mapping[tuple[JourneyStage, str | None], int], few: int) -> tuple[Reached, ...]:
    """Each stage: all customers first, then by the channel in which they were first seen.

    Groups of fewer than `few` are not told. Where that is one of a stage, all of them together are not told either: the
    others taken off would tell it.
    """
    told: list[Reached] = []
    for stage in STAGES:
        channels = sorted(
            (channel, count) for (of, channel), count in counts.items() if of is stage and channel is not None
        )
        hidden = sum(count < few for _, count in channels)
        everybody = sum(count for _, count in channels)
        if channels:
            told.append(Reached(stage, None, None if hidden == 1 or everybody < few else everybody))
        told += [Reached(stage, channel, None if count < few else count) for channel, count in channels]
    return tuple(told)


def paths(counts: Iterable[tuple[Steps, int]], few: int, paths_max: int) -> tuple[Path, ...]:
    """The paths that at least `few` customers took, the most first, at most `paths_max`; then all others together."""
    ordered = sorted(counts, key=lambda path: (-path[1], path[0]))
    told = [(steps, count) for steps, count in ordered[:paths_max] if count >= few]
    rest = sum(count for _, count in ordered[len(told) :])
    found = [Path(steps, count) for steps, count in told]
    if rest:
        found.append(Path(None, None if rest < few else rest))
    return tuple(found)
