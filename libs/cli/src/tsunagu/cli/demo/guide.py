"""What somebody who has never seen the retailer is told: three addresses, who to sign in as, and what to try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tsunagu.cli.demo.accounts import BOARD_USER, DESKS, Accounts, staff_user
from tsunagu.contracts.messages import Location, Product

SHOPPER, STAFF, BOARD = "edge-shopper", "edge-staff", "edge-board"
NEAR = "東京都"
"""Where the shopper's app looks first: the store that is named stands at the top of its list."""
_ENOUGH = ("plenty", "available")


@dataclass(frozen=True)
class Purchase:
    """A product, and a store that has enough of it for several people to try."""

    product: Product
    store: Location


async def find_purchase(
    shopper: httpx.AsyncClient, products: Sequence[Product], stores: Sequence[Location]
) -> Purchase | None:
    """The first product of which the nearest store has enough, as edge-shopper tells shoppers; None without any.

    Raises httpx.HTTPError when it does not answer.
    """
    known = {store.location_id: store for store in stores}
    for product in products:
        answer = await shopper.get("/v1/stock", params={"sku": product.sku, "near": NEAR})
        answer.raise_for_status()
        near: list[dict[str, Any]] = answer.json()["locations"]
        nearest = next((one for one in near if one["location_id"] in known), None)
        if nearest is not None and nearest["band"] in _ENOUGH:
            return Purchase(product, known[nearest["location_id"]])
    return None


def guide(
    urls: Mapping[str, str],
    accounts: Accounts,
    purchase: Purchase | None,
    stores: Sequence[Location],
    payment_page: str | None,
) -> list[str]:
    """The lines that are printed; `urls` by process. Without a `purchase`, people choose one themselves.

    `payment_page` is the address of the stand-in, where it stands in.
    """
    store = purchase.store if purchase is not None else stores[0]
    if purchase is not None:
        page = f"/app/products/{purchase.product.sku}"
        goods = f"“{purchase.product.name_en}” ({purchase.product.name_ja})"
        buy = f"Buy {goods}: collect it at {_named(store)}, and place the order. No account is needed."
    else:
        page, buy = "/app/", f"Find something, and order it to be collected at {_named(store)}."
    others = ", ".join(f"{staff_user(one.location_id)} {one.name_en}" for one in stores if one != store)
    return [
        "The retailer goes on. Open these three pages, and do as each line says:",
        "",
        f"  Shopper  {urls[SHOPPER]}{page}",
        f"           {buy}",
        *(
            [
                f"           Or have it sent, and pay at {payment_page}, a page that stands in for a retailer's:",
                "           no money is moved.",
            ]
            if payment_page is not None
            else []
        ),
        "",
        f"  Staff    {urls[STAFF]}/app/",
        f"           user {staff_user(store.location_id)}, password {accounts.staff_password}",
        f"           You work at {_named(store)}. Pick the order; the shopper's page then shows six digits.",
        "           Hand it over with those.",
        "",
        f"  Board    {urls[BOARD]}/app/credit",
        f"           user {BOARD_USER}, password {accounts.board_password}",
        f"           Seconds after the handover, {_named(store)} is credited with its part of the sale.",
        "",
        *([f"Staff of the other stores sign in with the same password: {others}.", ""] if others else []),
        f"Who answers what stores can't: {', '.join(DESKS)}; the staff's app, and the same password.",
        "",
    ]


def _named(store: Location) -> str:
    return f"{store.name_en} ({store.name_ja})"
