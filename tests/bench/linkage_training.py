"""The weights of evidence, counted in a labelled set: `python -m tests.bench.linkage_training [--people N] [--seed S]`.

Prints the tables of customer's `evidence.toml`: `m` from pairs of one person that exact keys leave two, `u` from pairs
of two people drawn at random. Its seed is not the benchmark's: what is measured was never looked at.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log2
from random import Random

from rich.console import Console

from customer.comparing import compare
from customer.domain.evidence import LEVELS, Levels
from tsunagu.retailer.statements import labelled_set

from .name_pool import large_pool
from .resolution import Record, left_to_evidence, records_of, temporary_keys

SEED = 101
PEOPLE = 40_000
"""Twice the benchmark's: what people seldom do is counted too."""

STRANGERS_PER_PERSON = 25
"""Pairs of records of two people, a million in all: one in twenty thousand has one birth date, and fifty of them give a
share."""

UNSEEN = 0.5
"""Added to each count: what was not seen in the set is rare, not impossible."""

COMMON_SHARE = 0.004
"""Borne by more than one in 250, a name is common: it says a bit less than half of what others do."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.linkage_training", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    found = labelled_set(options.seed, options.people, large_pool())
    with temporary_keys():
        records = records_of(found.statements)
        ones = list(left_to_evidence(records))
    write = Console(soft_wrap=True, highlight=False, markup=False).print
    strangers = list(_strangers(records, options.people * STRANGERS_PER_PERSON, Random(options.seed)))
    write(f"matches_per_record = {2 * len(ones) / len(records):.2f}")
    write("\n[common]")
    write(f"family_name = {_common(one.families[-1].kana for one in found.people.values())}")
    write(f"given_name = {_common(one.given.kana for one in found.people.values())}")
    for field, names in LEVELS.items():
        write(f'\n[[comparison]]\nfield = "{field}"\nlevel = [')
        u = shares(strangers, field, names)
        m = descending(shares(ones, field, names), u, names)
        for name in names:
            bits = log2(m[name] / u[name])
            write(f'    {{ name = "{name}", m = {m[name]:.6f}, u = {u[name]:.6f} }},  # {bits:+.1f}')
        write("]")


def _strangers(records: Sequence[Record], number: int, random: Random) -> Iterator[Levels]:
    for _ in range(number):
        one, other = random.sample(records, 2)
        if one.person_id != other.person_id:
            yield compare(one.features, other.features)


def _common(names: Iterable[str]) -> list[str]:
    """Those that so many bear, the most common first. `common` in the file is to be as it is when counting levels."""
    counts = Counter(names)
    return [name for name, count in counts.most_common() if count > COMMON_SHARE * counts.total()]


def shares(pairs: Iterable[Levels], field: str, names: Sequence[str]) -> Mapping[str, float]:
    """How often each level is seen where both records have the field; they add up to 1."""
    counts = Counter(levels[field] for levels in pairs if field in levels)
    whole = sum(counts[name] + UNSEEN for name in names)
    return {name: (counts[name] + UNSEEN) / whole for name in names}


def descending(m: Mapping[str, float], u: Mapping[str, float], names: Sequence[str]) -> Mapping[str, float]:
    """`m` so that a level that agrees more never weighs less than the next: neighbours for which it would, because one
    was seen a few times only, have the weight of both together (pool adjacent violators)."""
    pools: list[list[str]] = []
    for name in names:
        pools.append([name])
        while len(pools) > 1 and _weight(m, u, pools[-2]) < _weight(m, u, pools[-1]):
            last = pools.pop()
            pools[-1] += last
    return {name: u[name] * _weight(m, u, pool) for pool in pools for name in pool}


def _weight(m: Mapping[str, float], u: Mapping[str, float], pool: Sequence[str]) -> float:
    return sum(m[name] for name in pool) / sum(u[name] for name in pool)


if __name__ == "__main__":
    main()
