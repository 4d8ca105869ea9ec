"""A purchase is the sum of its parts, in whatever order they come."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from customer.domain.purchases import (
    COMPLETED,
    SALE,
    UNMATCHED,
    BoughtPart,
    Head,
    ReturnedPart,
    merge_heads,
    merge_parts,
    settle,
)

AT = datetime(2026, 4, 1, tzinfo=UTC)

bought = st.lists(
    st.builds(
        BoughtPart,
        source=st.sampled_from([COMPLETED, UNMATCHED]),
        line_id=st.sampled_from("12"),
        sku=st.just("SKU"),
        quantity=st.integers(1, 5),
        amount_jpy=st.integers(0, 10_000),
        tax_percent=st.just(10),
    ),
    max_size=5,
)
returned = st.lists(
    st.builds(
        ReturnedPart,
        return_id=st.sampled_from("abc"),
        place=st.integers(0, 50),
        line_id=st.sampled_from(["1", "2", "9", None]),
        sku=st.sampled_from(["SKU", "OTHER"]),
        quantity=st.integers(1, 6),
        amount_jpy=st.none() | st.integers(0, 20_000),
        returned_at=st.just(AT),
    ),
    max_size=5,
    unique_by=lambda part: (part.return_id, part.place),
)


@settings(deadline=None)  # the machine is shared
@given(bought, returned, st.randoms())
def test_settle__parts_in_any_order__give_the_same(
    parts: list[BoughtPart], back: list[ReturnedPart], chance: object
) -> None:
    other_parts, other_back = list(parts), list(back)
    chance.shuffle(other_parts)  # type: ignore[attr-defined]
    chance.shuffle(other_back)  # type: ignore[attr-defined]
    assert settle(other_parts, other_back) == settle(parts, back)


@settings(deadline=None)  # the machine is shared
@given(bought, returned)
def test_settle__never_more_comes_back_than_was_bought(
    parts: list[BoughtPart], back: list[ReturnedPart]
) -> None:
    kept = settle(parts, back)

    assert kept.amount_jpy >= 0
    assert sum(of_sku.pieces for of_sku in kept.skus) == kept.pieces
    assert sum(of_sku.amount_jpy for of_sku in kept.skus) == kept.amount_jpy
    assert all(of_sku.pieces > 0 for of_sku in kept.skus)
    assert all(0 <= line.returned_quantity <= line.quantity for line in kept.lines)
    assert all(
        line.returned_jpy == line.amount_jpy for line in kept.lines if line.returned_quantity == line.quantity
    )
    of_sku = sum(part.quantity for part in back if part.line_id in ("1", "2") or part.sku == "SKU")
    assert sum(line.returned_quantity for line in kept.lines) <= of_sku


def test_settle__a_line_that_was_completed__is_not_counted_from_the_till_as_well() -> None:
    kept = settle(
        [BoughtPart(UNMATCHED, "1", "SKU", 2, 2000, 10), BoughtPart(COMPLETED, "1", "SKU", 2, 1900, 10)], []
    )

    assert (kept.pieces, kept.amount_jpy) == (2, 1900)


def test_settle__a_return_without_amount__gives_its_share_back() -> None:
    kept = settle(
        [BoughtPart(SALE, "1", "SKU", 3, 1000, 10)], [ReturnedPart("r", 0, "1", "SKU", 2, None, AT)]
    )

    assert (kept.pieces, kept.amount_jpy) == (1, 334)


heads = st.builds(
    Head,
    source=st.sampled_from([COMPLETED, UNMATCHED]),
    bought_at=st.integers(0, 3).map(lambda hours: AT + timedelta(hours=hours)),
    channel=st.sampled_from(["ec", "store"]),
    location_id=st.sampled_from(["S1", "S2"]),
    receipt_id=st.none() | st.just("R"),
    order_id=st.just("O"),
    customer_ref=st.just("card:1"),
    digest=st.none() | st.just("d"),
    ordered_at=st.none() | st.integers(0, 3).map(lambda hours: AT - timedelta(hours=hours)),
    picked_up_at=st.none() | st.integers(0, 3).map(lambda hours: AT + timedelta(hours=hours)),
)


@settings(deadline=None)  # the machine is shared
@given(heads, heads)
def test_heads__whichever_comes_first__is_the_same_purchase(one: Head, other: Head) -> None:
    together = merge_heads(one, other)

    assert merge_heads(other, one) == together
    assert merge_heads(together, other) == together
    assert together.source == (COMPLETED if COMPLETED in (one.source, other.source) else UNMATCHED)
    assert together.digest == (one.digest or other.digest)


@settings(deadline=None)  # the machine is shared
@given(bought)
def test_merge_parts__a_line_named_twice_in_a_message__once_with_all_its_pieces(
    parts: list[BoughtPart],
) -> None:
    merged = merge_parts(parts)
    assert len({part.line_id for part in merged}) == len(merged)
    for line_id in "12":
        of_line = [part for part in parts if part.line_id == line_id]
        whole = [part for part in merged if part.line_id == line_id]
        assert sum(part.quantity for part in whole) == sum(part.quantity for part in of_line)
        assert sum(part.amount_jpy for part in whole) == sum(part.amount_jpy for part in of_line)
