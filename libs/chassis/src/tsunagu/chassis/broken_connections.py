"""What uvloop raises for a connection that has just broken, said to aiokafka in the way that it expects.

uvloop refuses a write to a closed transport with RuntimeError, where asyncio's own loop drops it. aiokafka takes only
OSError for a broken connection: anything else ends a consumer's work in the background for good, and the topic is
never read again (measured: a broker killed under all services).
"""

from functools import wraps
from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError


def expect_closed_transports() -> None:
    """Have all Kafka clients of this process take a closed transport for a broken connection; twice changes nothing."""
    send = AIOKafkaConnection.send
    if hasattr(send, "__wrapped__"):
        return

    @wraps(send)
    def send_or_break(connection: AIOKafkaConnection, *arguments: Any, **named: Any) -> Any:
        try:
            return send(connection, *arguments, **named)
        except RuntimeError as error:
            connection.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"the connection has just broken: {error}") from error

    AIOKafkaConnection.send = send_or_break
