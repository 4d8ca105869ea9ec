"""Every limit and key of the customer service, read from the environment (`TSUNAGU_CUSTOMER_…`)."""

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of customer; each has its unit in its name and a reason for its default."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_CUSTOMER_", frozen=True)

    keys_file: Path = Field(
        Path("customer-keys.json"),
        description="JWK Set made by `python -m customer.keyring FILE`; there is no default key to fall back to",
    )
    rules_file: Path | None = Field(
        None, description="the retailer's own segment rules (TOML); without it the packaged ones hold"
    )
    phone_region: str = Field(
        "JP",
        min_length=2,
        max_length=2,
        description="country of phone numbers without +; the stores are in Japan",
    )
    purchases_considered_max: int = Field(
        200,
        ge=10,
        description="newest purchases that segment and scores look at; above every threshold of the rules",
    )
    republished_purchases_max: int = Field(
        500, ge=1, description="purchases published again in one step after a merge; the size of a batch"
    )
    gauges_interval_seconds: float = Field(
        15.0, gt=0, description="one count over all customers; once per usual scrape is enough"
    )


@cache
def settings() -> Settings:
    """The process's settings, read once. Raises pydantic's ValidationError, which names the wrong variable."""
    return Settings()
