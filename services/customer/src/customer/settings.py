"""Every limit and key of the customer service, read from the environment (`TSUNAGU_CUSTOMER_…`)."""

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from tsunagu.chassis import EscalationSettings
from tsunagu.chassis.settings import chassis_settings
from tsunagu.contracts.messages.customer import JOURNEY_DAYS_MAX
from tsunagu.contracts.messages.history import HISTORY_PURCHASES_MAX
from tsunagu.contracts.values import HISTORY_LINES_MAX, LocationId, Sha256
from tsunagu.contracts.values.people import PATH_STEPS_MAX
from tsunagu.planning import TaskRules, task_rules


class Settings(EscalationSettings):
    """Settings of customer; each has its unit in its name and a reason for its default."""

    model_config = SettingsConfigDict(env_prefix="TSUNAGU_CUSTOMER_", frozen=True)

    keys_file: Path = Field(
        Path("customer-keys.json"),
        description="JWK Set made by `python -m customer.keyring FILE`; there is no default key to fall back to",
    )
    rules_file: Path | None = Field(
        None, description="the retailer's own segment rules (TOML); without it the packaged ones hold"
    )
    evidence_file: Path | None = Field(
        None,
        description="the retailer's own weights of evidence (TOML); without it the packaged ones hold",
    )
    match_keys_max: int = Field(
        50,
        ge=1,
        description="match keys of the data under one ref: a name, a birth date and twenty addresses",
    )
    match_records_max: int = Field(
        20,
        ge=2,
        description="refs with data of a customer who is compared with others: each is compared with each of theirs;"
        " whoever has more is no case for evidence",
    )
    match_block_max: int = Field(
        60,
        ge=2,
        description="records that share a match key and are compared: of more, those who are one share a smaller"
        " block as well",
    )
    contradictions_kept_max: int = Field(
        10, ge=1, description="contradicted statements kept of a ref until a person has decided; the newest"
    )
    review_hours: float = Field(
        72.0, gt=0, description="by when a person decides whether two customers are one; nobody waits for it"
    )
    phone_region: str = Field(
        "JP",
        min_length=2,
        max_length=2,
        description="country of phone numbers without +; the stores are in Japan",
    )
    refs_per_device_max: int = Field(
        3,
        ge=1,
        description="refs that may name one app device before it ties nobody any more: its account and its card, and"
        " the account of who had the phone before. A shop's tablet passes it on its first day",
    )
    refs_per_card_max: int = Field(
        10,
        ge=1,
        description="the same for a member card: one person's account, a few phones and marketplaces over the years. A"
        " family that shops with one card passes it once each has two or three of these",
    )
    refs_per_account_max: int = Field(
        10, ge=1, description="the same for an EC account; as a card, since both are named by the same refs"
    )
    refs_per_channel_id_max: int = Field(
        5, ge=1, description="the same for an id of another channel, which knows fewer of our refs"
    )
    refs_per_email_max: int = Field(
        8,
        ge=1,
        description="the same for an e-mail address: one person's account, card, three phones and three marketplaces."
        " A shop's address that staff type for all who have none passes it within the hour",
    )
    refs_per_phone_max: int = Field(
        8,
        ge=1,
        description="the same for a phone number; it is given in the same places as an e-mail address",
    )
    identifiers_per_ref_max: int = Field(
        20,
        ge=1,
        description="other identifiers that may be named under one ref before that ref ties nobody any more: the cards,"
        " devices, addresses and numbers of one person over the years. A shop's tablet names one per visitor",
    )
    purchases_considered_max: int = Field(
        200,
        ge=10,
        description="newest purchases that segment and scores look at; above every threshold of the rules",
    )
    republished_purchases_max: int = Field(
        500, ge=1, description="purchases published again in one step after a merge; the size of a batch"
    )
    consent_rows_max: int = Field(
        200,
        ge=1,
        description="statements of consent in one answer to an operator: more than somebody says in ten years, and"
        " there are more pages",
    )
    purchase_rows_max: int = Field(
        200,
        ge=1,
        description="purchases of a customer, or buyers of a SKU, in one answer to an operator; a page is on its way"
        " in milliseconds, and there are more pages",
    )
    bought_days_max: int = Field(
        400,
        ge=1,
        description="days in which buyers of a SKU are looked for at once: a year, and the weeks to compare it with",
    )
    journey_days_max: int = Field(
        92, ge=1, description="days of a funnel; a quarter: every customer of that time is looked at"
    )
    journey_few_customers: int = Field(
        10,
        ge=1,
        description='a group of fewer customers is told as "few": of so many, none can be told from the others',
    )
    journey_path_steps_max: int = Field(
        6,
        ge=1,
        le=PATH_STEPS_MAX,
        description="steps of a path that are told apart; longer ones are rare",
    )
    journey_paths_max: int = Field(
        50, ge=1, description="paths that are told; the others are counted together"
    )
    journey_told_days: int = Field(
        30,
        ge=1,
        le=JOURNEY_DAYS_MAX,
        description="days that `customer.journey` tells of at once: most ways end within a month",
    )
    journey_retold_days: int = Field(
        3,
        ge=1,
        description="of the last days what comes late is told again; a store sends a weekend's sales by then",
    )
    journey_interval_seconds: float = Field(
        3_600.0, gt=0, description="how often journeys are counted: every customer of a month is looked at"
    )
    quintiles_interval_seconds: float = Field(
        21_600.0,
        gt=0,
        description="how often quintiles are measured: every purchase is looked at, and they move slowly",
    )
    scored_customers_max: int = Field(
        500, ge=1, description="profiles looked at in one step when a quintile has moved; the size of a batch"
    )
    interests_kept_days: int = Field(
        400,
        ge=1,
        description="signs of interest; a year and the weeks to compare it with, above the window of the rules",
    )
    gauges_interval_seconds: float = Field(
        15.0, gt=0, description="one count over all customers; once per usual scrape is enough"
    )

    desk_keys: dict[Sha256, LocationId] = Field(
        {},
        description="SHA-256 of each key → its store's location_id, as JSON, as edge-staff has them; without any,"
        " nobody is told who an order is for, and nothing is kept for it",
    )

    # Links to purchase histories.
    history_code_minutes: float = Field(
        10.0, gt=0, description="how long the mailed digits are good: a mail comes within a minute or two"
    )
    history_guesses_max: int = Field(
        5,
        ge=1,
        description="wrong digits that end a link: a shopper who copies eight of them errs once or twice",
    )
    history_codes_per_day_max: int = Field(
        3,
        ge=1,
        description="codes that a customer is mailed within a day, whoever asks: nobody is flooded, and with five"
        " guesses each nobody guesses one in a hundred million",
    )
    history_link_days: int = Field(
        400, ge=1, description="how long a link is good; as long as the guest's cookie that holds it"
    )
    history_links_per_customer_max: int = Field(
        5,
        ge=1,
        description="devices that see a customer's purchases at once, the newest; each purchase is told to all",
    )
    history_ended_days: int = Field(
        2, ge=2, description="how long a link that has ended is remembered: its code counts for a day"
    )
    history_purchases_max: int = Field(
        60,
        ge=1,
        le=HISTORY_PURCHASES_MAX,
        description="newest purchases that a link shows: a year of somebody who comes every week",
    )
    history_lines_max: int = Field(
        30,
        ge=1,
        le=HISTORY_LINES_MAX,
        description="lines shown of one purchase; a longer receipt says how many more",
    )

    # Notices: what is said.
    language: str = Field(
        "ja", pattern=r"^[a-z]{2}$", description="of notices to those of whom no channel has named one"
    )
    texts_folder: Path | None = Field(
        None,
        description="the retailer's own texts, a file per language (ja.toml); without it the packaged ones",
    )
    order_link_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s{}]+/[^\s{}]*\{token\}[^\s{}]*$",
        description="where shoppers reach edge-shopper's pages of orders, such as https://shop.example.jp/o/{token};"
        " without it mails name no link",
    )
    reminder_hours_before: float = Field(
        24.0,
        gt=0,
        description="before the time to collect is over: the next day's opening hours are still left",
    )
    refund_wait_seconds: float = Field(
        5.0,
        ge=0,
        description="how long a cancellation waits to be told with its refund; order says both in one transaction",
    )
    notice_wait_seconds: float = Field(
        60.0,
        ge=0,
        description="how long a notice waits for the address, code or store that it lacks: they come on other topics",
    )
    notices_kept_days: int = Field(
        35, ge=1, description="after their end; above the 30 days that events are kept"
    )
    upkeep_rows_max: int = Field(1_000, ge=1, description="old notices deleted at once; no long lock")
    upkeep_interval_seconds: float = Field(
        300.0, gt=0, description="how often old notices and codes are deleted"
    )

    # Notices: how they are sent.
    smtp_host: str | None = Field(
        None, min_length=1, description="mail server; without one no notice is sent"
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="submission (RFC 6409); 465 with tls")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="personal data leaves here; none is for a server on the same machine"
    )
    smtp_user: str | None = Field(None, description="without one nobody logs in")
    smtp_password: SecretStr | None = Field(None, description="of smtp_user; there is no default")
    mail_from: str | None = Field(
        None, pattern=r"^[^@\s]+@[^@\s]+$", description="sender's address; needed with smtp_host"
    )
    mail_from_name: str = Field("", description="sender's name, also under the texts")
    smtp_step_seconds: float = Field(
        30.0, gt=0, description="longest answer to one command; a server that is well takes less than one"
    )
    smtp_mail_seconds: float = Field(
        45.0,
        gt=0,
        description="longest making of a connection, and longest sending of a mail, however many answers: both are"
        " within notice_lease_seconds",
    )
    smtp_connections_max: int = Field(
        4, ge=1, description="mails under way at once in a process: a slow one leaves the way to others"
    )
    mails_per_second_max: float = Field(
        10.0, gt=0, description="of a process; what providers let a small sender have"
    )
    smtp_pause_max_seconds: float = Field(
        60.0,
        gt=0,
        description="longest pause while the server is away: so late it is noticed that it is back",
    )
    notice_poll_seconds: float = Field(
        1.0, gt=0, description="how late a notice is seen at worst; one look at an index"
    )
    notice_lease_seconds: float = Field(
        120.0, gt=0, description="a notice whose process died is taken over after this"
    )
    notice_retry_seconds: float = Field(
        5.0, gt=0, description="first pause after a notice could not be sent; doubles each time"
    )
    notice_retry_max_seconds: float = Field(
        1_800.0,
        gt=0,
        description="longest pause between tries of a notice; mail servers ask for half an hour",
    )
    notice_give_up_hours: float = Field(
        48.0, gt=0, description="after it was to be sent; a weekend without mail loses none"
    )

    @property
    def task_rules(self) -> TaskRules:
        """Who has overdue tasks. Raises BadTaskRules where the file of `TSUNAGU_TASK_RULES_FILE` holds no rules."""
        return task_rules(chassis_settings().task_rules_file)

    @model_validator(mode="after")
    def _can_send(self) -> Self:
        if self.smtp_host is not None and self.mail_from is None:
            raise ValueError(
                "TSUNAGU_CUSTOMER_SMTP_HOST needs TSUNAGU_CUSTOMER_MAIL_FROM, the sender's address"
            )
        if 2 * self.smtp_mail_seconds >= self.notice_lease_seconds:
            raise ValueError(
                "twice smtp_mail_seconds must be below notice_lease_seconds, or two send one notice"
            )
        return self


@cache
def settings() -> Settings:
    """The process's settings, read once. Raises pydantic's ValidationError, which names the wrong variable."""
    return Settings()
