"""The ledger's rules, for any documents in any order."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from insight.domain.basis import Basis, Method, Source, Touch
from insight.domain.comparison import Earner, recredit
from insight.domain.ledger import (
    AlreadyBooked,
    Booked,
    Cause,
    CauseKind,
    Entry,
    Rules,
    Sale,
    book,
    learn,
    reassess,
)
from insight.domain.places import Place
from insight.domain.policy import Department, Part, Policy, Role
from insight.domain.sale import Document, DocumentKind, Line, assess
from tsunagu.contracts.values import LocationKind, TouchpointKind

AT = datetime(2026, 4, 1, 3, tzinfo=UTC)
DAY = date(2026, 4, 1)
LOCATIONS = ("a", "b", "depot")
DEPARTMENTS = (Department("ec", "EC", "own"), Department("logistics", "Logistics"))
PLACES = {
    "a": Place(LocationKind.STORE, "own"),
    "b": Place(LocationKind.STORE, "franchise"),
    "depot": Place(LocationKind.WAREHOUSE, "own"),
}

locations = st.sampled_from(LOCATIONS)
policies = st.lists(
    st.builds(
        Part,
        st.sampled_from(Role),
        st.integers(1, 100),
        st.just(""),
        st.sets(st.sampled_from(TouchpointKind), min_size=1).map(frozenset),
        st.integers(0, 30),
        st.sampled_from([None, "ec", "logistics"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda part: part.role,
).map(lambda parts: Policy("p", 1, "", frozenset({"store"}), "ec", DEPARTMENTS, tuple(parts)))
bases = st.builds(
    Basis,
    st.sampled_from(["app", "ec", "store"]),
    st.sampled_from(Method),
    locations,
    st.just(AT),
    st.none() | locations,
    st.lists(
        st.builds(
            Touch,
            st.sampled_from(TouchpointKind),
            st.none() | locations,
            st.none() | st.just("staff:7"),
            st.integers(0, 40).map(lambda days: AT - timedelta(days=days)),
        ),
        max_size=3,
    ).map(tuple),
    st.lists(
        st.builds(Source, locations, st.integers(1, 9)), max_size=3, unique_by=lambda s: s.location_id
    ).map(tuple),
)
sold_lines = st.lists(
    st.builds(Line, st.sampled_from("12"), st.sampled_from("xy"), st.integers(1, 9), st.integers(0, 100_000)),
    min_size=1,
    max_size=3,
    unique_by=lambda line: line.line_id,
).map(tuple)
returned_lines = st.lists(
    st.builds(
        Line,
        st.sampled_from(["1", "2", "9", None]),
        st.sampled_from("xyz"),
        st.integers(1, 9),
        st.none() | st.integers(0, 100_000),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
instants = st.integers(0, 5).map(lambda hours: AT + timedelta(hours=hours))
sold_kinds = st.sampled_from(
    [DocumentKind.COMPLETED, DocumentKind.UNMATCHED, DocumentKind.AFTER_CLOSE, DocumentKind.SETTLEMENT]
)
sold_documents = st.builds(
    Document,
    st.uuids().map(str),
    sold_kinds,
    instants,
    st.just(DAY),
    sold_lines,
    st.sampled_from([None, "r-1", "r-2"]),
    bases,
    st.sampled_from("pq"),
    st.just(PLACES),
)
coming_back = st.builds(
    Document,
    st.uuids().map(str),
    st.sampled_from([DocumentKind.RETURN] * 4 + [DocumentKind.VOID]),
    instants,
    st.just(DAY),
    returned_lines,
)
document_sets = st.lists(
    sold_documents | coming_back, min_size=1, max_size=6, unique_by=lambda d: d.document_id
)


def booked(documents: Any, rules: Any) -> Any:
    """The sale after all documents, and all entries."""
    sale = Sale()
    entries: list[Entry] = []
    for document in documents:
        match book(sale, document, rules):
            case Booked(after, new):
                sale = after
                entries += new
            case AlreadyBooked():
                pass
    return sale, entries


def rules_of(policy: Any, other: Any = None) -> Any:
    """The rules under which sold documents are credited by this policy, or some of them by another one."""
    return Rules({"p": policy, "q": other or policy}, "own")


def standing(sale: Any) -> Any:
    """The accounts that are not at zero."""
    return {account: amount for account, amount in sale.balances.items() if amount}


@given(document_sets, policies)
def test_book__any_documents__credit_is_what_was_sold_and_did_not_come_back(
    documents: Any, policy: Any
) -> None:
    sale, entries = booked(documents, rules_of(policy))

    kept = sum(sold.kept_jpy for sold in assess(documents))
    assert sum(sale.balances.values()) == kept
    assert sum(entry.amount_jpy for entry in entries) == kept
    assert all(amount >= 0 for amount in sale.balances.values()), "never more is taken back than was credited"
    assert all(entry.amount_jpy for entry in entries)


@given(document_sets, policies, st.data())
def test_book__another_order_of_arrival__every_account_stands_the_same(
    documents: Any, policy: Any, data: Any
) -> None:
    rules = rules_of(policy)
    shuffled = data.draw(st.permutations(documents))

    assert standing(booked(documents, rules)[0]) == standing(booked(shuffled, rules)[0])


@given(document_sets, policies)
def test_book__every_document_twice__nothing_is_credited_twice(documents: Any, policy: Any) -> None:
    rules = rules_of(policy)
    once, entries = booked(documents, rules)

    twice, entries_of_twice = booked([*documents, *documents], rules)

    assert (twice, entries_of_twice) == (once, entries)


@given(document_sets, policies)
def test_book__each_sold_document__is_first_credited_in_full(documents: Any, policy: Any) -> None:
    sale = Sale()
    for document in documents:
        outcome = book(sale, document, rules_of(policy))
        assert isinstance(outcome, Booked)
        credited = sum(e.amount_jpy for e in outcome.entries if e.cause.kind is CauseKind.SALE)
        sale = outcome.sale
        mine = [sold for sold in sale.sold if sold.document.document_id == document.document_id]
        assert credited == sum(sold.sold_jpy for sold in mine)


@given(document_sets, policies, policies, st.data())
def test_recredit__the_recorded_policies_after_any_history__give_what_the_books_have(
    documents: Any, one: Any, other: Any, data: Any
) -> None:
    """Documents in any order and under several policies, of locations that become known at any time."""
    rules = rules_of(one, other)
    sale = Sale()
    known: dict[str, Place] = {}
    for document in documents:
        places = {place: known[place] for place in document.places if place in known}
        outcome = book(sale, replace(document, places=places), rules)
        assert isinstance(outcome, Booked)
        sale = outcome.sale
        for location_id in data.draw(st.sets(locations)):
            known[location_id] = PLACES[location_id]
            sale = reassess(learn(sale, known), Cause(CauseKind.LOCATION, location_id), rules).sale

    books: Counter[Earner] = Counter()
    for account, amount in sale.balances.items():
        books[Earner(account.party, account.crosses_company)] += amount
    assert +recredit([sale.documents.values()], rules) == +books


@given(st.lists(document_sets, max_size=3), policies, policies)
def test_recredit__any_two_policies__divide_the_same_yen(sales: Any, one: Any, other: Any) -> None:
    assert sum(recredit(sales, rules_of(one), one).values()) == sum(
        recredit(sales, rules_of(one), other).values()
    )


def test_recredit__a_period__counts_only_what_was_sold_in_it() -> None:
    document = sold("x")
    part = Part(Role.ORDERED, 100, "", department="ec")
    policy = Policy("p", 1, "", frozenset(), "ec", DEPARTMENTS, (part,))
    rules = rules_of(policy)

    assert sum(recredit([[document]], rules, policy, DAY, DAY).values()) == 1000
    assert not recredit([[document]], rules, policy, date(2026, 4, 2), date.max)


@given(document_sets, policies)
def test_reassess__locations_become_known_late__as_if_they_had_always_been_known(
    documents: Any, policy: Any
) -> None:
    early, _ = booked([replace(document, places={}) for document in documents], rules_of(policy))

    later = reassess(learn(early, PLACES), Cause(CauseKind.LOCATION, "depot"), rules_of(policy))

    assert standing(later.sale) == standing(booked(documents, rules_of(policy))[0])
    assert not [one for document in later.sale.documents.values() for one in document.unknown_location_ids]
    assert sum(entry.amount_jpy for entry in later.entries) == 0


def sold(document_id: Any, kind: Any = DocumentKind.COMPLETED, **fields: Any) -> Any:
    basis = Basis("app", Method.PICKUP, "a", AT)
    return replace(
        Document(document_id, kind, AT, DAY, (Line("1", "x", 2, 1000),), basis=basis, policy_id="p"), **fields
    )


def came_back(*lines: Any, kind: Any = DocumentKind.RETURN) -> Any:
    return Document("back", kind, AT, DAY, lines)


def test_assess__a_return_by_sku_only__finds_the_line() -> None:
    (one,) = assess([sold("s"), came_back(Line(None, "x", 1, 400))])

    assert one.returned_jpy == 400


def test_assess__a_return_without_an_amount__is_worth_the_price_of_its_pieces() -> None:
    (one,) = assess([sold("s"), came_back(Line("1", "x", 1, None))])

    assert one.returned_jpy == 500


def test_assess__more_came_back_than_was_sold__what_was_sold_comes_back() -> None:
    (one,) = assess([sold("s"), came_back(Line("1", "x", 9, 9999))])

    assert one.kept_jpy == 0


def test_assess__two_documents_tell_of_one_receipts_line__it_counts_once_and_orders_word_stands() -> None:
    told_by_pickup = sold("u", DocumentKind.UNMATCHED, receipt_id="r")
    told_by_order = sold("c", DocumentKind.COMPLETED, receipt_id="r")

    amounts = {one.document.document_id: one.sold_jpy for one in assess([told_by_pickup, told_by_order])}

    assert amounts == {"u": 0, "c": 1000}


def test_assess__a_void__takes_back_everything() -> None:
    (one,) = assess([sold("s"), came_back(kind=DocumentKind.VOID)])

    assert (one.sold_jpy, one.kept_jpy) == (1000, 0)
