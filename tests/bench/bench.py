"""What every workload is given: servers, sizes, rounds, and how to speak."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console

from .servers import Servers
from .settings import BenchSettings

T = TypeVar("T")
STORES, SKUS = 1_000, 1_000
STORES_MIN = 50  # a store gets goods from the 20 that follow it
ORDERS_MIN = 60  # so few still hold some of every kind
CLOSE_ROUNDS = 7  # of bars below 2 ×: the median of three is no better known than such a bar is wide


@dataclass(frozen=True)
class Sizes:
    """How large a run is: `scale` is 1 for the full one. A quick one has the main sides only."""

    scale: float = 1.0
    is_quick: bool = False

    @property
    def stores(self) -> int:
        """Stores in the stock that all sides begin with."""
        return max(STORES_MIN, round(STORES * self.scale))

    @property
    def skus(self) -> int:
        """SKUs in it."""
        return SKUS

    def scaled(self, count: int, least: int = ORDERS_MIN) -> int:
        """A count of the full run, for a run of this size."""
        return max(least, round(count * self.scale))


@dataclass(frozen=True)
class Bench:
    """One run. `rounds` is how often each side has its turn, `close_rounds` where the bar is below 2 ×."""

    on: Servers
    sizes: Sizes
    rounds: int
    close_rounds: int
    console: Console

    @property
    def settings(self) -> BenchSettings:
        """The run's limits and pauses."""
        return self.on.settings

    def turns(self, sides: Sequence[T], rounds: int | None = None) -> Iterator[tuple[int, T]]:
        """Each side once a round, with the round's number. Each round turns the order round, so that a machine that
        grows slower favours nobody."""
        for number in range(self.rounds if rounds is None else rounds):
            for side in sides if number % 2 == 0 else reversed(sides):
                yield number, side

    def say(self, sentence: str) -> None:
        """Show how far it is."""
        self.console.print(sentence, highlight=False)
