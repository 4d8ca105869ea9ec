"""The limits, sizes and pauses of a benchmark run, from TSUNAGU_BENCH_… variables."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class BenchSettings(BaseSettings):
    """Each has its unit in its name and a reason for its default."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_BENCH_", frozen=True)

    seed: int = Field(7, description="the same orders in every run")
    settle_seconds: float = Field(
        5.0, ge=0, description="joining a group takes three; starting is no part of what is measured"
    )
    settled_cpu_percent_max: float = Field(
        20.0, gt=0, description="of a core, by side, database and broker: who uses more is still starting"
    )
    settle_seconds_max: float = Field(
        60.0, gt=0, description="who is not settled by then does not settle, and is measured as it is"
    )
    patience_seconds: float = Field(
        60.0, gt=0, description="who says nothing for so long will not answer what is left: it is lost"
    )
    silence_seconds: float = Field(
        2.0, ge=0, description="after the last decision: whoever decides an order twice does so by then"
    )
    busy_percent_max: float = Field(
        15.0, gt=0, description="CPU that others use: an idle desktop takes less, a second test run far more"
    )
    busy_look_seconds: float = Field(5.0, gt=0, description="long enough that a moment's work is no load")
    shared_buffers_megabytes: int = Field(
        512,
        ge=64,
        description="10^6 rows of stock with their index are 200 MB: a server that reads them from disk is one"
        " that nobody would run, and would make every side measure its disk",
    )
    broker_heap_megabytes: int = Field(512, ge=256, description="backlogs of 10^5 without a full collection")
    warm_up_messages: int = Field(
        5_000,
        ge=0,
        description="Java compiles what ran some thousand times: unmeasured, before the first side",
    )
    lead_in_seconds: float = Field(
        2.0, ge=0, description="of the latency workloads: the first orders meet clients and plans being made"
    )
    replay_events: int = Field(
        1_000_000, ge=400, description="of insight_replay: a chain's month of 8,000 orders a day"
    )
    lag_orders_per_second: float = Field(
        14.0, gt=0, description="of insight_lag: half of what `pipeline` does on two cores (27.6)"
    )
    steady_seconds: float = Field(
        20.0, gt=0, description="how long orders come then: 2,000 of them, of which the 99th percentile is 20"
    )
    bought_lines: int = Field(
        10_000_000,
        ge=2_000,
        description="lines of purchases that are searched: some years of a chain with hundreds of stores",
    )
    orders_per_second: float = Field(
        100.0, gt=0, description="of the latency workloads: a chain's busy hour, far below what is possible"
    )
