"""The purchase rhythm is that of the data it was derived from."""

import json
from collections import Counter
from importlib.resources import files
from random import Random

from tsunagu.retailer.cdnow import derive
from tsunagu.retailer.rhythm import draw, rhythm

_LINES = """ customer_id  date number_of_cds  dollar_value
 00001 19970101  1   11.77
 00002 19970112  1   12.00
 00002 19970112  5   77.00
 00002 19970122 15  150.00
""".splitlines()


def test_derive__a_few_purchases__counts_customers_gaps_and_units() -> None:
    figures = derive(_LINES)
    assert figures["customers"] == 2
    assert figures["purchases"] == 4
    assert figures["observed_days"] == 22
    assert figures["purchases_per_customer"][:3] == [1, 0, 1]
    assert figures["units_per_purchase"] == [2, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert figures["gap_days_quantiles"][0] == 0
    assert figures["gap_days_quantiles"][-1] == 10


def test_shipped_figures__say_where_they_are_from() -> None:
    figures = json.loads(files("tsunagu.retailer").joinpath("cdnow.json").read_text(encoding="utf-8"))
    assert "CDNOW" in figures["source"]
    assert "tsunagu.retailer.cdnow" in figures["derived_by"]
    assert figures["purchases"] == 69_659
    assert sum(figures["purchases_per_customer"]) == figures["customers"]


def test_draw__often__is_as_often_as_the_counts_say() -> None:
    rng = Random(1)
    drawn = Counter(draw((70, 0, 30), rng) for _ in range(2_000))
    assert set(drawn) == {1, 3}
    assert 0.65 < drawn[1] / 2_000 < 0.75


def test_purchases__many__resemble_the_data() -> None:
    bought = rhythm().purchases(5_000, Random(1))
    assert len(bought) == 5_000
    assert [each.at for each in bought] == sorted(each.at for each in bought)
    assert all(0 <= each.at < 1 for each in bought)
    # CDNOW: half of the customers bought once; 2.3 units a purchase.
    per_customer = Counter(Counter(each.customer for each in bought).values())
    assert 0.45 < per_customer[1] / sum(per_customer.values()) < 0.75
    assert 2.0 < sum(each.units for each in bought) / 5_000 < 2.6
