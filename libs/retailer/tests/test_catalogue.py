"""Products, their codes and prices; opening stock."""

from collections import defaultdict
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.values import LocationKind, TaxClass
from tsunagu.retailer.catalogue import CATEGORIES, JAN_PREFIX, jan13, products
from tsunagu.retailer.chain import build_chain
from tsunagu.retailer.sizes import Sizes
from tsunagu.retailer.stock import DELIVERY_LINES_MAX, deliveries


@pytest.mark.parametrize(
    ("twelve", "code"), [("490201307702", "4902013077029"), ("400638133393", "4006381333931")]
)
def test_jan13__published_codes__have_their_check_digit(twelve: str, code: str) -> None:
    assert jan13(twelve)[:12] == twelve
    assert _is_valid(jan13(twelve))
    assert len(jan13(twelve)) == len(code)


def test_jan13__a_code_from_the_standard__is_reproduced() -> None:
    assert jan13("629104150021") == "6291041500213"  # GS1 General Specifications, figure 7.9-1


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.integers(0, 11), st.integers(1, 9))
def test_jan13__one_wrong_digit__is_noticed(twelve: str, place: int, change: int) -> None:
    code = jan13(twelve)
    wrong = code[:place] + str((int(code[place]) + change) % 10) + code[place + 1 :]
    assert _is_valid(code)
    assert not _is_valid(wrong)


@pytest.mark.parametrize("digits", ["", "12345678901", "1234567890123", "12345678901x"])
def test_jan13__anything_but_twelve_digits__is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="twelve digits"):
        jan13(digits)


@pytest.mark.parametrize("skus", [1, 120, 500])
def test_products__any_number__differ_in_sku_and_code(skus: int) -> None:
    found = products(skus, Random(1), version=1)
    assert len(found) == skus
    assert len({each.sku for each in found}) == skus
    assert len({each.gtins for each in found}) == skus
    for each in found:
        assert _is_valid(each.gtins[0])
        assert each.gtins[0].startswith(JAN_PREFIX)


def test_products__a_hundred__have_styles_in_sizes_and_colours_and_two_tax_classes() -> None:
    found = products(120, Random(1), version=1)
    by_style = defaultdict(list)
    for each in found:
        by_style[each.style_id].append(each)
    assert any(len({each.size for each in style}) > 2 for style in by_style.values())
    assert any(len({each.color for each in style}) > 1 for style in by_style.values())
    assert all(len({each.price_jpy for each in style}) == 1 for style in by_style.values())
    assert {each.tax_class for each in found} == set(TaxClass)
    assert {each.category for each in found} == set(CATEGORIES)


def test_deliveries__of_the_opening_stock__bring_exactly_what_is_there() -> None:
    chain = build_chain(3, Sizes(stores=12, skus=300))
    sent = deliveries(chain.stock, "run", datetime.now(UTC))
    assert len({each.delivery_id for each in sent}) == len(sent)
    brought: dict[str, dict[str, int]] = defaultdict(dict)
    for each in sent:
        assert len(each.lines) <= DELIVERY_LINES_MAX
        for line in each.lines:
            assert line.sku not in brought[each.location_id]
            brought[each.location_id][line.sku] = line.quantity
    assert brought == chain.stock


def test_opening_stock__pickup_points__have_none_and_stores_lack_something() -> None:
    chain = build_chain(3, Sizes(stores=12, skus=300))
    points = [p.location_id for p in chain.locations if p.kind is LocationKind.PICKUP_POINT]
    assert points
    assert not set(points) & set(chain.stock)
    for store in chain.stores:
        assert 0.6 * 300 < len(chain.stock[store.location_id]) < 300


def _is_valid(code: str) -> bool:
    """GS1: the weighted sum of all thirteen digits is a multiple of ten."""
    odd, even = code[0::2], code[1::2]
    return len(code) == 13 and (sum(map(int, odd)) + 3 * sum(map(int, even))) % 10 == 0
