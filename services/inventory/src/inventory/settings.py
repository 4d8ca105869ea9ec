"""Every limit, interval and threshold of inventory, read from the environment (`TSUNAGU_INVENTORY_…`)."""

from collections.abc import Iterable
from functools import cache

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from inventory.domain.arbitration import DEFAULT_RULE, BreakCriterion
from inventory.domain.exclusion import Exclusion
from inventory.domain.ranking import DEFAULT_RANKING, RankCriterion
from tsunagu.chassis import EscalationSettings
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.values import ALTERNATIVES_MAX
from tsunagu.planning import TaskRules, task_rules


class Settings(EscalationSettings):
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
    sources_seen_max: int = Field(
        100,
        ge=1,
        description="locations looked at where rules exclude some of the nearest: a whole region may be silent",
    )
    sourcing_exclusions: tuple[Exclusion, ...] = Field(
        tuple(Exclusion), description="who is not asked for goods; each of them is a promise that would break"
    )
    sourcing_ranking: tuple[RankCriterion, ...] = Field(
        DEFAULT_RANKING,
        description="who is asked first: the order's own places, the region, who has what it shows, the nearest",
    )
    distance_bands_km: tuple[float, ...] = Field(
        (10.0, 50.0, 200.0), description="the same town, a morning's drive, a day's drive, further"
    )
    split_locations_max: int = Field(
        5, ge=1, description="each more is a parcel or transfer more than the goods earn; 1 never splits"
    )
    promise_window_days: int = Field(
        7, ge=0, description="a place that is closed for a week is no help to somebody who waits"
    )
    feed_stale_hours: float = Field(
        48.0, gt=0, description="longer than a day off with the nights around it, shorter than two of them"
    )
    reliability_half_life_days: float = Field(
        30.0, gt=0, description="a month after its shelves were put in order, a store's past counts half"
    )
    reliability_prior_picks: float = Field(
        30.0, gt=0, description="so many picks that nobody made keep three bad ones from condemning a store"
    )
    reliability_usual_short_percent: float = Field(
        2.0, ge=0, le=100, description="how many of 100 picks fall short where the books are in order"
    )
    reliability_doubtful_percent: float = Field(
        10.0, gt=0, le=100, description="one pick in ten: five times the usual, beyond chance"
    )
    reliability_poor_percent: float = Field(
        25.0, gt=0, le=100, description="one pick in four: its stock says little about its shelves"
    )
    reliability_uncounted_days: float = Field(
        400.0, gt=0, description="a yearly stocktaking, with a month's grace"
    )
    reliability_weigh_seconds: float = Field(
        60.0,
        gt=0,
        description="how often notes of picks are taken into the records; classes change over weeks",
    )
    break_rule: tuple[BreakCriterion, ...] = Field(
        DEFAULT_RULE, description="whose promise breaks first: what costs the least to move, then the newest"
    )
    break_candidates_max: int = Field(
        200,
        ge=1,
        description="promises compared per row of stock, the newest: each may want a look at other locations",
    )
    choice_options_max: int = Field(
        3,
        ge=0,
        le=ALTERNATIVES_MAX,
        description="stores that a shopper is offered for what comes up short; more are no help to choose",
    )
    pick_promise_minutes: float = Field(
        30.0, ge=0, description="what a shop promises for a pick from its own shelf; stores may ask for more"
    )
    pick_minutes_per_line: float = Field(
        2.0, ge=0, description="work of a picker per order line, as long as no store has measured its own"
    )
    capacity_news_lag_seconds: float = Field(
        10.0,
        ge=0,
        description="until pickup's news count what was promised; until then it may count twice, never not at all",
    )
    receive_minutes: float = Field(
        60.0, ge=0, description="from the opening on the day of arrival until goods are unpacked"
    )
    hold_minutes_max: float = Field(
        60.0, gt=0, description="carts that nobody pays within an hour are left for good"
    )
    unpaid_percent_max: int = Field(
        100,
        ge=1,
        le=100,
        description="of a product at a location, for carts and orders that pay when they collect. 100 limits nothing:"
        " where most shoppers pay at the desk, goods that are kept for others would lie there. Against scripts that"
        " reserve and never pay, 80 leaves a fifth to those who do; of less than five pieces all may be kept",
    )
    safety_page_rows: int = Field(
        500,
        ge=1,
        description="rows of stock that a changed default is carried to in one transaction: sales wait milliseconds",
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
        200,
        ge=1,
        description="rows of stock looked at at once: for so many milliseconds orders wait (measured: 1,000 took 40)",
    )
    cycle_count_pages_max: int = Field(
        5,
        ge=1,
        description="pages of one turn; with the default interval a day is enough for eighty million rows",
    )
    cycle_count_interval_seconds: float = Field(
        1.0, gt=0, description="how often the search for what to count goes on: often and little, no burst"
    )
    recount_minutes: float = Field(
        240.0, gt=0, description="half a working day, so that withheld goods are back on sale the same day"
    )
    announced_delivery_overdue_days: float = Field(
        3.0,
        ge=0,
        le=365,
        description="a weekend, or a truck that was turned away and comes again, is no loss yet",
    )
    unreported_transfer_minutes: float = Field(
        480.0,
        gt=0,
        description="a device that was offline reports by the end of its shift what it had sent",
    )
    discrepancy_hours: float = Field(24.0, gt=0, description="settled by the next working day")
    feed_interval_seconds: float = Field(
        10.0, gt=0, description="the contract's most frequent news of one location"
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

    differences_rows_max: int = Field(
        200, ge=1, description="rows of differences shown at once: more than anybody settles in one sitting"
    )

    @field_validator("sourcing_exclusions", "sourcing_ranking", "break_rule")
    @classmethod
    def _named_once(cls, rule: tuple[str, ...]) -> tuple[str, ...]:
        twice = {name for name in rule if rule.count(name) > 1}
        if twice:
            raise ValueError(f"names {', '.join(sorted(twice))} twice: name each at most once, in order")
        return rule

    @field_validator("break_rule")
    @classmethod
    def _spares_what_is_picked(cls, rule: tuple[BreakCriterion, ...]) -> tuple[BreakCriterion, ...]:
        if rule[:1] != (BreakCriterion.NOT_PICKED,):
            raise ValueError("must begin with not_picked: goods in somebody's hands are never taken back")
        return rule

    @field_validator("distance_bands_km")
    @classmethod
    def _rising(cls, bands: Iterable[float]) -> tuple[float, ...]:
        found = tuple(bands)
        if list(found) != sorted(set(found)):
            raise ValueError("must rise, such as [10, 50, 200]")
        return found

    @property
    def task_rules(self) -> TaskRules:
        """Who has overdue tasks. Raises BadTaskRules where the file of `TSUNAGU_TASK_RULES_FILE` holds no rules."""
        return task_rules(chassis_settings().task_rules_file)


@cache
def settings() -> Settings:
    """The process's settings, read once. Raises pydantic's ValidationError, which names the wrong variable."""
    return Settings()
