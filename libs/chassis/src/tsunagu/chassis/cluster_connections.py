"""A client's connections, each asked for its cluster before it is used: an address can come to be another cluster's."""

from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakSet

import structlog
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

_log = structlog.get_logger(__name__)


def cluster_request() -> MetadataRequest:
    """The question that every broker answers with its cluster's id, and here with nothing else."""
    return MetadataRequest([])


class ClusterConnections:
    """Takes the place of a client's way to its connections, `open_connection`. All lead to the first one's cluster.

    A connection is asked once, so what goes through it costs nothing more.
    """

    def __init__(self, open_connection: Callable[..., Awaitable[Any]]) -> None:
        self._open_connection = open_connection
        self._known: WeakSet[Any] = WeakSet()
        self.cluster_id: str | None = None

    async def get(self, *arguments: Any, **named: Any) -> Any:
        """A connection, or None, as the client has it while a node is away, where another cluster answers."""
        connection = await self._open_connection(*arguments, **named)
        if connection is None or connection in self._known:
            return connection
        try:
            cluster_id = (await connection.send(cluster_request())).cluster_id
        except (KafkaError, OSError, TimeoutError):
            connection.close()
            return None
        if self.cluster_id is None:
            self.cluster_id = cluster_id
        if cluster_id != self.cluster_id:
            _log.error("another cluster answers", cluster=cluster_id, before=self.cluster_id)
            connection.close()
            return None
        self._known.add(connection)
        return connection
