"""Every limit, interval and threshold of inventory, read from the environment (`TSUNAGU_INVENTORY_…`)."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each has its unit in its name and a reason for its default."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_INVENTORY_", frozen=True)

    sources_considered_max: int = Field(
        20,
        ge=1,
        description="locations looked at per order; a chain's nearest 20 have nearly always what one has",
    )
    sourcing_rounds_max: int = Field(
        5,
        ge=1,
        description="each round loses only to another order that was served: after 5, demand exceeds stock",
    )
    pick_promise_minutes: float = Field(
        30.0, ge=0, description="what a shop promises for a pick from its own shelf; stores may ask for more"
    )
    pick_minutes_per_line: float = Field(
        2.0, ge=0, description="work of a picker per order line, as long as no store has measured its own"
    )
    receive_minutes: float = Field(
        60.0, ge=0, description="from the opening on the day of arrival until goods are unpacked"
    )
    hold_minutes_max: float = Field(
        60.0, gt=0, description="carts that nobody pays within an hour are left for good"
    )
    count_approval_pieces_max: int = Field(
        50, ge=0, description="a line that differs by more is more often a typing error than a loss"
    )
    count_approval_value_jpy_max: int = Field(
        100_000, ge=0, description="a line that differs by more in yen is a loss that a manager has to see"
    )
    cycle_count_tasks_max: int = Field(
        20,
        ge=0,
        description="open count tasks at a location before more are asked for: an hour's work of one person",
    )
    cycle_count_full_age_days: float = Field(
        180.0, gt=0, description="a count is trusted less from day to day, and after half a year not at all"
    )
    cycle_count_doubt_weight: float = Field(
        10.0, ge=0, description="a piece in doubt comes before ten of the same price that are merely old"
    )
    cycle_count_page_rows: int = Field(
        2_000,
        ge=1,
        description="rows of stock looked at in one statement: milliseconds, whatever the table's size",
    )
    cycle_count_pages_max: int = Field(
        100,
        ge=1,
        description="pages of one turn; with the default interval a hundred million rows take half a day",
    )
    cycle_count_interval_seconds: float = Field(
        60.0, gt=0, description="how often the search for what to count goes on"
    )
    recount_minutes: float = Field(
        240.0, gt=0, description="half a working day, so that withheld goods are back on sale the same day"
    )
    discrepancy_hours: float = Field(24.0, gt=0, description="settled by the next working day")
    feed_interval_seconds: float = Field(
        10.0, gt=0, description="the contract's most frequent news of one location"
    )
    clock_skew_seconds_max: float = Field(
        300.0, gt=0, description="a fact from further in the future is booked when recorded, and marked"
    )
    ledger_months_ahead: int = Field(
        2, ge=1, description="partitions of the ledger made ahead; a service may stand still for a month"
    )
    ledger_upkeep_seconds: float = Field(3600.0, gt=0, description="how often missing months are made")
    history_rows_max: int = Field(
        1000, ge=1, description="movements shown at once: as many as a person reads"
    )


@cache
def settings() -> Settings:
    """The process's settings, read once. Raises pydantic's ValidationError, which names the wrong variable."""
    return Settings()
