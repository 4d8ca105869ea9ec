"""Who may collect, and where a parcel goes: told to the store that has to do with the order, and to nobody else."""

import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from customer.app import SERVICE
from customer.http import routes
from tsunagu.chassis import Runtime, clock
from tsunagu.chassis.api_keys import digest_of
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.contracts.values import (
    Allocation,
    CompletedLine,
    FulfilmentGroup,
    FulfilmentMethod,
    OrderLine,
    Payment,
    PostalAddress,
    ReservationCause,
)
from tsunagu.testing.harness import Harness

pytestmark = pytest.mark.component

HERE, ELSEWHERE, WAREHOUSE = "S001", "S002", "W001"
KEYS = {place: f"key-of-{place}" for place in (HERE, ELSEWHERE, WAREHOUSE)}
ADDRESS = PostalAddress(
    postal_code="2200011", prefecture="JP-14", city="横浜市", street="高島1-2-3", building="305"
)
HANAKO = {
    "family_name": "山田",
    "given_name": "花子",
    "family_name_kana": "ヤマダ",
    "given_name_kana": "ハナコ",
    "phones": ("090-1234-5678",),
    "addresses": (ADDRESS,),
}


class Order:
    """An order of two lines: the first is collected at a store, the second sent from the warehouse."""

    def __init__(self, customer_ref: str | None, recipient_ref: str | None = None) -> None:
        self.order_id = uuid.uuid4().hex
        self.customer_ref = customer_ref
        self.recipient_ref = recipient_ref
        self.version = 0

    def head(self) -> dict[str, Any]:
        self.version += 1
        return {
            "order_id": self.order_id,
            "version": self.version,
            "channel": "ec",
            "customer_ref": self.customer_ref,
            "recipient_ref": self.recipient_ref,
            "occurred_at": clock.now(),
        }

    def promise(self, store: str = HERE) -> dict[str, Any]:
        ways = {
            "pickup": FulfilmentGroup(group_id="pickup", method=FulfilmentMethod.PICKUP, location_id=store),
            "ship": FulfilmentGroup(group_id="ship", method=FulfilmentMethod.SHIP, prefecture="JP-14"),
        }
        lines = [
            OrderLine(line_id=way, group_id=way, sku="SHIRT", quantity=1, unit_price_jpy=1000, tax_percent=10)
            for way in ways
        ]
        sources = {"pickup": store, "ship": WAREHOUSE}
        return {
            **self.head(),
            "payment": Payment.PREPAID,
            "groups": tuple(ways.values()),
            "lines": tuple(lines),
            "allocations": tuple(
                Allocation(allocation_id=f"a-{way}", line_id=way, sku="SHIRT", quantity=1, location_id=place)
                for way, place in sources.items()
            ),
            "allocation_version": self.version,
            "ready_by": clock.now(),
        }

    def confirmed(self, store: str = HERE) -> m.OrderConfirmed:
        return m.OrderConfirmed(**self.promise(store))

    def reallocated(self, store: str) -> m.OrderReallocated:
        return m.OrderReallocated(**self.promise(store), cause=ReservationCause.CHANGED)

    def recipient_changed(self, recipient_ref: str | None) -> m.RecipientChanged:
        self.recipient_ref = recipient_ref
        return m.RecipientChanged(**self.head(), change_id=uuid.uuid4().hex)

    def collected(self, *, finished: bool) -> m.OrderCompleted:
        line = CompletedLine(
            line_id="pickup", group_id="pickup", sku="SHIRT", quantity=1, amount_jpy=1000, tax_percent=10
        )
        return m.OrderCompleted(
            **self.head(),
            group_id="pickup",
            method=FulfilmentMethod.PICKUP,
            location_id=HERE,
            lines=(line,),
            payment=Payment.PREPAID,
            placed_at=clock.now(),
            order_finished=finished,
        )

    def cancelled(self, lines: Sequence[OrderLine], *, finished: bool) -> m.OrderCancelled:
        return m.OrderCancelled(**self.head(), reason="customer", lines=tuple(lines), order_finished=finished)


