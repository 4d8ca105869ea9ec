"""A sales channel's way in and out: it publishes what it may write, and keeps read models of what it may read."""

from datetime import datetime
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError
from pydantic import TypeAdapter, ValidationError

from tsunagu.channel.errors import Unreachable
from tsunagu.channel.following import Follower
from tsunagu.channel.handlers import Deleted, Received
from tsunagu.channel.kafka_calls import KAFKA_AWAY, stop_quietly, within
from tsunagu.channel.model import ReadModel
from tsunagu.channel.publishing import Published, Publisher
from tsunagu.channel.rights import CHANNELS, refused_by_broker, require_read, require_role
from tsunagu.channel.settings import Settings
from tsunagu.channel.store import Place
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic, topic_of
from tsunagu.contracts.values import Channel as ChannelName

_STOP_SECONDS = 5.0


class Channel:
    """A sales channel. A context manager: leaving it waits a little for what is on its way, and closes connections.

    `name` is the `channel` of its commands, the source of its messages, and what the names of its consumer groups
    begin with; `role` is whose rights it has in the contracts. Raises ValueError for a name or role that is none.
    """

    def __init__(self, name: str, settings: Settings, *, role: str = CHANNELS) -> None:
        try:
            self.name: str = TypeAdapter(ChannelName).validate_python(name)
        except ValidationError:
            raise ValueError(
                f"{name!r} is no name of a channel: lower case, no spaces, such as kiosk"
            ) from None
        if "." in name:
            raise ValueError(
                f"{name!r} is no name of a channel: what follows a dot is the name of its groups"
            )
        require_role(role)
        self.role = role
        self._settings = settings
        self._publisher = Publisher(self.name, role, settings)

    async def __aenter__(self) -> Self:
        """Nothing is connected before it is used."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close what was opened."""
        await self._publisher.close()

    async def publish(
        self,
        message: Message,
        *,
        topic: Topic | None = None,
        id: str | None = None,
        because: Received[Any] | Deleted | None = None,
    ) -> Published:
        """Send a message, and return when all replicas have it.

        The same message again, also by another process, has the same id, so that it counts once for whoever reads it;
        while this channel is open, it is not even sent again. `id` names it otherwise; `because` is what it follows
        from. `topic` only for a type that travels on several. Messages that do not wait for each other have no order.

        Raises InvalidMessage and MissingRight (nothing was sent), OutcomeUnknown (publish it again), Unreachable.
        """
        where = topic or topic_of(type(message))
        return await self._publisher.publish(message, where, id, because.envelope if because else None)

    async def follow(self, model: ReadModel[Any]) -> None:
        """Keep a read model up to date, until cancelled. Outages of Kafka and of the database are waited for.

        Raises MissingRight, NewsLost, SchemaChanged.
        """
        await self._follow(model, None)

    async def catch_up(self, model: ReadModel[Any]) -> None:
        """Bring a read model to where the topics end now, then return.

        Raises MissingRight, NewsLost, SchemaChanged, Unreachable.
        """
        self._require_rights(model)
        await self._follow(model, await self._ends(model))

    async def replay(self, model: ReadModel[Any], *, since: datetime | None = None) -> None:
        """Empty a read model, and have it read again: from a time on, or from the beginning of what topics keep.

        Whoever follows it goes on with that by itself. Raises MissingRight, ValueError for a time without its offset.
        """
        self._require_rights(model)
        if since is not None and since.tzinfo is None:
            raise ValueError("since needs its offset from UTC")
        try:
            await model.store.empty(model.schema, since)
        finally:
            await model.store.close()

    async def _follow(self, model: ReadModel[Any], target: dict[Place, int] | None) -> None:
        self._require_rights(model)
        try:
            await Follower(self.name, self._settings, model).run(target)
        finally:
            await model.store.close()

    def _require_rights(self, model: ReadModel[Any]) -> None:
        for topic in model.topics.values():
            require_read(self.name, self.role, topic)

    async def _ends(self, model: ReadModel[Any]) -> dict[Place, int]:
        consumer = AIOKafkaConsumer(
            **self._settings.client_options(), client_id=self.name, enable_auto_commit=False
        )
        seconds = self._settings.kafka_timeout_seconds
        ends: dict[Place, int] = {}
        try:
            await within(seconds, consumer.start())
            for topic in model.topics:
                partitions = await within(seconds, consumer._client._wait_on_metadata(topic))
                found = await within(
                    seconds, consumer.end_offsets([TopicPartition(topic, one) for one in partitions])
                )
                ends |= {Place(*partition): end for partition, end in found.items()}
        except TopicAuthorizationFailedError:
            raise refused_by_broker(self.name, "read", topic) from None
        except KAFKA_AWAY as error:
            where = self._settings.kafka_bootstrap_servers
            raise Unreachable(f"Kafka at {where} does not answer, or lacks a topic: {error!r}") from error
        finally:
            await stop_quietly(_STOP_SECONDS, consumer.stop())
        return ends
