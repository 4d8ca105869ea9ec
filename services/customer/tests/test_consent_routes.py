"""What a customer allows, as operators ask: by purpose and channel, with every word that was said."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tsunagu.contracts.messages import CustomerIdentified
from tsunagu.testing.harness import Harness, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def test_consents__under_two_refs__are_one_customers_with_the_latest_word_in_force(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    card, account = a.ref("card"), a.ref("ec")
    out = await service.deliver(a.identification(card, others=[account]))
    customer_id = only(out, CustomerIdentified).customer_id
    yes = a.consent(card, granted=True, at=a.ago(days=2))
    no = a.consent(account, granted=False, at=a.ago(days=1))
    ads = a.consent(account, granted=True, purpose="ads", channel="ec", at=a.ago(days=3))
    await service.deliver(yes, no, ads)

    with capture_logs() as logs:
        answer = await operator.get(f"/consents/customers/{card}")
    shown = answer.json()

    assert (shown["customer_id"], shown["refs"], shown["next"]) == (
        customer_id,
        sorted([card, account]),
        None,
    )
    assert [
        (one["purpose"], one["channel"], one["granted"], one["consent_id"]) for one in shown["in_force"]
    ] == [
        ("ads", "ec", True, ads.consent_id),
        ("newsletter", "app", False, no.consent_id),
    ]
    assert [(one["consent_id"], one["customer_ref"], one["wording"]) for one in shown["history"]] == [
        (no.consent_id, account, "2026-04"),
        (yes.consent_id, card, "2026-04"),
        (ads.consent_id, account, "2026-04"),
    ]
    assert (await operator.get(f"/consents/customers/{customer_id}")).json() == shown
    # Who looked is noted, without a ref: that would outlive an erasure.
    (noted,) = [log for log in logs if log["event"] == "consents shown"]
    assert (noted["customer_id"], noted["rows"]) == (customer_id, 3)
    assert card not in str(noted)
    assert answer.headers["cache-control"] == "no-store"


async def test_consents__a_page_at_a_time__shows_each_word_once_and_all_that_is_in_force(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    ref, at = a.ref(), datetime.now(UTC)  # the same moment for all: the id tells them apart
    said = [a.consent(ref, granted=True, purpose=f"purpose{number}", at=at) for number in range(5)]
    await service.deliver(*said)

    seen: list[str] = []
    before = None
    while before is not None or not seen:
        params = {"limit": "2"} | ({"before": before} if before else {})
        page = (await operator.get(f"/consents/customers/{ref}", params=params)).json()
        seen += [one["consent_id"] for one in page["history"]]
        assert len(page["in_force"]) == 5
        before = page["next"]

    assert seen == sorted((one.consent_id for one in said), reverse=True)


async def test_consents__nothing_said__is_nothing_allowed_and_of_nobody_is_unknown(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref))
    shown = (await operator.get(f"/consents/customers/{ref}")).json()
    assert (shown["in_force"], shown["history"]) == ([], [])
    unknown = await operator.get(f"/consents/customers/{a.ref()}")
    assert (unknown.status_code, "nothing is known of" in unknown.json()["detail"]) == (404, True)


async def test_consents__of_an_erased_person__are_gone(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    ref = a.ref()
    await service.deliver(a.consent(ref, granted=True))
    await service.deliver(a.erasure(ref))
    assert (await operator.get(f"/consents/customers/{ref}")).status_code == 404
