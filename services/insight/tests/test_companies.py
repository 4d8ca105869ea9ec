"""What is earned by one company and paid to another is marked."""

from typing import Any

import pytest

from insight.settings import settings


@pytest.fixture
def ec_is_retails(monkeypatch: pytest.MonkeyPatch) -> Any:
    """EC belongs to the company of the stores that the tests have."""
    monkeypatch.setenv("TSUNAGU_INSIGHT_EC_COMPANY_ID", "retail")
    settings.cache_clear()
    yield
    settings.cache_clear()


async def marked(insight: Any, sale_id: str) -> dict[str, tuple[Any, ...]]:
    """By party: its company, who has the money, whether that crosses, and the yen."""
    rows = await insight.connection.fetch(
        "SELECT party_id, company_id, money_company_id, crosses_company, sum(amount_jpy)::bigint AS jpy"
        " FROM credit_entry WHERE sale_id = $1 GROUP BY 1, 2, 3, 4 HAVING sum(amount_jpy) <> 0",
        sale_id,
    )
    return {row["party_id"]: tuple(row)[1:] for row in rows}


@pytest.mark.wide
@pytest.mark.component
async def test_completed__a_franchise_hands_over_what_ec_was_paid_for__is_marked_and_ec_is_not(
    insight: Any, ec_is_retails: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.location("fc", company_id="franchise"))

    await insight.deliver(mothers.completed("o", location_id="fc"))

    assert await marked(insight, "order:o") == {
        "fc": ("franchise", "retail", True, 500),
        "ec": ("retail", "retail", False, 500),
    }


@pytest.mark.wide
@pytest.mark.component
async def test_completed__paid_at_the_franchises_till__ecs_part_is_what_crosses(
    insight: Any, ec_is_retails: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.location("fc", company_id="franchise"))

    await insight.deliver(mothers.completed("o", location_id="fc", payment="at_pickup"))

    assert await marked(insight, "order:o") == {
        "fc": ("franchise", "franchise", False, 500),
        "ec": ("retail", "franchise", True, 500),
    }


@pytest.mark.wide
@pytest.mark.component
async def test_located__a_franchise_that_was_unknown__its_credit_is_booked_anew_and_marked(
    insight: Any, ec_is_retails: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("o", location_id="fc"))
    assert (await marked(insight, "order:o"))["fc"] == (None, "retail", False, 500)

    await insight.deliver(mothers.location("fc", company_id="franchise"))
    await insight.work_due()

    assert (await marked(insight, "order:o"))["fc"] == ("franchise", "retail", True, 500)
    assert await ledger.causes("order:o") == ["sale", "location"]
    assert await ledger.credit("order:o") == {"fc": 500, "ec": 500}


@pytest.mark.wide
@pytest.mark.component
async def test_located__another_company_from_now_on__what_was_sold_before_stays_the_others(
    insight: Any, ec_is_retails: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.location("fc", company_id="franchise"))
    await insight.deliver(mothers.completed("o", location_id="fc"))
    await insight.deliver(mothers.location("fc", version=2, company_id="retail"))

    await insight.deliver(
        mothers.items_returned("o", lines=[mothers.line(amount_jpy=500, disposition="resellable")])
    )

    assert (await marked(insight, "order:o"))["fc"] == ("franchise", "retail", True, 250)
    await insight.deliver(mothers.completed("p", location_id="fc"))
    assert (await marked(insight, "order:p"))["fc"] == ("retail", "retail", False, 500)
