"""What a sales channel joins with. See `Channel` and `ReadModel`; `tsunagu.channel.postgres` needs asyncpg."""

from tsunagu.channel.channel import Channel
from tsunagu.channel.checking import message_of
from tsunagu.channel.errors import (
    ChannelError,
    InvalidMessage,
    MissingRight,
    NewsLost,
    OutcomeUnknown,
    Problem,
    SchemaChanged,
    Unreachable,
)
from tsunagu.channel.handlers import Deleted, Handler, Received, on, on_batch
from tsunagu.channel.model import ReadModel
from tsunagu.channel.publishing import Published
from tsunagu.channel.settings import Settings
from tsunagu.channel.sqlite import Sqlite
from tsunagu.channel.store import Refused

__all__ = [
    "Channel",
    "ChannelError",
    "Deleted",
    "Handler",
    "InvalidMessage",
    "MissingRight",
    "NewsLost",
    "OutcomeUnknown",
    "Problem",
    "Published",
    "ReadModel",
    "Received",
    "Refused",
    "SchemaChanged",
    "Settings",
    "Sqlite",
    "Unreachable",
    "message_of",
    "on",
    "on_batch",
]
