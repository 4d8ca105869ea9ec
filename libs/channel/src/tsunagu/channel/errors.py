"""What can go wrong for a channel, each with what to do about it. All of them are a ChannelError."""

from typing import NamedTuple


class ChannelError(Exception):
    """What the library says when it can't do what was asked."""


class Problem(NamedTuple):
    """One thing that is wrong with a message."""

    field: str
    """The path of the field, such as `lines.0.quantity`; `message` where several fields disagree."""
    advice: str
    """What is wrong and what to do, without the value: somebody may have typed it."""

    def __str__(self) -> str:
        return f"{self.field}: {self.advice}"


class InvalidMessage(ChannelError):  # noqa: N818 - the name says what is wrong
    """A message that its readers would refuse. Nothing was sent; mend the fields in `problems`."""

    def __init__(self, message_name: str, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(f"this {message_name} can't be sent. {'; '.join(map(str, problems))}")


class MissingRight(ChannelError):  # noqa: N818
    """The channel may not read or write this: by the contracts, or by what its account may do on the broker."""


class OutcomeUnknown(ChannelError):  # noqa: N818
    """Kafka has not said in time whether it has the message. Publish the same message again: it keeps its id.

    While the channel is open, that waits for the same sending and puts nothing into the topic twice.
    """

    def __init__(self, message_id: str, why: str) -> None:
        self.message_id = message_id
        super().__init__(f"Kafka has not confirmed {message_id}: {why}. Publish the same message again")


class Unreachable(ChannelError):  # noqa: N818
    """Kafka does not answer, refuses the password, or lacks a topic."""


class NewsLost(ChannelError):  # noqa: N818
    """Records were deleted from the topic, or the topic was made again, before the model had read them.

    What the model says is not to be relied on: `Channel.replay` builds it anew from what is there.
    """


class SchemaChanged(ChannelError):  # noqa: N818
    """The database was made with another schema than the read model has now. Give it a new database or replay it."""
