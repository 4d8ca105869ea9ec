"""The retailer's products: styles in sizes and colours, each with a JAN-13 code and a price in whole yen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product as each_of
from random import Random

from tsunagu.contracts.messages import Product
from tsunagu.contracts.values import TaxClass
from tsunagu.tax import Way, day_in_japan, percent_of

JAN_PREFIX = "29"
"""GS1 gives numbers from 20 to 29 to nobody: they are for use within a company, so no real product has them."""

TAX_PERCENT = {
    tax_class: percent_of(tax_class, Way.PICKUP, day_in_japan(datetime.now(UTC))) for tax_class in TaxClass
}
"""What is in force on the day of the run: order takes nothing else."""

_COLORS = (("BK", "黒", "Black"), ("NV", "紺", "Navy"), ("WH", "白", "White"), ("GR", "緑", "Green"))


@dataclass(frozen=True, slots=True)
class _Range:
    """A kind of goods, of which styles are made: names, sizes, whether in colours, price span."""

    category: str
    brand: str
    kinds: tuple[tuple[str, str], ...]
    sizes: tuple[str, ...]
    colored: bool
    price_from_jpy: int
    price_to_jpy: int
    tax_class: TaxClass = TaxClass.STANDARD


_RANGES = (
    _Range(
        "tops",
        "TSUNAGU BASIC",
        (("クルーネックTシャツ", "Crew Neck T-Shirt"), ("オックスフォードシャツ", "Oxford Shirt")),
        ("S", "M", "L", "XL"),
        True,
        1_490,
        4_990,
    ),
    _Range(
        "bottoms",
        "TSUNAGU BASIC",
        (("チノパンツ", "Chino Trousers"), ("デニムパンツ", "Denim Trousers")),
        ("61", "67", "73", "79"),
        True,
        2_990,
        6_990,
    ),
    _Range(
        "shoes",
        "MICHI",
        (("スニーカー", "Sneakers"), ("レインブーツ", "Rain Boots")),
        ("23.0", "24.0", "25.0", "26.0", "27.0"),
        True,
        4_900,
        12_900,
    ),
    _Range(
        "bags",
        "MICHI",
        (("トートバッグ", "Tote Bag"), ("リュックサック", "Backpack")),
        (),
        True,
        2_900,
        14_900,
    ),
    _Range(
        "home",
        "KURASHI",
        (("フェイスタオル", "Face Towel"), ("マグカップ", "Mug"), ("クッション", "Cushion")),
        (),
        True,
        690,
        3_490,
    ),
    _Range(
        "food",
        "AJIWAI",
        (("ほうじ茶", "Roasted Tea"), ("米菓", "Rice Crackers"), ("カレー", "Curry")),
        (),
        False,
        280,
        980,
        TaxClass.REDUCED,
    ),
)

CATEGORIES = tuple(each.category for each in _RANGES)
"""Every category; a store's walking order is an order of these."""


def products(skus: int, rng: Random, version: int) -> tuple[Product, ...]:
    """`skus` products, style by style. Versioned `version`."""
    found: list[Product] = []
    variants = _variants(rng)
    while len(found) < skus:
        style_id, goods, number, color, size = next(variants)
        name_ja, name_en = goods.kinds[number % len(goods.kinds)]
        sku = "-".join(part for part in (style_id, color and color[0], size) if part)
        found.append(
            Product(
                version=version,
                sku=sku,
                gtins=(jan13(f"{JAN_PREFIX}{len(found) + 1:010}"),),
                style_id=style_id,
                color=color[2] if color else None,
                size=size,
                name_ja=" ".join(part for part in (f"{name_ja}{number}", color and color[1], size) if part),
                name_en=" ".join(part for part in (f"{name_en} {number}", color and color[2], size) if part),
                brand=goods.brand,
                category=goods.category,
                price_jpy=_price(style_id, goods, rng),
                tax_class=goods.tax_class,
                active=True,
            )
        )
    return _one_price_per_style(found)


_Color = tuple[str, str, str]


def _variants(rng: Random) -> Iterator[tuple[str, _Range, int, _Color | None, str | None]]:
    """Style id, range, running number of the style in its range, colour and size, without end."""
    number = 0
    while True:
        number += 1
        for goods in _RANGES:
            style_id = f"{goods.category[:2].upper()}{number:04}"
            colors: list[_Color | None] = list(rng.sample(_COLORS, 2)) if goods.colored else [None]
            sizes: tuple[str | None, ...] = goods.sizes or (None,)
            for color, size in each_of(colors, sizes):
                yield style_id, goods, number, color, size


def _price(style_id: str, goods: _Range, rng: Random) -> int:
    span = goods.price_to_jpy - goods.price_from_jpy
    return goods.price_from_jpy + 100 * rng.randint(0, span // 100)


def _one_price_per_style(found: list[Product]) -> tuple[Product, ...]:
    """Sizes and colours of a style cost the same: what its first one costs."""
    prices: dict[str, int] = {}
    return tuple(
        each.model_copy(update={"price_jpy": prices.setdefault(each.style_id, each.price_jpy)})
        for each in found
    )


def jan13(twelve_digits: str) -> str:
    """The JAN-13 (EAN-13) of twelve digits: check digit by weights 1 and 3 from the left (GS1, 7.9)."""
    if len(twelve_digits) != 12 or not twelve_digits.isdigit():
        raise ValueError(f"a JAN-13 is made of twelve digits, not {twelve_digits!r}")
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve_digits))
    return f"{twelve_digits}{-total % 10}"
