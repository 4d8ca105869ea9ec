"""Whether two customers are one, by all that their records say of each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from customer.domain.evidence import Levels, Model, Verdict, Weighed, contradiction, weigh

_RANK = {Verdict.APART: 0, Verdict.REVIEW: 1, Verdict.MERGE: 2}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of two customers, and the two of their records that say most for it."""

    verdict: Verdict
    weighed: Weighed
    place: int
    """Which of the agreements that is: the first of those that say as much."""
    is_contradicted: bool
    """Whether nothing but a contradiction keeps them apart."""

    @property
    def strength(self) -> tuple[int, float]:
        """Of several judgements, the greatest comes first."""
        return _RANK[self.verdict], self.weighed.bits


def judge(model: Model, agreements: Sequence[Levels], records: int) -> Judgement:
    """Judge two customers. `agreements`: how far each record of the one agrees with each of the other, one at least.

    Two records that agree are enough, and two that contradict each other too: else a chain in which each is like the
    next would join strangers. `records`: how many there are of everybody.
    """
    weights = [weigh(model, levels, records) for levels in agreements]
    place = max(range(len(weights)), key=lambda one: _strength(weights[one]))
    weighed = weights[place]
    if weighed.verdict is not Verdict.APART and any(map(contradiction, agreements)):
        return Judgement(Verdict.APART, weighed, place, is_contradicted=True)
    return Judgement(weighed.verdict, weighed, place, is_contradicted=False)


def _strength(weighed: Weighed) -> tuple[int, float]:
    return _RANK[weighed.verdict], weighed.bits
