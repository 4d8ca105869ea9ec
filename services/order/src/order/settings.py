"""What a retailer may set about orders, read from the environment (`TSUNAGU_ORDER_…`)."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tsunagu.tax import Rounding


class Settings(BaseSettings):
    """Each has its unit in its name and a reason for its default."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_ORDER_", frozen=True)

    valid_minutes: float = Field(
        15.0,
        gt=0,
        description="an unpaid order without valid_until is taken so long; later the shopper has gone elsewhere",
    )
    choice_minutes: float = Field(
        60.0,
        ge=0,
        description="how long a shopper may choose for lines that can't be had; 0 cancels them at once",
    )
    unmatched_return_minutes: float = Field(
        60.0,
        gt=0,
        description="how long a return waits for its handover; a till that was offline has sent it by then",
    )
    tax_rounding: Rounding = Field(
        Rounding.FLOOR,
        description="what becomes of a fraction of a yen of tax: floor, half_up or ceiling, as the tills do it",
    )
    unknown_tax_rates_accepted: bool = Field(
        False,
        description="whether orders with a tax rate that is not in force are taken all the same: for the days on which"
        " a channel that has the money already can't be mended in time",
    )


@cache
def settings() -> Settings:
    """The process's settings, read once. Raises pydantic's ValidationError, which names the wrong variable."""
    return Settings()
