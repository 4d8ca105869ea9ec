"""Pickup's limits, periods and rates, read from the environment (`TSUNAGU_PICKUP_…`)."""

from functools import cache
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from pickup.domain.scene import Policy
from pickup.domain.waves import Limits
from tsunagu.chassis import EscalationSettings
from tsunagu.chassis.settings import chassis_settings
from tsunagu.planning import TaskRules, task_rules


class Settings(EscalationSettings):
    """What a retailer may choose about its work in stores; each has a reason for its default."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_PICKUP_", frozen=True, hide_input_in_errors=True)

    pickup_window_seconds: float = Field(
        7 * 24 * 3600.0,
        gt=0,
        description="where a store has no window of its own: in a week everybody passes; longer fills the back room",
    )
    pickup_window_ends_open: bool = Field(
        True,
        description="a window that would end behind a closed door ends with the next opening; demos turn it off",
    )
    unmatched_handover_minutes: float = Field(
        60.0,
        gt=0,
        description="an order's news is seconds late, after an outage an hour; then the sale is plain",
    )
    unmatched_work_minutes: float = Field(
        24 * 60.0,
        gt=0,
        description="a tablet that was offline reports a whole day's work at its end; then somebody has to look",
    )
    pick_minutes_per_task: float = Field(
        1.0, ge=0, description="taking up and putting down a list, before it is measured"
    )
    pick_minutes_per_line: float = Field(
        0.75, ge=0, description="finding and scanning a line in walking order, before it is measured"
    )
    put_away_due_seconds: float = Field(
        4 * 3600.0, gt=0, description="within a shift, so that the goods can be sold the same day"
    )
    parcel_due_seconds: float = Field(
        4 * 3600.0, gt=0, description="before the carrier's collection of the same day"
    )
    transfer_warn_minutes: float = Field(
        120.0,
        ge=0,
        description="before a transfer should be there: time to call the carrier or to send the goods another way",
    )
    shipment_interval_seconds: float = Field(
        1.0,
        gt=0,
        description="a truck is loaded transfer by transfer: what is scanned within a second is told together",
    )
    unassigned_transfer_seconds: float = Field(
        24 * 3600.0, gt=0, description="where no lane goes, a day to find a carrier and a day on the way"
    )
    unassigned_carrier: str = Field(
        "unassigned", min_length=1, description="shown where no lane goes: somebody has to choose"
    )
    unassigned_owner: str = Field(
        "logistics", min_length=1, description="who answers for transfers where no lane goes"
    )
    capacity_days_ahead: int = Field(
        7,
        ge=2,
        le=100,
        description="a store that is full for a week needs people; further ahead the news would only grow",
    )
    capacity_interval_seconds: float = Field(
        1.0, gt=0, description="capacity is news for the next order, not for each pick: once a second at most"
    )
    digits_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        None,
        description="keys the hash of the six digits, the same as edge-staff's; without it only tokens are redeemed",
    )
    code_tries_max: int = Field(
        5,
        ge=1,
        description="a shopper who mistypes twice has room; five guesses at six digits hit once in 200,000",
    )
    code_locked_minutes: float = Field(
        15.0, gt=0, description="a shopper can wait or be looked up at the desk; a guesser is held up"
    )
    code_locked_minutes_max: float = Field(
        24 * 60.0, gt=0, description="each further lock is twice as long, up to a day: seven locks lead there"
    )
    desk_check_required: bool = Field(
        True, description="who hands goods over without a code answers for having looked at something"
    )
    wave_tasks_max: int = Field(
        12, ge=1, le=100, description="a cart has room for about a dozen orders' boxes"
    )
    wave_lines_max: int = Field(
        120,
        ge=1,
        le=1000,
        description="at the planned minutes per line one walk takes an hour and a half at most",
    )
    wave_window_minutes: float = Field(
        120.0,
        ge=0,
        description="what is due later than that after the most urgent task is left for a wave of its own",
    )
    wave_idle_minutes: float = Field(
        20.0, gt=0, description="whoever has not scanned anything for so long has left the list lying"
    )
    wave_interval_seconds: float = Field(
        1.0, gt=0, description="a list shrinks by a line every few seconds; people look at it no faster"
    )
    gauges_interval_seconds: float = Field(
        5.0, gt=0, description="below a scrape interval, cheap on partial indexes"
    )

    @property
    def task_rules(self) -> TaskRules:
        """Who has overdue tasks. Raises BadTaskRules where the file of `TSUNAGU_TASK_RULES_FILE` holds no rules."""
        return task_rules(chassis_settings().task_rules_file)

    def policy(self) -> Policy:
        """The choices that decisions depend on."""
        return Policy(
            pickup_window_seconds=self.pickup_window_seconds,
            pickup_window_ends_open=self.pickup_window_ends_open,
            minutes_per_task=self.pick_minutes_per_task,
            minutes_per_line=self.pick_minutes_per_line,
            put_away_due_seconds=self.put_away_due_seconds,
            parcel_due_seconds=self.parcel_due_seconds,
            unassigned_transfer_seconds=self.unassigned_transfer_seconds,
            unassigned_carrier=self.unassigned_carrier,
            unassigned_owner=self.unassigned_owner,
            code_tries_max=self.code_tries_max,
            code_locked_minutes=self.code_locked_minutes,
            code_locked_minutes_max=self.code_locked_minutes_max,
            desk_check_required=self.desk_check_required,
            task_rules=self.task_rules,
        )

    def wave_limits(self) -> Limits:
        """How large waves get."""
        return Limits(self.wave_tasks_max, self.wave_lines_max, self.wave_window_minutes)


@cache
def settings() -> Settings:
    """The process's settings, read once. Raises pydantic's ValidationError, which names the wrong variable."""
    return Settings()
