"""The file of channels: which ways in and out each has. Secrets are named in it and come from the environment."""

import base64
import binascii
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretBytes,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from tsunagu.contracts.values import Channel as ChannelName
from tsunagu.contracts.values import Count, Flag, LocationId
from tsunagu.importing import Encoding

SECRET_BYTES_MIN = 16
"""Shortest secret: 128 bits, below which a signature can be guessed offline."""

_BASE64_SECRET = "whsec_"  # noqa: S105 - how Standard Webhooks marks a secret that is written in base64


def _secrets(variables: object, info: ValidationInfo) -> tuple[bytes, ...]:
    """The secrets in the environment variables that are named; those that are not set are passed over."""
    if not isinstance(variables, list) or not all(isinstance(name, str) for name in variables):
        raise ValueError("is a list of names of environment variables")
    environment: Mapping[str, str] = info.context or {}
    found = [(name, environment[name]) for name in variables if environment.get(name)]
    if not found:
        raise ValueError(f"none of the environment variables {', '.join(variables)} is set")
    return tuple(_secret(name, text) for name, text in found)


def _secret(variable: str, text: str) -> bytes:
    try:
        secret = (
            base64.b64decode(text.removeprefix(_BASE64_SECRET), validate=True)
            if text.startswith(_BASE64_SECRET)
            else text.encode()
        )
    except binascii.Error:
        raise ValueError(f"{variable}: what follows {_BASE64_SECRET} is not base64") from None
    if len(secret) < SECRET_BYTES_MIN:
        raise ValueError(f"{variable} holds fewer than {SECRET_BYTES_MIN} bytes")
    return secret


Secrets = Annotated[
    tuple[SecretBytes, ...],
    BeforeValidator(_secrets),
    # Two while one takes the other's place; more would only be forgotten ones.
    Field(min_length=1, max_length=2, alias="secret_variables"),
]
Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=500)]
Format = Literal["shopify", "generic"]


class Part(BaseModel):
    """A table of the file. Unknown keys are refused: a misspelt one would be believed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WebhooksIn(Part):
    """How a channel's webhooks are signed and read. The headers are Shopify's, or those of Standard Webhooks.

    `pickup_locations`: what the site writes as the code of a shipping line → the location where it is picked up.
    `pickup_property`: the property of a line that names its location outright, for orders of both kinds.
    `unpaid`: what an order is that is not paid: paid at pickup where all of it is picked up, or waited for.
    """

    format: Format
    secrets: Secrets
    signature_header: Header | None = None
    id_header: Header | None = None
    topic_header: Header = "X-Shopify-Topic"
    timestamp_header: Header = "webhook-timestamp"
    pickup_locations: dict[str, LocationId] = {}
    pickup_property: str = "_pickup_location"
    unpaid: Literal["at_pickup", "wait"] = "at_pickup"
    allow_partial: Flag = False

    @property
    def header_of_signature(self) -> str:
        """Where the signature stands."""
        return self.signature_header or (
            "X-Shopify-Hmac-Sha256" if self.format == "shopify" else "webhook-signature"
        )

    @property
    def header_of_id(self) -> str:
        """Where the webhook's own id stands, the same whenever it is sent again."""
        return self.id_header or ("X-Shopify-Webhook-Id" if self.format == "shopify" else "webhook-id")


class WebhooksOut(Part):
    """Where a channel is told of its orders. `events` are those it wants; all of them, if it names none."""

    url: Url
    secrets: Secrets
    events: frozenset[str] = frozenset()

    def wants(self, event: str) -> bool:
        """Whether it is told of this event."""
        return not self.events or event in self.events


class FilesIn(Part):
    """The folder into which a channel drops its orders."""

    folder: Path


class FilesOut(Part):
    """The folder into which a channel's files are written: what becomes of its orders, and availability."""

    folder: Path
    encoding: Encoding = Encoding.UTF_8
    events: frozenset[str] = frozenset()

    def wants(self, event: str) -> bool:
        """Whether it is told of this event."""
        return not self.events or event in self.events


class Feed(Part):
    """How a channel is shown what can be promised: so many pieces fewer, never below none.

    It may ask for it with its API key at any time; `webhooks` and `files` say how it is told besides.
    """

    buffer: Count = 0
    webhooks: bool = False
    files: bool = False


class Channel(Part):
    """A site that joins, by the ways that it has."""

    webhooks_in: WebhooksIn | None = None
    webhooks_out: WebhooksOut | None = None
    files_in: FilesIn | None = None
    files_out: FilesOut | None = None
    feed: Feed | None = None

    @model_validator(mode="after")
    def _feed_has_its_way(self) -> Self:
        if self.feed is not None and self.feed.webhooks and self.webhooks_out is None:
            raise ValueError("feed.webhooks needs webhooks_out")
        if self.feed is not None and self.feed.files and self.files_out is None:
            raise ValueError("feed.files needs files_out")
        return self


class _File(Part):
    channels: dict[ChannelName, Channel] = {}

    @model_validator(mode="after")
    def _ids_stay_apart(self) -> Self:
        long = [name for name in self.channels if len(name) > CHANNEL_CHARACTERS_MAX]
        if long:
            raise ValueError(f"the name {long[0]} leaves no room for the order's own id beside it")
        return self


CHANNEL_CHARACTERS_MAX = 32
"""Longest name of a channel here: an order's id is `<channel>:<their id>`, at most 100 characters."""

Channels = Mapping[str, Channel]


class BadChannelsFile(ValueError):  # noqa: N818 - the name says what is wrong
    """A file of channels that can't be used; the message names the place and never repeats a value."""


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Channels:
    """The channels by their names; none without a file. Raises BadChannelsFile, and OSError."""
    if path is None:
        return {}
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(_File).validate_python(content, context=environment).channels
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadChannelsFile(f"{path} is not TOML in UTF-8: {error}") from None
    except ValidationError as error:
        places = (
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise BadChannelsFile(f"{path}: {'; '.join(places)}") from None
