"""The script of a run: repeatable, and with everything in it that a retailer's day has."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tsunagu.contracts.values import FulfilmentMethod, LocationKind, Payment, TouchpointKind
from tsunagu.retailer.chain import build_chain
from tsunagu.retailer.clock import Clock
from tsunagu.retailer.fates import LOCKING_CODES
from tsunagu.retailer.intentions import WEBSHOP, Proof, Return, Sale, Script, Shown, TillAct, Void
from tsunagu.retailer.occurrences import PROMISED_FROM_ORDERS
from tsunagu.retailer.order_documents import place_order
from tsunagu.retailer.order_script import ORDERING_UNTIL, STORE
from tsunagu.retailer.pause_script import HEARD_AFTER
from tsunagu.retailer.script import write_script
from tsunagu.retailer.sizes import Sizes
from tsunagu.retailer.till_script import LATE_SECONDS_MAX, REGISTERS

SIZES = Sizes()


@pytest.fixture(scope="module")
def script() -> Script:
    return write_script(1, SIZES)


def test_script__same_seed_and_sizes__is_exactly_the_same(script: Script) -> None:
    assert write_script(1, SIZES) == script
    assert build_chain(1, SIZES) == build_chain(1, SIZES)


def test_script__another_seed__is_another(script: Script) -> None:
    assert write_script(2, SIZES) != script


def test_script__has_the_orders_that_were_asked_for(script: Script) -> None:
    assert len(script.order_acts) == SIZES.orders
    assert len({act.ref for act in script.order_acts}) == SIZES.orders


@settings(max_examples=30, deadline=None)
@example(seed=806, stores=1, skus=8, orders=13)  # a void that was late itself
@given(
    seed=st.integers(0, 10**9),
    stores=st.integers(1, 30),
    skus=st.integers(1, 60),
    orders=st.integers(0, 60),
)
def test_script__any_seed_and_sizes__is_sent_in_order_and_within_the_time(
    seed: int, stores: int, skus: int, orders: int
) -> None:
    sizes = Sizes(stores=stores, skus=skus, orders=orders)
    found = write_script(seed, sizes)
    assert len(found.order_acts) == orders
    sent = [act.sent_at for act in found.till_acts]
    assert sent == sorted(sent)
    placed = [act.placed_at for act in found.order_acts]
    assert placed == sorted(placed)
    for act in found.till_acts:
        assert 0 <= act.happened_at <= act.sent_at <= sizes.duration_seconds
        assert act.sent_at - act.happened_at <= LATE_SECONDS_MAX


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_tills__sell_no_more_than_the_shelf_had(seed: int) -> None:
    sizes = Sizes(stores=3, skus=10, orders=60)
    chain = build_chain(seed, sizes)
    sold: Counter[tuple[str, str]] = Counter()
    for act in write_script(seed, sizes, chain).till_acts:
        if isinstance(act.document, Sale):
            for item in act.document.items:
                sold[act.document.location_id, item.sku] += item.quantity
    for (location_id, sku), pieces in sold.items():
        assert pieces <= chain.stock[location_id][sku]


def test_tills__every_one__has_sales_and_numbers_without_a_gap(script: Script) -> None:
    numbers: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for act in script.till_acts:
        sale = _sale(act)
        numbers[sale.location_id, sale.register_id].append((act.happened_at, act.document.number))
    assert len(numbers) == SIZES.stores * len(REGISTERS)
    for documents in numbers.values():
        documents.sort()
        assert [number for _, number in documents] == list(range(1, len(documents) + 1))


def test_tills__some_documents__are_late_twice_void_first_and_out_of_order(script: Script) -> None:
    acts = script.till_acts
    kinds = Counter(type(act.document) for act in acts)
    assert min(kinds[Sale], kinds[Void], kinds[Return]) > 0
    assert any(act.sent_at > act.happened_at for act in acts)
    assert any(act.copies > 1 and act.same_message for act in acts)
    assert any(act.copies > 1 and not act.same_message for act in acts)
    happened = [act.happened_at for act in acts]
    assert happened != sorted(happened)
    sale_sent = {id(act.document): act.sent_at for act in acts}
    voids = [act for act in acts if isinstance(act.document, Void)]
    assert any(act.sent_at < sale_sent[id(_sale(act))] for act in voids)
    assert any(act.sent_at > sale_sent[id(_sale(act))] for act in voids)


def test_orders__of_a_run__have_every_kind_in_them(script: Script) -> None:
    acts = script.order_acts
    points = {
        place.location_id
        for place in build_chain(1, SIZES).locations
        if place.kind is LocationKind.PICKUP_POINT
    }
    assert {act.channel for act in acts} == {"ec", "app", STORE, WEBSHOP}
    assert {act.payment for act in acts} == set(Payment)
    assert {act.fate.proof for act in acts} == set(Proof)
    assert any(act.pickup_at is None for act in acts)
    assert any(0 < act.shipped_from < len(act.items) for act in acts)
    assert any(act.pickup_at in points for act in acts)
    assert any(seen.kind is TouchpointKind.STORE_SCAN for act in acts for seen in act.seen)
    fates = [act.fate for act in acts]
    assert any(fate.cancels_after is not None for fate in fates)
    assert any(fate.comes_after is None for fate in fates)
    assert any(fate.short_line is not None for fate in fates)
    assert any(fate.returns_after is not None for fate in fates)
    assert any(fate.changes_after is not None for fate in fates)
    with_code = [fate for fate in fates if fate.proof is Proof.CODE]
    assert {fate.shown for fate in with_code} == set(Shown)
    assert {0, 1, LOCKING_CODES} == {fate.wrong_codes for fate in with_code}


@pytest.mark.parametrize("sizes", [SIZES, replace(SIZES, stores=50, orders=PROMISED_FROM_ORDERS)])
def test_pause__of_the_busiest_place__comes_while_shoppers_order_something_there(sizes: Sizes) -> None:
    found = write_script(1, sizes)
    (pause,) = found.pause_acts
    heard_at = pause.at + HEARD_AFTER * sizes.duration_seconds
    refused = [
        act
        for act in found.order_acts
        if act.pickup_at == pause.location_id and heard_at < act.placed_at < pause.until
    ]
    assert len(refused) > 1
    assert pause.until < sizes.duration_seconds * ORDERING_UNTIL


def test_pause__nobody_fetches_anything__there_is_none() -> None:
    assert write_script(1, replace(SIZES, orders=0)).pause_acts == ()


def test_orders__as_messages__are_valid_and_paid_at_pickup_only_when_all_is_picked_up(script: Script) -> None:
    now = Clock().now
    for act in script.order_acts:
        command = place_order(act, f"run-{act.ref}", now)
        assert {line.sku for line in command.lines} == {item.sku for item in act.items}
        if command.payment is Payment.AT_PICKUP:
            assert {group.method for group in command.groups} == {FulfilmentMethod.PICKUP}
            assert act.fate.proof is not Proof.CODE


def test_orders__fate__depends_on_seed_and_order_alone() -> None:
    small, large = write_script(1, replace(SIZES, orders=20)), write_script(1, SIZES)
    same = [
        (one.fate, other.fate)
        for one, other in zip(small.order_acts, large.order_acts, strict=False)
        if len(one.items) == len(other.items) and one.payment is other.payment
    ]
    assert same
    assert all(one == other for one, other in same)


def test_duration__half_of_it__is_the_same_script_twice_as_fast(script: Script) -> None:
    fast = write_script(1, replace(SIZES, duration_seconds=30.0))
    assert [act.items for act in fast.order_acts] == [act.items for act in script.order_acts]
    for one, other in zip(fast.order_acts, script.order_acts, strict=True):
        assert one.placed_at == pytest.approx(other.placed_at / 2, abs=0.002)


@pytest.mark.parametrize("sizes", [{"stores": 0}, {"skus": 0}, {"orders": -1}, {"duration_seconds": 0.0}])
def test_sizes__that_make_no_retailer__are_refused_by_name(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(sizes))):
        Sizes(**sizes)


def _sale(act: TillAct) -> Sale:
    return act.document if isinstance(act.document, Sale) else act.document.sale


def test_identities__every_ref_that_buys__is_registered_once_before_or_when_it_is_first_used(
    script: Script,
) -> None:
    registered = {act.customer_ref: act.at for act in script.identity_acts}
    assert len(registered) == len(script.identity_acts)
    assert [act.at for act in script.identity_acts] == sorted(registered.values())
    for order in script.order_acts:
        if order.customer_ref is not None:
            assert registered[order.customer_ref] <= order.placed_at
    for act in script.till_acts:
        card = _sale(act).customer_ref
        if card is not None:
            assert registered[card] <= act.happened_at


def test_identities__some_cards_and_accounts__share_an_address_and_some_devices_an_account(
    script: Script,
) -> None:
    emails = Counter(act.email for act in script.identity_acts if act.email is not None)
    assert any(count > 1 for count in emails.values())
    assert all(email.endswith("@example.com") for email in emails)
    accounts = Counter(identifier.value for act in script.identity_acts for identifier in act.identifiers)
    assert any(count > 1 for count in accounts.values())
