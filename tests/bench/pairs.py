"""Pairwise precision and recall: of all pairs of records that were put together, and of all that belong together."""

from collections import Counter
from collections.abc import Hashable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """How many pairs were found, how many of them are right, and how many there are."""

    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        """Of what was put together, how much belongs together; 1 where nothing was."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Of what belongs together, how much was put together; 1 where nothing does."""
        return self.right / self.true if self.true else 1.0

    def __str__(self) -> str:
        return f"precision {self.precision:.4f}, recall {self.recall:.4f} ({self.true:,} pairs, {self.found:,} found)"


def score(customers: Sequence[Hashable], people: Sequence[Hashable]) -> Score:
    """The score of records by customer and by person; counted, not listed, as a customer may have thousands."""
    found = sum(map(_pairs, Counter(customers).values()))
    true = sum(map(_pairs, Counter(people).values()))
    right = sum(map(_pairs, Counter(zip(customers, people, strict=True)).values()))
    return Score(found, right, true)


def score_of(kind: AbstractSet[str], customers: Sequence[Hashable], people: Sequence[str]) -> Score:
    """The score of the pairs in which at least one record is of a person of a kind."""
    whole = score(customers, people)
    others = [place for place, person in enumerate(people) if person not in kind]
    rest = score([customers[place] for place in others], [people[place] for place in others])
    return Score(whole.found - rest.found, whole.right - rest.right, whole.true - rest.true)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2
