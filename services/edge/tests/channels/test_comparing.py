"""The full comparison of a site's orders with ours: what was lost is found, and made good after its grace."""

import json
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pydantic import SecretBytes

from edge.channels.comparing.differences import Difference, Kind, Ours, Stands, Theirs, compare
from edge.channels.signatures import body_signature
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import all_of, only

component = pytest.mark.component

OPEN = Ours(ended=False, cancelling=False, told="order.confirmed")
ENDED = Ours(ended=True, cancelling=False, told="order.cancelled")
NEVER_TOLD = Ours(ended=True, cancelling=False, told=None)


@pytest.mark.parametrize(
    ("stands", "told", "ours", "kind"),
    [
        (Stands.OPEN, None, None, Kind.NOT_HERE),
        (Stands.CANCELLED, None, None, None),
        (Stands.CLOSED, None, None, None),
        (Stands.OPEN, None, OPEN, None),
        (Stands.OPEN, "order.confirmed", OPEN, None),
        (Stands.OPEN, "order.placed", OPEN, Kind.NOT_TOLD),
        (Stands.OPEN, None, ENDED, Kind.NOT_TOLD),
        (Stands.OPEN, None, NEVER_TOLD, None),
        (Stands.CANCELLED, None, OPEN, Kind.NOT_CANCELLED_HERE),
        (Stands.CANCELLED, None, Ours(ended=False, cancelling=True, told=None), None),
        (Stands.CANCELLED, None, ENDED, None),
        (Stands.CLOSED, None, OPEN, Kind.OPEN_HERE),
        (Stands.CLOSED, None, ENDED, None),
    ],
)
def test_compare__how_it_stands_there_and_here__is_what_differs(
    stands: Stands, told: str | None, ours: Ours | None, kind: Kind | None
) -> None:
    found = compare([Theirs("ec:1", stands, told)], {} if ours is None else {"ec:1": ours})
    assert found == ([] if kind is None else [Difference("ec:1", kind)])


