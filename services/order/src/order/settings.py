"""What a retailer may set about orders, read from the environment (`TSUNAGU_ORDER_…`)."""

from functools import cache

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from tsunagu.chassis import EscalationSettings
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.topics import RETENTION_LINKS_MS
from tsunagu.planning import TaskRules, task_rules
from tsunagu.tax import Rounding

_LINK_DAYS_MAX = RETENTION_LINKS_MS / 86_400_000


class Settings(EscalationSettings):
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
    link_days: float = Field(
        _LINK_DAYS_MAX,
        ge=0,
        le=_LINK_DAYS_MAX,
        description="how long a shopper may ask for changes by the link of a confirmed order, at most as long as"
        " order.links keeps it; 0 issues links for questions only",
    )
    unmatched_return_minutes: float = Field(
        60.0,
        gt=0,
        description="how long a return waits for its handover; a till that was offline has sent it by then",
    )
    forgotten_orders_max: int = Field(
        200,
        ge=1,
        description="orders of an erased person that forget them in one transaction; more are done in further ones",
    )
    settlement_hours: float = Field(
        24.0, gt=0, description="money that goods and books disagree about is settled by the next closing"
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

    @property
    def task_rules(self) -> TaskRules:
        """Who has overdue tasks. Raises BadTaskRules where the file of `TSUNAGU_TASK_RULES_FILE` holds no rules."""
        return task_rules(chassis_settings().task_rules_file)


@cache
def settings() -> Settings:
    """The process's settings, read once. Raises pydantic's ValidationError, which names the wrong variable."""
    return Settings()
