"""Consumption tax: which percent is in force, and how much tax is in an amount. Pure: no clock, no database."""

from tsunagu.tax.amounts import Rounding, sums_by_rate, tax_by_rate, tax_of, tax_of_part
from tsunagu.tax.rates import (
    Rate,
    Rates,
    UnknownRate,
    Way,
    day_in_japan,
    percent_of,
    percents_in_force,
)

__all__ = [
    "Rate",
    "Rates",
    "Rounding",
    "UnknownRate",
    "Way",
    "day_in_japan",
    "percent_of",
    "percents_in_force",
    "sums_by_rate",
    "tax_by_rate",
    "tax_of",
    "tax_of_part",
]
