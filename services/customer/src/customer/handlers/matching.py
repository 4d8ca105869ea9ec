"""The second step of a change of personal data: whoever is the same person by evidence is one customer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from customer import metrics
from customer.comparing import compare, features_of
from customer.domain.evidence import Verdict, Weighed
from customer.domain.features import Features
from customer.domain.identity import Pair
from customer.domain.matching import Judgement, judge
from customer.domain.tasks import TaskKind
from customer.handlers.profiles import refresh
from customer.handlers.records import MATCH
from customer.handlers.together import TOO_MANY_REFS, put_together, too_many_refs
from customer.locks import identity_rows, locked_identities
from customer.matching_rules import model
from customer.store import matching, people
from customer.store.identities import Identities
from customer.store.matching import SQL
from customer.store.reviews import Reviews
from customer.store.tasks import lasting_task_id
from tsunagu.chassis import Cause, Connection, Due, DueHandler, Looked, Transaction
from tsunagu.contracts.values import Evidence, EvidencePart

EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class _Seen:
    """Pairs about whom there is something to decide, and the refs whose data say so."""

    pairs: tuple[Pair, ...] = ()
    digests: frozenset[str] = frozenset()
    contradicted: int = 0
    """Pairs whom nothing but a contradiction keeps apart."""


async def _keys(connection: Connection, dues: Sequence[Due]) -> Looked:
    """Who is like these customers is seen without a lock: of all who share a block with somebody, few are.

    Whoever comes to be like them after this look has changed, and so has a step of their own.
    """
    pairs = await matching.pairs_to_judge(connection, [due.key for due in dues])
    if not pairs:
        return Looked((), _Seen())
    asked = await matching.reviews_of(connection, pairs)
    judgements, digests = await _judged(connection, pairs)
    alike = {pair for pair, judgement in judgements.items() if judgement.verdict is not Verdict.APART}
    contradicted = sum(judgement.is_contradicted for judgement in judgements.values())
    pairs = [pair for pair in pairs if pair in alike or pair in asked]
    held = frozenset(digest for pair in pairs for customer_id in pair for digest in digests[customer_id])
    return Looked(await identity_rows(connection, held), _Seen(tuple(pairs), held, contradicted))


async def _match(tx: Transaction, dues: Sequence[Due]) -> None:
    """Merge whom evidence merges, ask about whom it leaves open, and stop asking about whom it does not.

    Who was merged is looked at again before anything else is decided about them: their records have become more.
    """
    seen = tx.seen
    assert isinstance(seen, _Seen)
    tx.count(metrics.MATCHES, seen.contradicted, verdict="contradicted")
    causes = {due.key: due for due in dues}
    pairs = [pair for pair in seen.pairs if pair & causes.keys()]
    if not pairs:
        return
    identities = await locked_identities(tx, seen.digests)
    asked = await matching.reviews_of(tx.connection, pairs)
    judgements, digests = await _judged(tx.connection, pairs)
    step = _Step(tx, identities, causes)
    for pair in sorted(judgements, key=lambda one: (judgements[one].strength, *sorted(one)), reverse=True):
        # Who had no records when it was looked has a step of their own now.
        if pair not in identities.apart and pair <= identities.versions.keys():
            of_records = list(product(*(digests[one] for one in sorted(pair))))
            step.decide(pair, judgements[pair], of_records[judgements[pair].place], asked.get(pair))
    for pair, review in asked.items():
        if pair not in step.open:
            is_answered = review.is_one or pair in identities.apart
            step.reviews.end(review.task_id, step.cause(pair), is_answered=is_answered)
    await identities.save(tx.connection, tx.now)
    await refresh(tx, step.merged_by)
    await step.reviews.save()


class _Step:
    """What one step decides."""

    def __init__(self, tx: Transaction, identities: Identities, dues: dict[str, Due]) -> None:
        self.reviews = Reviews(tx)
        self.open: set[Pair] = set()
        """Pairs that are not decided yet, by a person or by the next step."""
        self.merged_by: dict[str, Cause] = {}
        self._gone: set[str] = set()
        self._tx = tx
        self._identities = identities
        self._dues = dues

    def cause(self, pair: Pair) -> Due:
        """The step that looks at a pair."""
        return next(self._dues[one] for one in sorted(pair) if one in self._dues)

    def decide(
        self, pair: Pair, judgement: Judgement, rests_on: tuple[str, ...], review: matching.Review | None
    ) -> None:
        """Merge two customers, or ask about them. `rests_on`: the refs whose records say most."""
        if pair & (self._gone | self.merged_by.keys()):
            self.open.add(pair)
            return
        verdict = judgement.verdict
        if verdict is Verdict.MERGE and too_many_refs(self._identities, pair):
            self._tx.count(metrics.MATCHES, verdict=TOO_MANY_REFS)
        elif verdict is Verdict.MERGE:
            self.open.add(pair)
            self._merge(pair, judgement, rests_on)
        elif verdict is Verdict.REVIEW:
            self.open.add(pair)
            self._ask(pair, judgement.weighed, is_new=review is None)

    def _merge(self, pair: Pair, judgement: Judgement, rests_on: tuple[str, ...]) -> None:
        survivor = put_together(
            self._tx,
            self._identities,
            self.cause(pair),
            pair,
            EVIDENCE,
            rests_on=rests_on,
            evidence=_as_said(judgement.weighed),
        )
        self._gone.update(pair - {survivor})
        self.merged_by[survivor] = self.cause(pair)
        self._tx.count(metrics.MATCHES, verdict=Verdict.MERGE)

    def _ask(self, pair: Pair, weighed: Weighed, *, is_new: bool) -> None:
        one, other = sorted(pair)
        task_id = lasting_task_id(TaskKind.MERGE_REVIEW, one, other)
        refs = tuple(self._identities.refs_of(side)[0] for side in (one, other))
        self.reviews.ask(
            TaskKind.MERGE_REVIEW,
            task_id,
            f"{' and '.join(refs)}: {_in_words(weighed)}",
            self.cause(pair),
            customer_refs=refs,
            evidence=_as_said(weighed),
            pair=pair,
        )
        if is_new:
            self._tx.count(metrics.MATCHES, verdict=Verdict.REVIEW)


async def _judged(
    connection: Connection, pairs: Iterable[Pair]
) -> tuple[dict[Pair, Judgement], dict[str, list[str]]]:
    """What becomes of pairs of whom both have records to compare, and under which refs each customer's stand."""
    pairs = list(pairs)
    records: dict[str, list[Features]] = defaultdict(list)
    digests: dict[str, list[str]] = defaultdict(list)
    for record in await people.records_of(connection, {one for pair in pairs for one in pair}):
        records[record.customer_id].append(features_of(record.personal))
        digests[record.customer_id].append(record.digest)
    everybody = await connection.fetchval(SQL.estimate_records)
    judgements = {}
    for pair in pairs:
        mine, theirs = (records[one] for one in sorted(pair))
        if mine and theirs:
            agreements = [compare(one, other) for one, other in product(mine, theirs)]
            judgements[pair] = judge(model(), agreements, everybody)
    return judgements, digests


def _as_said(weighed: Weighed) -> Evidence:
    return Evidence(
        model=weighed.model,
        prior_bits=round(weighed.prior_bits, 2),
        bits=round(weighed.bits, 2),
        parts=tuple(
            EvidencePart(field=part.field, level=part.level, bits=round(part.bits, 2))
            for part in weighed.parts
        ),
    )


def _in_words(weighed: Weighed) -> str:
    parts = ", ".join(f"{part.field} {part.level} {part.bits:+.1f}" for part in weighed.parts)
    return f"{weighed.bits:.1f} bits for one person: prior {weighed.prior_bits:+.1f}, {parts}"


MATCHING = DueHandler(MATCH, _match, _keys)
