"""Products as headquarters import them."""

from typing import ClassVar

from tsunagu.contracts.message import State
from tsunagu.contracts.values import Flag, Gtin, Id, Name, TaxClass, Yen


class Product(State):
    """One sellable SKU: a style in one colour and size."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.product.v1"
    KEY: ClassVar[tuple[str, ...]] = ("sku",)

    sku: Id
    gtins: tuple[Gtin, ...] = ()
    style_id: Id
    color: Name | None = None
    size: Name | None = None
    name_ja: Name
    name_en: Name
    brand: Name | None = None
    category: Name
    price_jpy: Yen
    tax_class: TaxClass
    active: Flag
