"""Every limit and interval of insight, read from the environment (`TSUNAGU_INSIGHT_…`)."""

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of insight; each has its unit in its name and a reason for its default."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_INSIGHT_", frozen=True)

    business_day_begins_hour: int = Field(
        6, ge=0, le=12, description="hour in Japan; opening hours up to 29:59 belong to the day before"
    )

    policy_folder: Path = Field(
        Path(__file__).with_name("policies"),
        description="credit policies, a TOML file each; the packaged ones",
    )
    policy_default_id: str = Field(
        "both-earn-v2", description="credits sales of days on which no adopted policy is in force"
    )
    ec_company_id: str | None = Field(
        None,
        min_length=1,
        description="the company that runs EC and has the money of prepaid orders; none: nothing of theirs is marked"
        " as another company's",
    )
    policy_agreements_min: int = Field(
        2, ge=1, description="stores and EC both have to agree before a policy comes into force"
    )

    kpi_file: Path = Field(
        Path(__file__).with_name("kpis.toml"),
        description="the KPIs: formula, unit, who answers for it, target by date; the packaged ones",
    )
    kpi_publish_seconds: float = Field(
        2.0, gt=0, description="a figure changes no more often; people can't read faster"
    )
    kpi_publish_late_seconds: float = Field(
        60.0,
        gt=0,
        description="how often figures change by news of long ago: in a replay each changes a hundred times",
    )
    kpi_late_minutes: float = Field(
        15.0,
        gt=0,
        description="from then on it is news of long ago: a replay, or what waited while something was down",
    )
    kpi_publish_rows_max: int = Field(
        2000, ge=1, description="figures published in one transaction; keeps it below a second"
    )
    kpi_days_kept: int = Field(
        400,
        ge=31,  # a month is the sum of its days
        description="daily figures; a year back and a month, to compare with last year's day",
    )
    kpi_expired_rows_max: int = Field(
        500,
        ge=1,
        description="old daily figures deleted along with one publication; a day's are gone in minutes",
    )

    kpi_answer_rows_max: int = Field(
        100_000,
        ge=1,
        description="daily figures in one answer: 200 stores over a year of one figure; some 20 MB",
    )
    kpi_page_rows_max: int = Field(
        200,
        ge=1,
        description="orders, picks and so on shown behind a KPI at a time; more is on the next page",
    )
    kpi_gauges_seconds: float = Field(
        15.0, gt=0, description="as often as Prometheus asks; the KPIs of the day are read that often"
    )
    measure_days: int = Field(
        28,
        ge=20,  # fewer can't be told from noise
        description="before and after a measure that are compared, and as many before those, to see what moves"
        " anyway: four weeks, each with all its days",
    )

    measure_retold_days: int = Field(
        35,
        ge=0,
        description="after these, in which a measure is still judged: some KPIs settle in four weeks, late news in one",
    )
    measures_judged_max: int = Field(
        20, ge=1, description="measures looked at in one turn; each reads its KPI of all stores"
    )
    telling_interval_seconds: float = Field(
        5.0, gt=0, description="definitions, policies and measures compared with what was told: small tables"
    )
    explained_subjects_max: int = Field(
        40, ge=1, le=100, description="orders, picks and so on shown to the board at once; a screenful"
    )
    explain_seconds_max: float = Field(
        5.0, gt=0, description="other commands of the board wait meanwhile; a day's are found in milliseconds"
    )

    recheck_seconds: float = Field(
        30.0, gt=0, description="what two transactions may have missed of each other is looked at again then"
    )
    sighting_window_days: int = Field(
        30,
        ge=1,
        le=366,
        description="before an order, in which a scan counts for it; a policy may look at less",
    )
    restated_days: int = Field(
        30, ge=1, description="after an order, in which late scans and merged customers have it credited anew"
    )
    sightings_expired_rows_max: int = Field(
        5_000, ge=1, description="old scans deleted at once: a short transaction; the rest goes next time"
    )
    sightings_expiry_seconds: float = Field(
        60.0, gt=0, description="how often old scans are deleted: 80 a second, a large chain's"
    )
    journal_grace_minutes: float = Field(
        60.0,
        ge=0,
        description="a business day stays open that long after its end: tills send their last receipts late",
    )

    recredited_sales_max: int = Field(
        200,
        ge=1,
        description="sales credited anew in one transaction for what became known late; below a second",
    )

    policy_bytes_max: int = Field(
        100_000, ge=1, description="of a policy that is tried out; those that are shipped have two thousand"
    )
    comparison_days_max: int = Field(
        93, ge=1, description="a quarter: what is negotiated about; a longer period is asked for in parts"
    )
    comparison_page_sales: int = Field(
        1000, ge=1, description="sales read at a time; bounds the memory of a comparison to some MB"
    )


@cache
def settings() -> Settings:
    """The process's settings, read once. Raises pydantic's ValidationError, which names the wrong variable."""
    return Settings()
