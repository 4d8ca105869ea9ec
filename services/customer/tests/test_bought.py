"""Who bought what, as operators ask: a customer's purchases over all channels, and the customers of a SKU."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from customer.store import bought
from tsunagu.contracts.messages import CustomerIdentified
from tsunagu.contracts.values import JAPAN
from tsunagu.testing.harness import Harness, only

pytestmark = [pytest.mark.component, pytest.mark.wide]

TODAY = datetime.now(JAPAN).date()
LATELY = {"from": (TODAY - timedelta(days=9)).isoformat(), "to": TODAY.isoformat()}


async def identified(service: Harness, a: Any, *refs: str) -> str:
    out = await service.deliver(a.identification(refs[0], others=refs[1:]))
    return str(only(out, CustomerIdentified).customer_id)


async def test_history__by_any_ref__shows_all_channels_the_newest_first_with_what_came_back(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    card, account = a.ref("card"), a.ref("ec")
    customer_id = await identified(service, a, card, account)
    sale = a.sale(card, lines=[a.line("1", sku="A", quantity=3, jpy=3000)], at=a.ago(days=2))
    await service.deliver(sale, a.completed("O1", account))
    await service.deliver(a.till_return(sale.receipt_id, a.line("1", sku="A", quantity=1, jpy=1000)))

    shown = (await operator.get(f"/purchases/customers/{account}")).json()

    assert (shown["customer_id"], shown["refs"], shown["next"]) == (
        customer_id,
        sorted([card, account]),
        None,
    )
    newest, oldest = shown["purchases"]
    assert (newest["order_id"], newest["channel"], newest["customer_ref"]) == ("O1", "ec", account)
    assert (oldest["receipt_id"], oldest["channel"], oldest["location_id"]) == (
        sale.receipt_id,
        "store",
        "S001",
    )
    assert (oldest["kept_pieces"], oldest["kept_jpy"]) == (2, 2000)
    assert [(one["quantity"], one["returned_quantity"]) for one in oldest["lines"]] == [(3, 1)]
    assert [(one["sku"], one["quantity"], one["amount_jpy"]) for one in oldest["returns"]] == [("A", 1, 1000)]
    for name in (card, customer_id):
        assert (await operator.get(f"/purchases/customers/{name}")).json() == shown


async def test_history__a_page_at_a_time__shows_each_purchase_once(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    card, account = a.ref("card"), a.ref("ec")
    await identified(service, a, card, account)
    at = a.ago(days=3)  # the same moment for all: the id tells them apart
    sales = [a.sale(ref, at=at, receipt_id=f"R/{number}") for number, ref in enumerate([card, account] * 3)]
    await service.deliver(*sales)

    seen: list[str] = []
    before = None
    while before is not None or not seen:
        params = {"limit": "2"} | ({"before": before} if before else {})
        page = (await operator.get(f"/purchases/customers/{card}", params=params)).json()
        seen += [one["purchase_id"] for one in page["purchases"]]
        before = page["next"]

    assert seen == sorted((sale.receipt_id for sale in sales), reverse=True)


async def test_history__merged__is_one_under_either_ref_and_under_the_id_that_ended(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    one, other = a.ref("card"), a.ref("ec")
    ids = [await identified(service, a, one), await identified(service, a, other)]
    await service.deliver(a.sale(one), a.sale(other))
    await service.deliver(a.merge(one, other))  # without the second step that publishes purchases anew

    shown = [(await operator.get(f"/purchases/customers/{name}")).json() for name in (one, other, *ids)]

    assert all(answer == shown[0] for answer in shown)
    assert len(shown[0]["purchases"]) == 2


async def test_history__of_a_ref_that_nobody_has_identified__is_shown_without_a_customer(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    card = a.ref("card")
    await service.deliver(a.sale(card))

    shown = (await operator.get(f"/purchases/customers/{card}")).json()

    assert (shown["customer_id"], len(shown["purchases"])) == (None, 1)


async def test_history__unknown_or_erased__is_not_found(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    card = a.ref("card")
    customer_id = await identified(service, a, card)
    await service.deliver(a.sale(card))
    await service.deliver(a.erasure(card))
    await service.work_due()

    for name in (a.ref(), card, customer_id):
        answer = await operator.get(f"/purchases/customers/{name}")
        assert (answer.status_code, "nothing is known" in answer.json()["detail"]) == (404, True)


async def test_customers__of_a_sku__are_named_by_channel_with_what_they_kept(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    both, back = a.ref("card"), a.ref("card")
    customer_id = await identified(service, a, both)
    await identified(service, a, back)
    partly = a.sale(both, lines=[a.line("1", sku="A/1", quantity=3, jpy=3000), a.line("2", sku="B")])
    wholly = a.sale(back, lines=[a.line("1", sku="A/1")])
    long_ago = a.sale(both, lines=[a.line("1", sku="A/1")], at=a.ago(days=30))
    await service.deliver(partly, wholly, long_ago, a.completed("O1", both, sku="A/1", jpy=700))
    await service.deliver(a.till_return(partly.receipt_id, a.line("1", sku="A/1", quantity=1, jpy=1000)))
    await service.deliver(a.void(wholly))

    shown = (await operator.get("/purchases/skus/A%2F1/customers", params=LATELY)).json()
    in_store = await operator.get("/purchases/skus/A%2F1/customers", params={**LATELY, "channel": "store"})

    assert [
        (row["customer_id"], row["channel"], row["purchases"], row["pieces"], row["amount_jpy"])
        for row in shown["customers"]
    ] == [(customer_id, "ec", 1, 1, 700), (customer_id, "store", 1, 2, 2000)]
    assert {tuple(row["refs"]) for row in shown["customers"]} == {(both,)}
    assert [row["channel"] for row in in_store.json()["customers"]] == ["store"]


async def test_customers__a_page_at_a_time__names_each_once(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    cards = [a.ref("card") for _ in range(5)]
    ids = [await identified(service, a, card) for card in cards]
    await service.deliver(*[a.sale(card) for card in cards])

    seen: list[str] = []
    after = None
    while after is not None or not seen:
        params = {**LATELY, "limit": "2"} | ({"after": after} if after else {})
        page = (await operator.get("/purchases/skus/SKU/customers", params=params)).json()
        seen += [row["customer_id"] for row in page["customers"]]
        after = page["next"]

    assert seen == sorted(ids)


async def test_counts__merged_are_one__and_the_erased_and_the_unknown_count_without_a_customer(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    card, account, erased = a.ref("card"), a.ref("ec"), a.ref("card")
    for ref in (card, account, erased):
        await identified(service, a, ref)
    await service.deliver(
        a.sale(card), a.completed("O1", account, jpy=500), a.sale(erased), a.sale(None), a.sale(a.ref("card"))
    )
    await service.deliver(a.merge(card, account), a.erasure(erased))
    await service.work_due()

    shown = (await operator.get("/purchases/skus/SKU/counts", params=LATELY)).json()

    assert [
        (row["channel"], row["customers"], row["purchases"], row["purchases_of_nobody"], row["pieces"])
        for row in shown["counts"]
    ] == [(None, 1, 5, 3, 5), ("ec", 1, 1, 0, 1), ("store", 1, 4, 3, 4)]
    assert [row["amount_jpy"] for row in shown["counts"]] == [4500, 500, 4000]
    named = (await operator.get("/purchases/skus/SKU/customers", params=LATELY)).json()
    assert len({row["customer_id"] for row in named["customers"]}) == 1
    assert erased not in str(named)


async def test_counts__by_day__are_days_of_japan(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    midnight = datetime.combine(TODAY - timedelta(days=3), datetime.min.time(), JAPAN).astimezone(UTC)
    await service.deliver(
        a.sale(None, at=midnight - timedelta(seconds=1)), a.sale(None, at=midnight), a.sale(None, at=midnight)
    )

    shown = (await operator.get("/purchases/skus/SKU/counts", params={**LATELY, "by": "day"})).json()

    first, second = ((TODAY - timedelta(days=days)).isoformat() for days in (4, 3))
    assert [(row["period"], row["pieces"]) for row in shown["counts"] if row["channel"] is None] == [
        (first, 1),
        (second, 2),
    ]
    edge = {"from": second, "to": second}
    assert [
        row["pieces"]
        for row in (await operator.get("/purchases/skus/SKU/counts", params=edge)).json()["counts"]
    ] == [2, 2]


@pytest.mark.parametrize(
    ("path", "params", "said"),
    [
        ("skus/A/customers", {}, "days such as"),
        ("skus/A/customers", {"from": "2026-04-02", "to": "2026-04-01"}, "before from"),
        ("skus/A/counts", {"from": "2020-04-01", "to": "2026-04-01"}, "at most 400 days"),
        ("skus/A/counts", {**LATELY, "by": "hour"}, "by is day, week or month"),
        ("skus/A/customers", {**LATELY, "limit": "201"}, "from 1 to 200"),
        ("skus/A/customers", {**LATELY, "limit": "0"}, "from 1 to 200"),
        ("skus/A/customers", {**LATELY, "after": "x"}, "as it stood there"),
        ("skus/A/customers", {**LATELY, "channel": "Über"}, "the channel can't be read"),
        ("customers/a@example.com", {}, "the ref can't be read"),
        ("customers/card", {"before": "yesterday"}, "as it stood there"),
    ],
)
async def test_questions__that_cannot_be_asked__are_refused_with_a_reason(
    operator: httpx.AsyncClient, path: str, params: dict[str, str], said: str
) -> None:
    answer = await operator.get(f"/purchases/{path}", params=params)

    assert (answer.status_code, said in answer.json()["detail"]) == (422, True), answer.text


async def test_questions__who_asked_is_noted_and_nobodys_ref(
    service: Harness, operator: httpx.AsyncClient, a: Any
) -> None:
    card = a.ref("card")
    customer_id = await identified(service, a, card)
    await service.deliver(a.sale(card))

    with capture_logs() as noted:
        await operator.get(f"/purchases/customers/{card}")

    [line] = [entry for entry in noted if entry["event"] == "purchases shown"]
    assert (line["what"], line["customer_id"], line["rows"]) == ("history", customer_id, 1)
    assert card not in str(noted)


async def plan(service: Harness, name: str, query: str, *arguments: str) -> str:
    """How the query is run for any arguments, as the service has all of its plans made."""
    await service.connection.execute("SET plan_cache_mode = force_generic_plan")
    await service.connection.execute(f"PREPARE {name} AS {query}")
    rows = await service.connection.fetch(f"EXPLAIN (COSTS OFF) EXECUTE {name} ({', '.join(arguments)})")
    return "\n".join(row[0] for row in rows)


async def test_queries__over_many_purchases__go_by_the_index_and_scan_nothing(service: Harness) -> None:
    await service.connection.execute(
        """
        INSERT INTO identifier (digest) SELECT lpad(to_hex(n), 64, '0') FROM generate_series(1, 50000) AS n;
        INSERT INTO purchase (purchase_id, bought_at, channel, digest)
        SELECT 'R' || n, now() - interval '1 minute' * n, 'store', lpad(to_hex(n % 50000 + 1), 64, '0')
        FROM generate_series(1, 20000) AS n;
        INSERT INTO kept_sku
        SELECT purchase_id, 'K' || right(purchase_id, 3), bought_at, channel, digest, 1, 100 FROM purchase;
        ANALYZE;
        """
    )
    asked = ("'K007'", "now() - interval '9 days'", "now()", "NULL")

    plans = {
        "buyers": await plan(service, "buyers", bought.SQL.buyers, *asked, "''", "''", "10"),
        "counts": await plan(service, "counts", bought.SQL.count_bought, *asked, "'day'", "'Asia/Tokyo'"),
        "history": await plan(service, "history", bought.SQL.newest_purchases, "'{0}'", "NULL", "NULL", "10"),
    }

    for name, index in (
        ("buyers", "kept_sku_bought"),
        ("counts", "kept_sku_bought"),
        ("history", "purchase_digest"),
    ):
        assert index in plans[name], plans[name]
        assert "Seq Scan" not in plans[name], plans[name]
