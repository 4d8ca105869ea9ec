"""Tax in amounts: rounded once per rate and document, and parts that add up to their whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.tax import Rounding, sums_by_rate, tax_by_rate, tax_of, tax_of_part

percents = st.sampled_from([5, 8, 10])
lines = st.lists(st.tuples(percents, st.integers(0, 10**7)), max_size=20)
roundings = st.sampled_from(list(Rounding))


@pytest.mark.parametrize(
    ("amount_jpy", "percent", "floor", "half_up", "ceiling"),
    [
        (110, 10, 10, 10, 10),
        (100, 10, 9, 9, 10),  # 9.09…
        (105, 10, 9, 10, 10),  # 9.54…
        (99, 8, 7, 7, 8),  # 7.33…
        (11, 100, 5, 6, 6),  # 5.5
        (0, 10, 0, 0, 0),
        (500, 0, 0, 0, 0),
    ],
)
def test_tax__each_rounding__of_amounts_that_include_it(
    amount_jpy: int, percent: int, floor: int, half_up: int, ceiling: int
) -> None:
    assert [tax_of(amount_jpy, percent, rounding) for rounding in Rounding] == [floor, half_up, ceiling]


def test_tax__two_lines_of_one_rate__is_rounded_once() -> None:
    (tax,) = tax_by_rate([(10, 104), (10, 105)])  # 9.45… and 9.54…, together exactly 19
    assert (tax.taxable_jpy, tax.tax_jpy) == (190, 19)


@given(lines, roundings)
def test_tax__any_document__adds_up_to_what_was_paid_by_rate(
    amounts: list[tuple[int, int]], rounding: Rounding
) -> None:
    taxes = tax_by_rate(amounts, rounding)
    assert {tax.tax_percent: tax.taxable_jpy + tax.tax_jpy for tax in taxes} == sums_by_rate(amounts)
    for tax in taxes:
        exact = (tax.taxable_jpy + tax.tax_jpy) * tax.tax_percent / (100 + tax.tax_percent)
        assert abs(tax.tax_jpy - exact) < 1


@given(st.lists(lines, max_size=8), roundings)
def test_parts__any_split_of_a_whole__have_together_the_tax_of_the_whole(
    documents: list[list[tuple[int, int]]], rounding: Rounding
) -> None:
    so_far: dict[int, int] = {}
    tax_jpy: dict[int, int] = {}
    for document in documents:
        part = sums_by_rate(document)
        for tax in tax_of_part(so_far, part, rounding):
            assert tax.taxable_jpy + tax.tax_jpy == part[tax.tax_percent]
            exact = part[tax.tax_percent] * tax.tax_percent / (100 + tax.tax_percent)
            assert abs(tax.tax_jpy - exact) < 1
            tax_jpy[tax.tax_percent] = tax_jpy.get(tax.tax_percent, 0) + tax.tax_jpy
        so_far = sums_by_rate([*so_far.items(), *part.items()])
    whole = tax_by_rate([line for document in documents for line in document], rounding)
    assert tax_jpy == {tax.tax_percent: tax.tax_jpy for tax in whole}
