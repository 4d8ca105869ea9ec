"""The audit of a run."""

from aiokafka.errors import KafkaError
from asyncpg import PostgresError

from audit.app import audit
from audit.replay import IncompleteTopics
from audit.report import Report
from tsunagu.stack.addresses import Addresses


class AuditFailed(Exception):  # noqa: N818 - a state of affairs that the demo reports
    """The audit could not be done; the text says why."""


async def audit_run(addresses: Addresses) -> Report:
    """Audit the system. Raises AuditFailed when it can't be read."""
    try:
        return await audit(addresses.kafka_bootstrap_servers, addresses.audit_databases)
    except (OSError, KafkaError, PostgresError, IncompleteTopics) as error:
        raise AuditFailed(f"the audit could not be done: {error}") from error
