"""How much tax is in amounts that include it: whole yen, rounded once per rate and document."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import assert_never

from tsunagu.contracts.values import TaxAmount


class Rounding(StrEnum):
    """What becomes of a fraction of a yen. The law leaves the choice to the seller, who then keeps to it."""

    FLOOR = "floor"
    HALF_UP = "half_up"
    CEILING = "ceiling"


def tax_of(amount_jpy: int, percent: int, rounding: Rounding = Rounding.FLOOR) -> int:
    """Whole yen of tax in an amount that includes it."""
    whole, part = divmod(amount_jpy * percent, 100 + percent)
    match rounding:
        case Rounding.FLOOR:
            return whole
        case Rounding.HALF_UP:
            return whole + (2 * part >= 100 + percent)
        case Rounding.CEILING:
            return whole + (part > 0)
        case _ as never:
            assert_never(never)


def sums_by_rate(amounts: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Yen with tax by percent, out of (percent, yen with tax)."""
    sums: dict[int, int] = {}
    for percent, amount_jpy in amounts:
        sums[percent] = sums.get(percent, 0) + amount_jpy
    return sums


def tax_by_rate(
    amounts: Iterable[tuple[int, int]], rounding: Rounding = Rounding.FLOOR
) -> tuple[TaxAmount, ...]:
    """The tax of one document, out of its lines as (percent, yen with tax): rounded once for each rate."""
    return tax_of_part({}, sums_by_rate(amounts), rounding)


def tax_of_part(
    before: Mapping[int, int], part: Mapping[int, int], rounding: Rounding = Rounding.FLOOR
) -> tuple[TaxAmount, ...]:
    """The tax of one document of several that make a whole: both arguments are yen with tax by percent.

    It is what the tax of all documents so far grows by (a cumulative share), so that whatever the parts are, their tax
    adds up to that of the whole, and none is off by a yen or more.
    """
    taxes: list[TaxAmount] = []
    for percent, amount_jpy in sorted(part.items()):
        so_far = before.get(percent, 0)
        tax_jpy = tax_of(so_far + amount_jpy, percent, rounding) - tax_of(so_far, percent, rounding)
        taxes.append(TaxAmount(tax_percent=percent, taxable_jpy=amount_jpy - tax_jpy, tax_jpy=tax_jpy))
    return tuple(taxes)
