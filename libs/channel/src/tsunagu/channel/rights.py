"""What a channel may read and write, by the contracts."""

from tsunagu.channel.errors import MissingRight
from tsunagu.contracts.topics import SERVICES, TOPICS, Topic

CHANNELS = "channels"
"""The role that a new channel has: what the contracts give to all channels."""

ROLES: tuple[str, ...] = tuple(
    sorted({who for topic in TOPICS for who in (*topic.written_by, *topic.read_by)} - {*SERVICES, "audit"})
)
"""Who the contracts know beside the backbone's own services."""


def require_role(role: str) -> None:
    """Raise ValueError for a role that the contracts do not know."""
    if role not in ROLES:
        raise ValueError(f"the contracts know no role {role!r}; there are {', '.join(ROLES)}")


def readable(role: str) -> tuple[Topic, ...]:
    """The topics that a role may read."""
    return tuple(topic for topic in TOPICS if role in topic.read_by)


def writable(role: str) -> tuple[Topic, ...]:
    """The topics that a role may write."""
    return tuple(topic for topic in TOPICS if role in topic.written_by)


def require_read(name: str, role: str, topic: Topic) -> None:
    """Raise MissingRight if the role may not read the topic."""
    if role not in topic.read_by:
        raise MissingRight(_sentence(name, role, "read", topic, readable(role)))


def require_write(name: str, role: str, topic: Topic) -> None:
    """Raise MissingRight if the role may not write the topic."""
    if role not in topic.written_by:
        raise MissingRight(_sentence(name, role, "write", topic, writable(role)))


def refused_by_broker(name: str, operation: str, what: str) -> MissingRight:
    """The error for a right that the contracts give and the broker's account lacks."""
    return MissingRight(
        f"the broker does not let {name} {operation} {what}, which the contracts allow. The account lacks the "
        f"right {operation.upper()} on {what}: have it given to {name}"
    )


def _sentence(name: str, role: str, operation: str, topic: Topic, has: tuple[Topic, ...]) -> str:
    listed = ", ".join(one.name for one in has) or "nothing"
    return (
        f"{name} may not {operation} {topic.name}: the right {operation.upper()} on it is not among those of "
        f"{role!r}, who may {operation} {listed}. If it needs it, the contracts have to say so first"
    )
