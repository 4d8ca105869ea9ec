"""The copy of products: by SKU, and by the barcodes that somebody scans."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel

from edge.domain.gtins import gtin14
from edge.problems import Problem
from tsunagu.chassis import Connection, Deleted, Handler, Received, Subscription, Transaction, beside, newest
from tsunagu.contracts import topics
from tsunagu.contracts.messages import Product
from tsunagu.contracts.values import Gtin, Id

SQL = beside(__file__, "product_copy.sql")


class ProductView(BaseModel):
    """A product as channels and stores see it."""

    sku: Id
    gtins: list[Gtin] = []
    style_id: Id
    color: str | None = None
    size: str | None = None
    name_ja: str
    name_en: str
    brand: str | None = None
    category: str
    price_jpy: int
    tax_class: str
    active: bool


async def keep_products(transaction: Transaction, messages: Sequence[Received[Product]]) -> None:
    """Keep products, with their barcodes padded to 14 digits."""
    products = [received.message for received in newest(messages)]
    await transaction.connection.execute(
        SQL.keep_products,
        [product.sku for product in products],
        [product.version for product in products],
        [" ".join(padded for gtin in product.gtins if (padded := gtin14(gtin))) for product in products],
        [product.active for product in products],
        [product.model_dump(mode="json", exclude_none=True) for product in products],
    )


async def forget_products(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget products that are no more."""
    await transaction.connection.execute(SQL.forget_products, [received.key for received in messages])


PRODUCTS = Subscription(
    topics.CATALOG_PRODUCTS, (Handler(Product, keep_products), Handler(Deleted, forget_products))
)


async def find_product(connection: Connection, sku: str | None, gtin: str | None) -> dict[str, Any]:
    """A product's values by SKU, or by barcode. Raises Problem 404 where it is unknown."""
    row = None
    if sku is not None:
        row = await connection.fetchrow(SQL.read_product_by_sku, sku)
    padded = gtin14(gtin) if gtin is not None else None
    if row is None and padded is not None:
        row = await connection.fetchrow(SQL.read_product_by_gtin, padded)
    if row is None:
        raise no_such_product()
    body: dict[str, Any] = row["body"]
    return body


async def find_products(connection: Connection, skus: Iterable[str]) -> list[dict[str, Any]]:
    """The values of those of these products that are known, by SKU."""
    rows = await connection.fetch(SQL.read_products, list(skus))
    return [row["body"] for row in rows]


def no_such_product() -> Problem:
    """404 for a SKU or barcode that the catalogue does not have."""
    return Problem(404, "not-found", "No product has this SKU or barcode.")
