"""Identities after any sequence of commands are those of the model, and no ref is lost or doubled."""

import uuid
from collections import Counter, defaultdict
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customer.identifiers import digest_of_ref
from tsunagu.contracts import messages as m
from tsunagu.contracts.envelope import decode
from tsunagu.contracts.topics import CUSTOMER_PROFILES
from tsunagu.testing.harness import Harness, only

from .identity_model import Model

pytestmark = pytest.mark.component

REFS = st.integers(0, 6)
PERSONS = st.integers(0, 1)
"""Whose data is said of a ref: a person of the example's own, of whom evidence is sure."""
COMMANDS = st.one_of(
    st.tuples(st.just("identify"), st.lists(REFS, min_size=1, max_size=3, unique=True)),
    st.tuples(st.just("describe"), st.tuples(REFS, PERSONS)),
    st.tuples(st.just("merge"), st.lists(REFS, min_size=2, max_size=2, unique=True)),
    st.tuples(st.just("split"), st.lists(REFS, min_size=2, max_size=3, unique=True)),
    st.tuples(st.just("undo"), st.integers(0, 20)),
    st.tuples(st.just("erase"), REFS),
)
BEGINNING = st.lists(st.lists(REFS, min_size=1, max_size=3, unique=True), max_size=5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginning=BEGINNING, commands=st.lists(COMMANDS, min_size=3, max_size=14))
async def test_identity__any_sequence_of_commands__is_what_the_model_says(
    service: Harness, a: Any, use_settings: Any, beginning: list[list[int]], commands: list[tuple[str, Any]]
) -> None:
    use_settings.use(refs_per_card_max=2, identifiers_per_ref_max=3)
    model, prefix = Model(refs_max=2, named_max=3), uuid.uuid4().hex
    for kind, what in [*(("identify", refs) for refs in beginning), *commands]:
        await _do(service, a, model, kind, what, prefix)
        model.find_alike(await service.work_due())
        await _holds(service, model, prefix)


async def _do(service: Harness, a: Any, model: Model, kind: str, what: Any, prefix: str) -> None:
    def refs() -> list[str]:
        return [f"{prefix}-{number}" for number in what]

    match kind:
        case "identify":
            lead, *others = refs()
            model.identify(refs(), await service.deliver(a.identification(lead, others=others)))
        case "describe":
            ref, person = f"{prefix}-{what[0]}", what[1]
            known = model.person.get(ref, person)
            model.identify([ref], await service.deliver(a.identification(ref, **_data(prefix, known))))
            model.describe(ref, known)
        case "merge":
            one, other = refs()
            model.merge(one, other, await service.deliver(a.merge(one, other)))
        case "split":
            stays, *leaving = refs()
            model.split(stays, set(leaving), await service.deliver(a.split(stays, *leaving)))
        case "undo":
            if model.changes:
                change = model.changes[what % len(model.changes)]
                model.undo(change, await service.deliver(a.undo(change.event)))
        case "erase":
            ref = f"{prefix}-{what}"
            known = ref in model.suppressed
            out = await service.deliver(a.erasure(ref))
            only(out, m.CommandAccepted if known else m.CustomerErased)
            model.erase(ref)


def _data(prefix: str, person: int) -> dict[str, Any]:
    """Names that nobody else has, and a birth date."""
    letters = [chr(ord("亜") + int(digit, 16)) for digit in prefix]
    half = letters[:16] if person else letters[16:]
    return {
        "family_name": "".join(half[:6]),
        "given_name": "".join(half[6:12]),
        "birth_date": date((1951, 1987)[person], 1 + int(prefix[person], 16) % 12, 3 + int(prefix[9], 16)),
    }


async def _holds(service: Harness, model: Model, prefix: str) -> None:
    """Database, model and published profiles agree; what is not held is suppressed, and never both."""
    rows = await service.connection.fetch(
        "SELECT i.customer_id, r.ref FROM known_ref AS r JOIN identifier AS i USING (digest) WHERE r.ref LIKE $1",
        f"{prefix}-%",
    )
    stored = defaultdict(set)
    for row in rows:
        stored[row["customer_id"]].add(row["ref"])
    assert {frozenset(refs) for refs in stored.values()} == model.groups()
    assert not model.suppressed & model.holder.keys()
    tied = await service.connection.fetch(
        "SELECT t.digest, t.other_digest FROM tie AS t JOIN known_ref AS r USING (digest)"
        " WHERE t.cut_version IS NULL AND r.ref LIKE $1",
        f"{prefix}-%",
    )
    assert Counter(frozenset(row) for row in tied) == Counter(
        frozenset(map(digest_of_ref, tie.ends)) for tie in model.ties if tie.cut_by is None
    )
    published = (
        {
            frozenset(decoded.message.refs)
            for record in service.compacted[CUSTOMER_PROFILES.name].values()
            if isinstance((decoded := decode(CUSTOMER_PROFILES, *record)).message, m.CustomerProfile)
            and decoded.message.refs[0].startswith(prefix)
        }
        if CUSTOMER_PROFILES.name in service.compacted
        else set()
    )
    assert published == model.groups()
