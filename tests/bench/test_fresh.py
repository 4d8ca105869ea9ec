"""Messages again under ids of their own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bench.fresh import DIGITS, GENERATIONS_MAX, in_stretches, repeated, with_fresh_ids
from tests.bench.orders import mixed
from tests.bench.receipts import sales

from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.messages import OrderPlaced, SaleRecorded
from tsunagu.contracts.topics import ORDER_EVENTS, POS_SALES

ORDERS = mixed(40, seed=1, stores=50, skus=100).records
RECEIPTS = sales(40, seed=1, stores=50, skus=100)


def _ids(record: Record) -> tuple[bytes, bytes | None]:
    return record.key, dict(record.headers)["ce_id"]


@given(st.integers(0, GENERATIONS_MAX - 1))
def test_with_fresh_ids__an_order_of_any_generation__is_the_same_order_under_another_id(
    generation: int,
) -> None:
    for record, fresh in zip(ORDERS, with_fresh_ids(ORDERS, generation), strict=True):
        before = decode(ORDER_EVENTS, record.key, record.value, record.headers)
        after = decode(ORDER_EVENTS, fresh.key, fresh.value, fresh.headers)
        assert isinstance(before.message, OrderPlaced)
        assert isinstance(after.message, OrderPlaced)
        assert after.message == before.message.model_copy(update={"order_id": after.key})
        assert after.envelope.id == after.envelope.correlation_id
        assert after.envelope.subject == after.envelope.partition_key == after.key


def test_with_fresh_ids__a_receipt__has_another_natural_id() -> None:
    for record, fresh in zip(RECEIPTS, with_fresh_ids(RECEIPTS, 7), strict=True):
        before = decode(POS_SALES, record.key, record.value, record.headers).message
        after = decode(POS_SALES, fresh.key, fresh.value, fresh.headers).message
        assert isinstance(before, SaleRecorded)
        assert isinstance(after, SaleRecorded)
        assert after.identity() != before.identity()
        assert after.lines == before.lines


@pytest.mark.parametrize("records", [ORDERS, RECEIPTS], ids=["orders", "receipts"])
def test_repeated__more_than_there_are__no_id_comes_twice(records: list[Record]) -> None:
    again = list(repeated(records, 1_000, first=3))
    assert len(again) == 1_000
    assert len({key for key, _ in map(_ids, again)}) == 1_000
    assert len({id for _, id in map(_ids, again)}) == 1_000


def test_in_stretches__all_generations__each_record_of_each_once_and_stretch_by_stretch() -> None:
    told = list(in_stretches(ORDERS, 3, 16))

    assert len({_ids(record) for record in told}) == len(told) == 3 * len(ORDERS)
    whose = {record.key[:-DIGITS]: place for place, record in enumerate(ORDERS)}
    stretches = [whose[record.key[:-DIGITS]] // 16 for record in told]
    assert stretches == sorted(stretches)
    assert stretches[:48] == [0] * 48


@pytest.mark.parametrize("generation", [-1, GENERATIONS_MAX])
def test_with_fresh_ids__a_generation_without_digits__is_refused(generation: int) -> None:
    with pytest.raises(ValueError, match="is not below"):
        list(with_fresh_ids(ORDERS, generation))