async def post(site: Any, orders: list[dict[str, Any]], *, complete: bool = False) -> dict[str, int]:
    """The differences that are found."""
    raw = json.dumps({"as_of": "2099-01-01T00:00:00Z", "complete": complete, "orders": orders}).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Webhook-Id": uuid7(),
        "X-Shopify-Hmac-Sha256": body_signature(SecretBytes(b"the site's own secret"), raw),
    }
    answer = await site.door.client.post("/v1/channels/ec/comparisons", content=raw, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = answer.json()["differences"]
    return {kind: count for kind, count in found.items() if count}


async def settle(door: Any) -> None:
    (settler,) = [one for one in door.service.service.periodic if one.name == "differences"]
    await settler.run(door.runtime)


async def outcomes(door: Any) -> dict[str, tuple[str, str | None]]:
    answer = await door.get("/v1/differences", "ec")
    return {row["order_id"]: (row["kind"], row.get("outcome")) for row in answer.json()}


@pytest.mark.wide
@component
async def test_comparison__orders_and_a_cancellation_that_were_lost__are_made_good_and_counted(
    open_site: Any, shopify_order: Any
) -> None:
    labels = {"channel": "ec", "kind": "not_here", "outcome": "replayed"}
    before = REGISTRY.get_sample_value("tsunagu_edge_channel_differences_total", labels) or 0.0
    async with open_site(comparison_grace_seconds=0) as (door, site):
        await site.say("orders/create", shopify_order(1))
        await site.say("orders/create", shopify_order(2))
        await door.service.sent()
        found = await post(
            site,
            [
                {"order_id": "1", "status": "cancelled"},
                {"order_id": "2", "status": "open"},
                {"order_id": "3", "status": "open", "order": shopify_order(3)},
                {"order_id": "4", "status": "open"},
                {"order_id": "5", "status": "open", "order": shopify_order(6)},
            ],
        )
        await settle(door)
        sent = await door.service.sent()
        settled = await outcomes(door)
        kept = await door.service.connection.fetchval("SELECT count(said) FROM difference")
    assert kept == 0  # what the site says of an order is kept until it is made good, and no longer
    assert found == {"not_cancelled_here": 1, "not_here": 3}
    assert only(sent, m.PlaceOrder).order_id == "ec:3"
    assert only(sent, m.CancelOrder).cancel_id == "ec:1:cancel"
    assert settled == {
        "1": ("not_cancelled_here", "replayed"),
        "3": ("not_here", "replayed"),
        "4": ("not_here", "reported"),
        "5": ("not_here", "reported"),
    }
    assert REGISTRY.get_sample_value("tsunagu_edge_channel_differences_total", labels) == before + 1


@pytest.mark.wide
@component
async def test_comparison__what_was_only_late__is_no_difference_after_the_grace(
    open_site: Any, shopify_order: Any
) -> None:
    async with open_site(comparison_grace_seconds=600) as (door, site):
        listed = [{"order_id": "1", "status": "open", "order": shopify_order(1)}]
        listed.append({"order_id": "2", "status": "open", "order": shopify_order(2)})
        await post(site, listed)
        await settle(door)
        within = await outcomes(door)
        await site.say("orders/create", shopify_order(1))
        await door.service.sent()
        await door.service.connection.execute("UPDATE difference SET seen_at = now() - interval '11 minutes'")
        await settle(door)
        sent = all_of(await door.service.sent(), m.PlaceOrder)
        after = await outcomes(door)
    assert within == {"1": ("not_here", None), "2": ("not_here", None)}
    assert [order.order_id for order in sent] == ["ec:2"]
    assert after == {"2": ("not_here", "replayed")}


@pytest.mark.wide
@component
async def test_comparison__a_difference_that_the_next_list_has_not__goes(
    open_site: Any, shopify_order: Any
) -> None:
    async with open_site() as (door, site):
        await site.say("orders/create", shopify_order(1))
        await post(site, [{"order_id": "1", "status": "closed"}])
        before = await outcomes(door)
        await post(site, [{"order_id": "1", "status": "open"}])
        after = await outcomes(door)
    assert (before, after) == ({"1": ("open_here", None)}, {})


@pytest.mark.wide
@component
async def test_comparison__a_complete_list_without_an_order_that_is_open_here__reports_it(
    open_site: Any, shopify_order: Any
) -> None:
    async with open_site(comparison_grace_seconds=0) as (door, site):
        for number in (1, 2):
            await site.say("orders/create", shopify_order(number))
        part = await post(site, [{"order_id": "1", "status": "open"}])
        whole = await post(site, [{"order_id": "1", "status": "open"}], complete=True)
        await settle(door)
        settled = await outcomes(door)
    assert (part, whole) == ({}, {"open_here": 1})
    assert settled == {"2": ("open_here", "reported")}


@pytest.mark.wide
@component
async def test_comparison__a_site_that_has_not_heard_the_last__is_told_it_again(
    open_site: Any, receivers: Any, shopify_order: Any, a: Any
) -> None:
    receiver = await receivers()
    more = f'[channels.ec.webhooks_out]\nurl = "{receiver.url}"\nsecret_variables = ["EC_OUT_SECRET"]\n'
    async with open_site(more, comparison_grace_seconds=0) as (door, site):
        await site.say("orders/create", shopify_order(1))
        command = only(await door.service.sent(), m.PlaceOrder)
        await door.service.deliver(a.placed(command), a.confirmed(command))
        run = {one.name: one.run for one in door.service.service.periodic}
        await run["webhooks to ec 1"](door.runtime)
        found = await post(site, [{"order_id": "1", "status": "open", "last_event": "order.placed"}])
        await settle(door)
        await run["webhooks to ec 1"](door.runtime)
    assert found == {"not_told": 1}
    assert [body["type"] for body in receiver.bodies()] == [
        "order.placed",
        "order.confirmed",
        "order.confirmed",
    ]
    assert receiver.got[1][0]["webhook-id"] == receiver.got[2][0]["webhook-id"]


@pytest.mark.wide
@component
async def test_comparison__that_nobody_signed__401_and_nothing_is_kept(open_site: Any) -> None:
    async with open_site() as (door, site):
        answer = await door.client.post(
            "/v1/channels/ec/comparisons", json={"as_of": "2099-01-01T00:00:00Z", "orders": []}
        )
        assert await site.left_nothing()
    assert answer.status_code == 401
