"""The small retailer that the browser tests shop at, and what they need of it from outside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.stories.outside import Outside

from tsunagu.contracts.messages import Location, Product
from tsunagu.stack.services import installed_services
from tsunagu.stack.system import System
from tsunagu.testing.mail_server import mail_server

PARTS = {"inventory", "order", "pickup", "customer", "insight", "edge-shopper", "edge-staff", "edge-board"}

ENVIRONMENT = {
    # All pages come from one address here, which a family in a store would not.
    "TSUNAGU_EDGE_SHOPPER_REQUESTS_PER_SECOND": "1000",
    "TSUNAGU_EDGE_SHOPPER_REQUESTS_BURST": "1000",
    # Cookies for https alone would not come back here.
    "TSUNAGU_EDGE_STAFF_PUBLIC_URL": "http://127.0.0.1",
    "TSUNAGU_GAUGES_INTERVAL_SECONDS": "0.2",
    # All shoppers of these tests have one address.
    "TSUNAGU_EDGE_SHOPPER_ORDERS_BURST": "1000",
    "TSUNAGU_CONDITION_INTERVAL_SECONDS": "1",
    "TSUNAGU_CUSTOMER_NOTICE_POLL_SECONDS": "0.2",
    "TSUNAGU_CUSTOMER_SMTP_HOST": "127.0.0.1",
    "TSUNAGU_CUSTOMER_SMTP_TLS": "none",
    "TSUNAGU_CUSTOMER_MAIL_FROM": "orders@shop.example.jp",
}
PRICE_JPY = 2480
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Shop:
    """A product and the stores that may have it; every test has its own."""

    sku: str
    gtin: str
    words: str
    stores: tuple[str, str]
    city: str
    latitude: float


def shop(number: int) -> Shop:
    """The shop of the test with this number, 0 to 99."""
    digits = f"49123450{number:04}"
    return Shop(
        f"TOTE-{number}",
        digits + str(check_digit(digits)),
        f"トートバッグ{number:02}",
        (f"TS{number}A", f"TS{number}B"),
        f"桜丘{number}町",
        35 + number / 100,
    )


def check_digit(digits: str) -> int:
    """The last digit of a JAN code whose other digits are these."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return -total % 10


def goods(one: Shop) -> list[Location | Product]:
    """The master data of a shop: two stores, a product in two colours."""
    names = (("渋谷店", "Shibuya"), ("原宿店", "Harajuku"))
    stores = [
        Location.model_validate(
            {
                "location_id": store,
                "version": 1,
                "name_ja": f"{name_ja}{one.sku[5:]}",
                "name_en": f"{name_en} {one.sku[5:]}",
                "company_id": "C1",
                "kind": "store",
                "prefecture": "JP-13",
                "city": one.city,
                "address": f"1-{number}",
                "latitude": one.latitude + number / 1000,
                "longitude": 139.7,
                "pickup_enabled": True,
                "pick_minutes_per_day": 100_000,
                "pickup_window_hours": 24,
                "opening_hours": [{"day": day, "opens": "10:00", "closes": "21:00"} for day in WEEK],
            }
        )
        for number, (store, (name_ja, name_en)) in enumerate(zip(one.stores, names, strict=True))
    ]
    products = [
        Product(
            sku=sku,
            version=1,
            style_id=f"style-{one.sku}",
            gtins=gtins,
            name_ja=one.words,
            name_en=f"Tote bag {one.sku[5:]}",
            color=color,
            category="bags",
            price_jpy=PRICE_JPY,
            tax_class="standard",
            active=True,
        )
        for sku, gtins, color in ((one.sku, (one.gtin,), "黒"), (f"{one.sku}-W", (), "白"))
    ]
    return [*stores, *products]


@asynccontextmanager
async def started(home: Path, staff_accounts: Path, board_accounts: Path) -> AsyncIterator[Outside]:
    """The retailer, running; places and products come with each test. Files of accounts may change while it runs."""
    async with mail_server() as mail:
        system = System(
            home,
            [service for service in installed_services() if service.name in PARTS],
            environment={
                **ENVIRONMENT,
                "TSUNAGU_CUSTOMER_SMTP_PORT": str(mail.port),
                "TSUNAGU_EDGE_STAFF_ACCOUNTS_FILE": str(staff_accounts),
                "TSUNAGU_EDGE_BOARD_ACCOUNTS_FILE": str(board_accounts),
            },
        )
        addresses = await system.start()
        try:
            outside = Outside(addresses, mail, {})
            async with outside.listening():
                yield outside
        finally:
            await system.stop()
