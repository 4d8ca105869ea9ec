"""What every message is: a frozen model with a wire type, a record key and a kind."""

from typing import ClassVar

from pydantic import BaseModel

from tsunagu.contracts.values.model import MODEL_CONFIG
from tsunagu.contracts.values.scalars import AS_NORMAL_REF, Id, Instant, Ref, Version, normal_ref


class Message(BaseModel):
    """A message on a topic. Its subclasses Command, Fact, Event and State say what kind it is."""

    model_config = MODEL_CONFIG

    WIRE_TYPE: ClassVar[str]
    """The type on the wire (`ce_type`), written out on each class, never computed, never changed."""

    KEY: ClassVar[tuple[str, ...]]
    """The fields of which the first that is set is the record key."""

    IDENTITY: ClassVar[tuple[str, ...]] = ()
    """The fields that make the natural id of a command or fact: the same id again is the same message."""

    def record_key(self) -> str:
        """The record's key on its topic: order holds among records of the same key.

        Raises ValueError where none of the key's fields is set; such a message has no place in any order.
        """
        for field in self.KEY:
            value = getattr(self, field)
            if value is not None:
                return str(value)
        raise ValueError(f"{type(self).__name__} needs one of {', '.join(self.KEY)}: it is the record key")

    def is_keyed_by(self, key: str) -> bool:
        """Whether a record of this key may hold this message; a person's ref is spelt there as its writer does."""
        mine = self.record_key()
        if mine == key:
            return True
        # A key that follows from several fields is none of them, and no person's.
        field = type(self).model_fields.get(
            next(name for name in self.KEY if getattr(self, name) is not None)
        )
        return field is not None and AS_NORMAL_REF in field.metadata and normal_ref(key) == mine

    def identity(self) -> str | None:
        """The natural id of a command or fact; None for events and state."""
        if not self.IDENTITY:
            return None
        return ":".join(str(getattr(self, field)) for field in self.IDENTITY)

    @property
    def is_fact(self) -> bool:
        """Whether this has happened already: it is booked, never refused."""
        return isinstance(self, Fact)


class Command(Message):
    """A request that its one reader may refuse. `occurred_at` is when it was given."""

    occurred_at: Instant
    staff_ref: Ref | None = None
    device_id: Id | None = None


class Fact(Message):
    """Something that has happened outside: always booked, never refused."""


class ReportedFact(Fact):
    """A fact that a person or a device reports. `occurred_at` is when it happened, not when it was sent."""

    occurred_at: Instant
    staff_ref: Ref | None = None
    device_id: Id | None = None


class Event(Message):
    """What a service did or decided. `occurred_at` is when it took effect."""

    occurred_at: Instant


class State(Message):
    """The latest value under a key of a compacted topic; readers keep the highest version."""

    version: Version
