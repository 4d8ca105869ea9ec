"""Structured logs: JSON for machines, colours for a terminal. One event, one line, to standard error."""

import logging
import sys
from typing import Any

import structlog

from tsunagu.chassis import clock
from tsunagu.chassis.settings import ChassisSettings

KAFKA_CLIENT = "aiokafka"


class Repeats(logging.Filter):
    """Lets what Kafka's client says pass once in a while; it says the same at every try while a broker is away."""

    def __init__(self, interval_seconds: float) -> None:
        super().__init__()
        self._interval_seconds = interval_seconds
        self._said_at: dict[
            tuple[str, str], float
        ] = {}  # by logger and wording, of which there are a few dozen

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is to be written."""
        if record.name.partition(".")[0] != KAFKA_CLIENT:
            return True
        wording = record.name, str(record.msg)
        now = clock.monotonic()
        if now - self._said_at.get(wording, -self._interval_seconds) < self._interval_seconds:
            return False
        self._said_at[wording] = now
        return True


def configure(settings: ChassisSettings, service: str) -> None:
    """Send structlog's and the standard library's records the same way, each with the service's name."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if settings.traces_endpoint:
        from tsunagu.chassis.trace_context import with_trace  # noqa: PLC0415 - who makes no traces needs no SDK

        shared.append(with_trace)
    if settings.log_format == "json":
        render: list[Any] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        # Without local variables: they hold what no log may show.
        render = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Repeats(settings.log_repeat_seconds))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in (KAFKA_CLIENT, "faststream", "uvicorn.access", "asyncio", "httpx"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)
