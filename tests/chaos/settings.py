"""The limits, sizes and pauses of a chaos run, from TSUNAGU_CHAOS_… variables."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tsunagu.retailer.sizes import Sizes


class ChaosSettings(BaseSettings):
    """Each has its unit in its name and a reason for its default."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_CHAOS_", frozen=True)

    # The load of one round, which ends with an audit.
    seed: int = Field(5, description="the same script each round: what differs is the strike and the timing")
    stores: int = Field(3, ge=1, description="enough for transfers, few enough to load in a second")
    skus: int = Field(40, ge=1, description="few, so that orders and tills meet on the same rows")
    orders: int = Field(
        60, ge=0, description="with two till receipts each, on two cores beside two databases"
    )
    load_seconds: float = Field(
        30.0, gt=0, description="traffic before, during and after the strikes, which have probes beside it"
    )
    probe_interval_seconds: float = Field(
        0.2,
        gt=0,
        description="how often a probe is placed: a partition has one every 0.6 s, recoveries take seconds",
    )
    lead_probes: int = Field(
        8, ge=1, description="probes answered before the strike: the yardstick needs a median, on any machine"
    )
    lead_seconds_max: float = Field(
        300.0,
        gt=0,
        description="longest wait for the first of those: loading the retailer is part of it; then the run ends",
    )
    rest_seconds_max: float = Field(
        240.0,
        gt=0,
        description="after the last act and strike: open orders take seconds; what is open then is a finding",
    )

    # What is struck, and how long.
    frozen_seconds: float = Field(
        5.0,
        gt=0,
        description="how long a server stands still: longer than any statement, shorter than timeouts",
    )
    unreachable_seconds: float = Field(
        5.0, gt=0, description="how long a network is down: several tries of every client fall into it"
    )
    read_seconds: float = Field(
        1.0,
        gt=0,
        description="what was written so long after a strike has to be read: traffic reaches every partition",
    )
    recovery_seconds_max: float = Field(
        90.0,
        gt=0,
        description="three times the longest bar; what takes longer is told as not recovered, and ends the run where "
        "orders have not found their usual way again by then",
    )

    # Shoppers in a flood, and the others beside it.
    quiet_load_share: float = Field(
        0.1,
        gt=0,
        le=1,
        description="how much of the load is played where windows are compared, which have calls of their own: enough"
        " to begin with",
    )
    quiet_probe_interval_seconds: float = Field(
        3.0,
        gt=0,
        description="how often a probe is placed there: five a second, and picking them, leave a flood no room",
    )
    window_seconds: float = Field(
        60.0,
        gt=0,
        description="how long the others are watched, with and without a flood: 30 calls of each kind",
    )
    call_interval_seconds: float = Field(
        2.0,
        gt=0,
        description="how often each kind of call is made at the other doors: the orders among them have to be"
        " picked before the round is over, by the last",
    )
    calls_at_once_max: int = Field(
        30,
        ge=3,
        description="two seconds of them wait: where the machine is that busy, more would only add to it",
    )
    flood_connections: int = Field(
        128, ge=1, description="twice what a door answers at once (requests_at_once_max): the rest is refused"
    )
    flood_questions_per_address: int = Field(
        20, ge=1, description="what an address may ask at once (requests_burst): none is limited for itself"
    )

    # The services' own settings, as small as an operator who wants quick takeovers may make them.
    session_timeout_ms: int = Field(
        6_000, ge=6_000, description="the shortest that a broker allows by default"
    )
    idle_in_transaction_timeout_seconds: float = Field(15.0, gt=0, description="the services' own default")
    pickup_window_seconds: float = Field(
        8.0, gt=0, description="so long goods wait for a shopper who never comes; the others come within 4"
    )

    def sizes(self, share: float = 1.0) -> Sizes:
        """The retailer, and this share of a round's load, at the usual rate."""
        return Sizes(
            stores=self.stores,
            skus=self.skus,
            orders=round(self.orders * share),
            duration_seconds=self.load_seconds * share,
        )
