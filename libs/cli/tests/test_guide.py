"""What a demo that stays tells somebody who has never seen it, and the accounts that it makes for them."""

from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from edge.signing_in.accounts import Accounts as KnownAccounts
from edge.signing_in.passwords import fits
from edge.staff.owners import StoreOrOwner
from tsunagu.cli.demo.accounts import DESKS, Accounts, staff_user
from tsunagu.cli.demo.guide import Purchase, find_purchase, guide
from tsunagu.contracts.values import Ref
from tsunagu.retailer.chain import build_chain
from tsunagu.retailer.sizes import Sizes

CHAIN = build_chain(1, Sizes(stores=3, skus=3))
FIRST, SECOND, _ = CHAIN.stores
URLS = {
    name: f"http://127.0.0.1:{port}" for port, name in enumerate(("edge-shopper", "edge-staff", "edge-board"))
}
PAYMENTS = "http://127.0.0.1:9/"


def _shop(*bands: dict[str, str]) -> httpx.AsyncClient:
    """A shopper's door that tells these bands by location, nearest first, of the products in their order."""
    told = dict(zip((product.sku for product in CHAIN.products), bands, strict=True))

    async def stock(request: Request) -> JSONResponse:
        found = told[request.query_params["sku"]]
        return JSONResponse({"locations": [{"location_id": at, "band": band} for at, band in found.items()]})

    door = httpx.ASGITransport(Starlette(routes=[Route("/v1/stock", stock)]))
    return httpx.AsyncClient(transport=door, base_url="http://shopper")


async def test_purchase__the_nearest_store_has_too_few__is_the_next_product() -> None:
    here, there = FIRST.location_id, SECOND.location_id
    async with _shop(
        {here: "few", there: "plenty"}, {"W001": "plenty", here: "available"}, {here: "plenty"}
    ) as shopper:
        found = await find_purchase(shopper, CHAIN.products, CHAIN.stores)
    assert found == Purchase(CHAIN.products[1], FIRST)


async def test_purchase__nobody_has_enough__is_none() -> None:
    async with _shop({FIRST.location_id: "none"}, {}, {FIRST.location_id: "few"}) as shopper:
        assert await find_purchase(shopper, CHAIN.products, CHAIN.stores) is None


def test_guide__names_each_address_once__with_who_signs_in_there_and_what_to_try() -> None:
    accounts = Accounts()
    product = CHAIN.products[1]
    said = "\n".join(guide(URLS, accounts, Purchase(product, SECOND), CHAIN.stores, PAYMENTS))
    assert [said.count(url) for url in (*URLS.values(), PAYMENTS)] == [1, 1, 1, 1]
    assert f"{URLS['edge-shopper']}/app/products/{product.sku}\n" in said
    assert f"user {staff_user(SECOND.location_id)}, password {accounts.staff_password}\n" in said
    assert f"user board, password {accounts.board_password}\n" in said
    for name in (product.name_en, product.name_ja, SECOND.name_en, SECOND.name_ja, FIRST.name_en):
        assert name in said


def test_guide__without_a_purchase__lets_people_choose() -> None:
    said = guide(URLS, Accounts(), None, CHAIN.stores, None)
    assert "paid" not in "\n".join(said)
    assert f"  Shopper  {URLS['edge-shopper']}/app/" in said


def test_accounts__are_those_that_were_told__and_no_password_is_kept(tmp_path: Path) -> None:
    accounts = Accounts()
    environment = accounts.join(tmp_path, [store.location_id for store in CHAIN.stores])
    staff = Path(environment["TSUNAGU_EDGE_STAFF_ACCOUNTS_FILE"])
    board = Path(environment["TSUNAGU_EDGE_BOARD_ACCOUNTS_FILE"])
    for store in CHAIN.stores:
        account = KnownAccounts(staff, StoreOrOwner).find(staff_user(store.location_id))
        assert account is not None
        assert (account.holder, account.rights) == (store.location_id, frozenset({"decide"}))
        assert fits(accounts.staff_password, account.password_hash)
    for user, owner in DESKS.items():
        desk = KnownAccounts(staff, StoreOrOwner).find(user)
        assert desk is not None
        assert desk.holder == owner
    executive = KnownAccounts(board, Ref).find("board")
    assert executive is not None
    assert fits(accounts.board_password, executive.password_hash)
    kept = "".join(file.read_text() for file in tmp_path.rglob("*") if file.is_file())
    for password in (accounts.staff_password, accounts.board_password):
        assert password not in kept
        assert password not in repr(accounts)
    assert [file.stat().st_mode & 0o777 for file in (staff, board)] == [0o600, 0o600]
