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
    fact_age_days_max: float = Field(
        366.0,
        gt=0,
        description="a fact from longer ago is booked when recorded, and marked: no till is offline for a year, and"
        " a clock without its battery says 1970 or 2000",
    )
    register_clock_off_seconds: float = Field(
        120.0,
        gt=0,
        description="a till that is online reports within seconds; below clock_skew_seconds_max, so that a task"
        " comes before marks do",
    )
    register_clock_window_hours: float = Field(
        24.0,
        gt=0,
        description="how long no receipt comes in time before a clock counts as slow: a trading day",
    )
    register_clock_looks_min: int = Field(
        5,
        ge=1,
        description="looks that a judgement rests on: a till that sends all at closing is looked at once",
    )
    register_clock_look_seconds: float = Field(
        60.0, gt=0, description="a register's row is written this often, not with each receipt"
    )
    register_clock_gauge_seconds: float = Field(
        10.0, gt=0, description="how often the wrong clocks are counted; a few rows, by an index of their own"
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
