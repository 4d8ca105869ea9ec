"""An identifier that is tied to more than one person has belongs to a family or a shop: it ties nobody together."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from customer.domain.identity import Key


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one identifier may tie. `refs`: by its kind, how many refs may name it; `named`: how many a ref may."""

    refs: Mapping[str, int]
    named: int


@dataclass(frozen=True, slots=True)
class Overused:
    """A key that ties more than one person has, and how many that is."""

    key: Key
    tied: int


def overused(
    keys: Sequence[Key],
    naming: Mapping[str, AbstractSet[str]],
    named: Mapping[str, AbstractSet[str]],
    limits: Limits,
) -> list[Overused]:
    """Which keys of a statement tie too many, with this statement counted.

    The first key is the ref that the statement is about, and the others are named under it. What was said before:
    `naming`, identifier → the refs that named it; `named`, ref → the identifiers that it named.
    """
    lead, *others = keys
    found = []
    under = {*named.get(lead.digest, ()), *(key.digest for key in others)}
    if others and len(under) > limits.named:
        found.append(Overused(lead, len(under)))
    for key in others:
        refs = {*naming.get(key.digest, ()), lead.digest}
        if len(refs) > limits.refs[key.kind]:
            found.append(Overused(key, len(refs)))
    return found
