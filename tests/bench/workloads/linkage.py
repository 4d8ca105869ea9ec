"""Who is one person among 20,000 people's records: by exact keys, with evidence, and by splink, on the same records."""

import time
from collections.abc import Iterable, Sequence

from customer.matching_rules import model
from tsunagu.retailer.people import Difficulty
from tsunagu.retailer.statements import LabelledSet, labelled_set

from ..bench import Bench
from ..name_pool import large_pool
from ..pairs import Score, score, score_of
from ..resolution import (
    Customers,
    by_exact_keys,
    by_keys_that_tie,
    reachable,
    records_of,
    resolve,
    temporary_keys,
)
from ..rows import Row
from ..splink_side import Clusters, link, normal_rows, typed_rows

PEOPLE = 20_000
PRECISION, PRECISION_GOAL = 0.995, 0.999
RECALL, RECALL_GOAL = 0.95, 0.98


async def measure(bench: Bench) -> list[Row]:
    """Pairwise precision and recall; the people are not those that the weights were counted in."""
    found = labelled_set(bench.settings.seed, bench.sizes.scaled(PEOPLE), large_pool())
    people = [statement.person_id for statement in found.statements]
    bench.say(f"  {len(found.people):,} people, {len(people):,} records")
    with temporary_keys():
        records = records_of(found.statements)
        exact, tied = by_exact_keys(records), by_keys_that_tie(records)
        began = time.process_time()
        resolved = resolve(records, model())
        cpu_us = (time.process_time() - began) / len(records) * 1e6
    customers = _customers(resolved.customers)
    whole = score(customers, people)
    bench.say(f"  exact keys only: {score(_customers(exact), people)}")
    ties_nobody = ", ".join(f"{count} {reason}" for reason, count in sorted(tied.shared_keys.items()))
    bench.say(f"  exact keys that tie ({ties_nobody} do not): {score(_customers(tied.customers), people)}")
    bench.say(f"  with evidence: {whole}; {resolved.merges:,} merges, {resolved.withheld} withheld")
    reviews = resolved.open_reviews()
    right = _decided(resolved.customers, reviews, people)
    decided = score(_customers(resolved.customers), people)
    bench.say(f"  {len(reviews):,} reviews, {right:,} of one person; when all are decided: {decided}")
    rows = [
        *_rows("linkage.exact_keys", score(_customers(exact), people)),
        Row("linkage.whole.precision", whole.precision, "of 1", bar=PRECISION, goal=PRECISION_GOAL),
        Row("linkage.whole.recall", whole.recall, "of 1", bar=RECALL, goal=RECALL_GOAL),
        Row("linkage.whole.reachable", score(_customers(reachable(records)), people).recall, "of 1"),
        Row("linkage.whole.reviews", len(reviews) / len(found.people), "per person"),
        Row("linkage.whole.decided", decided.recall, "of 1"),
        Row("linkage.whole.cpu", cpu_us, "µs per record"),
    ]
    for kind in Difficulty:
        part = score_of(_people_of(kind, found), customers, people)
        bench.say(f"    {kind}: {part}")
        rows += _rows(f"linkage.{kind}", part)
    for name, given in (
        ("splink", normal_rows(found.statements, records)),
        ("splink_as_typed", typed_rows(found.statements)),
    ):
        bits, best = best_of(link(list(given)), people)
        bench.say(f"  {name}, from {bits} bits on: {best}")
        rows += _rows(f"linkage.{name}", best)
    return rows


def best_of(clusters: Iterable[Clusters], people: Sequence[str]) -> tuple[int, Score]:
    """The threshold with the most recall of those that are precise enough; where none is, the most precise one.

    It is chosen by the very labels that it is judged by, which nobody has who has to decide.
    """
    scores = [(one.bits, score(one.of_records, people)) for one in clusters]
    precise = [(bits, one) for bits, one in scores if one.precision >= PRECISION]
    if precise:
        return max(precise, key=lambda pair: pair[1].recall)
    return max(scores, key=lambda pair: pair[1].precision)


def _decided(customers: Customers, reviews: Iterable[frozenset[int]], people: Sequence[str]) -> int:
    """Join those whom somebody who knows them would join; how many reviews that answers with yes."""
    right = [pair for pair in reviews if len({people[record] for record in pair}) == 1]
    for one, other in right:
        customers.join(one, other)
    return len(right)


def _people_of(kind: Difficulty, found: LabelledSet) -> frozenset[str]:
    return frozenset(name for name, person in found.people.items() if kind in person.difficulties)


def _customers(customers: Customers) -> list[int]:
    return [customers.customer(record) for record in range(len(customers.parents))]


def _rows(name: str, one: Score) -> list[Row]:
    return [Row(f"{name}.precision", one.precision, "of 1"), Row(f"{name}.recall", one.recall, "of 1")]