@pytest.fixture(autouse=True)
def _keys_of_stores(use_settings: Any) -> None:
    digests = {digest_of(key): place for place, key in KEYS.items()}
    use_settings.use(desk_keys=str(digests).replace("'", '"'))


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Harness, database: str) -> AsyncIterator[httpx.AsyncClient]:
    runtime = Runtime(SERVICE, ChassisSettings(database_url=database))
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool:
        runtime.pool = pool
        transport = httpx.ASGITransport(app=routes(runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://customer") as client:
            yield client


async def ask(
    client: httpx.AsyncClient, order: Order, what: str = "collectors", place: str = HERE
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {KEYS[place]}"}
    return await client.get(f"/v1/orders/{order.order_id}/{what}", headers=headers)


async def hanako_and_taro(service: Harness, a: Any) -> Order:
    """An order of Hanako's, which Taro may collect."""
    customer, recipient = a.ref("ec"), a.ref("recipient")
    await service.deliver(
        a.identification(customer, **HANAKO),
        a.recipient(recipient, customer, family_name="鈴木", given_name="太郎"),
    )
    return Order(customer, recipient)


async def named(service: Harness) -> tuple[str | None, str | None]:
    """Whom the only order that is kept names."""
    row = await service.connection.fetchrow("SELECT customer_digest, recipient_digest FROM order_party")
    assert row is not None
    return row["customer_digest"], row["recipient_digest"]


async def test_collectors__a_customer_and_a_recipient__are_named_as_documents_have_them(
    service: Harness, client: httpx.AsyncClient, a: Any
) -> None:
    order = await hanako_and_taro(service, a)
    await service.deliver(order.confirmed())

    with capture_logs() as logs:
        answer = await ask(client, order)

    assert answer.json() == {
        "order_id": order.order_id,
        "customer": {"name": "山田 花子", "name_kana": "ヤマダ ハナコ", "phone_ends_with": "5678"},
        "recipient": {"name": "鈴木 太郎", "name_kana": None, "phone_ends_with": None},
    }
    assert answer.headers["cache-control"] == "no-store"
    shown = [log for log in logs if log["event"] == "personal data shown"]
    assert [(log["order_id"], log["location_id"], log["what"]) for log in shown] == [
        (order.order_id, HERE, "collectors")
    ]
    assert "山田" not in str(logs) and "5678" not in str(logs)


async def test_collectors__another_recipient_is_named__the_one_before_is_none_any_more(
    service: Harness, client: httpx.AsyncClient, a: Any
) -> None:
    order = await hanako_and_taro(service, a)
    ref = a.ref("recipient")
    await service.deliver(a.recipient(ref, order.customer_ref, family_name="佐藤"))
    await service.deliver(order.confirmed(), order.recipient_changed(ref))

    assert (await ask(client, order)).json()["recipient"]["name"] == "佐藤"
    await service.deliver(order.recipient_changed(None))
    assert set((await ask(client, order)).json()) == {"order_id", "customer"}


async def test_collectors__asked_by_whoever_does_not_hand_it_out__are_not_told(
    service: Harness, client: httpx.AsyncClient, a: Any
) -> None:
    order = await hanako_and_taro(service, a)
    await service.deliver(order.confirmed())

    assert (await ask(client, order, place=ELSEWHERE)).status_code == 404
    assert (await ask(client, order, place=WAREHOUSE)).status_code == 404
    assert (await client.get(f"/v1/orders/{order.order_id}/collectors")).status_code == 401
    wrong = {"Authorization": "Bearer somebody-else"}
    refused = await client.get(f"/v1/orders/{order.order_id}/collectors", headers=wrong)
    assert refused.status_code == 401
    assert "山田" not in refused.text
    nul = await client.get("/v1/orders/%00/collectors", headers={"Authorization": f"Bearer {KEYS[HERE]}"})
    assert nul.status_code == 404


async def test_collectors__the_order_goes_to_another_store__that_one_is_told_and_the_first_no_more(
    service: Harness, client: httpx.AsyncClient, a: Any
) -> None:
    order = await hanako_and_taro(service, a)
    await service.deliver(order.confirmed(), order.reallocated(ELSEWHERE))

    assert (await ask(client, order, place=ELSEWHERE)).status_code == 200
    assert (await ask(client, order)).status_code == 404


async def test_collectors__part_is_fetched__still_told_until_the_order_is_at_its_end(
    service: Harness, client: httpx.AsyncClient, a: Any
) -> None:
    order = await hanako_and_taro(service, a)
    await service.deliver(order.confirmed(), order.collected(finished=False))
    assert (await ask(client, order)).status_code == 200

    lines = order.promise()["lines"]
    await service.deliver(order.cancelled(lines[1:], finished=True))

    assert (await ask(client, order)).status_code == 404
    kept = await service.connection.fetchval(
        "SELECT count(*) FROM order_party WHERE order_id = $1", order.order_id
    )
    assert kept == 0


async def test_collectors__the_customer_is_erased__is_told_of_no_more_and_not_brought_back_by_later_news(
    service: Harness, client: httpx.AsyncClient, a: Any
) -> None:
    order = await hanako_and_taro(service, a)
    await service.deliver(order.confirmed())
    await service.deliver(a.erasure(order.customer_ref))
    await service.work_due()

    assert (await ask(client, order)).status_code == 404
    assert await named(service) == (None, None)
    await service.deliver(order.reallocated(HERE))
    assert (await ask(client, order)).status_code == 404
    assert await named(service) == (None, None)


async def test_address__of_a_parcel__is_told_to_the_place_that_sends_it(
    service: Harness, client: httpx.AsyncClient, a: Any
) -> None:
    order = await hanako_and_taro(service, a)
    await service.deliver(order.confirmed())

    answer = await ask(client, order, "address", WAREHOUSE)

    # Taro has no address: the parcel goes to Hanako.
    assert answer.json() == {
        "order_id": order.order_id,
        "name": "山田 花子",
        "phone": "090-1234-5678",
        "postal_code": "2200011",
        "prefecture": "JP-14",
        "city": "横浜市",
        "street": "高島1-2-3",
        "building": "305",
    }
    assert (await ask(client, order, "address", HERE)).status_code == 404


async def test_collectors__no_keys_are_set__nothing_is_kept(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(desk_keys="{}")
    order = await hanako_and_taro(service, a)
    await service.deliver(order.confirmed())

    assert await service.connection.fetchval("SELECT count(*) FROM order_party") == 0
