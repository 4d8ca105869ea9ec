"""deploy/helm/tsunagu/files/system.json: what the chart has to know of the system, from the contracts and its map.

The chart's templates repeat no topic, right, role or service: they go through this file.
"""

import json
from pathlib import Path
from typing import Any

from tsunagu.contracts.topics import TOPICS
from tsunagu.stack.kafka import KafkaSettings, server_properties
from tsunagu.stack.kafka_rights import Pattern, Resource, Right, rights_of
from tsunagu.stack.services import AUDIT_ROLE, SERVICES, ServiceProcess

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "tsunagu"
FILE = CHART / "files" / "system.json"
BROKERS = 3
_OF_BROKERS = (".replication.factor", ".min.isr", "min.insync.replicas", "auto.create.topics.enable")
_MACHINERY = "backbone."  # a heartbeat that waits is no work for a further process


def text() -> str:
    """The file as it has to be."""
    return json.dumps(system(), ensure_ascii=False, indent=1) + "\n"


def system() -> dict[str, Any]:
    """Topics, rights, services and databases as Kubernetes is to have them."""
    return {
        "brokerConfig": broker_config(),
        "topics": [
            {"name": topic.name, "partitions": topic.partitions_production, "config": topic.kafka_config()}
            for topic in TOPICS
        ],
        "acls": {identity: acls_of(identity) for identity in identities()},
        "services": [_service(service) for service in SERVICES],
        "databases": _databases(),
        "auditRole": AUDIT_ROLE,
    }


def broker_config() -> dict[str, str]:
    """How often each partition is kept, as where three brokers stand on one machine."""
    three = KafkaSettings(Path(), 0, 0, controller_ports=tuple(range(BROKERS)))
    return {key: value for key, value in server_properties(three).items() if key.endswith(_OF_BROKERS)}


def identities() -> list[str]:
    """Every service, and every system outside that the contracts name."""
    named = {name for topic in TOPICS for name in (*topic.written_by, *topic.read_by)}
    return sorted(named | {service.name for service in SERVICES})


def acls_of(identity: str) -> list[dict[str, Any]]:
    """The rights of an identity in Strimzi's words."""
    return [_acl(right) for right in rights_of(identity)]


def _acl(right: Right) -> dict[str, Any]:
    kinds = {Resource.TOPIC: "topic", Resource.GROUP: "group"}
    patterns = {Pattern.LITERAL: "literal", Pattern.PREFIXED: "prefix"}
    resource = {
        "type": kinds[right.resource],
        "name": right.name,
        "patternType": patterns[right.pattern],
    }
    return {"resource": resource, "operations": [right.operation.name.capitalize()]}


def database_name(database: str) -> str:
    """The database's name on the cluster, as in the compose file: tsunagu_edge_shopper is edge-shopper-db."""
    return f"{database.removeprefix('tsunagu_').replace('_', '-')}-db"


def _service(service: ServiceProcess) -> dict[str, Any]:
    read = [topic for topic in TOPICS if service.name in topic.read_by]
    return {
        "name": service.name,
        "command": list(service.argv[1:]),
        "database": database_name(service.database),
        "databaseName": service.database,
        "role": service.role,
        "schema": service.schema,
        "public": service.public,
        "readsAllDatabases": service.reads_all,
        # Whatever runs on the machinery shares its work with others of its name; what runs without it is one.
        "scales": not service.runs_itself,
        "subscriptions": len(read),
        "topics": [topic.name for topic in read if not topic.name.startswith(_MACHINERY)],
    }


def _databases() -> list[dict[str, Any]]:
    names = dict.fromkeys(service.database for service in SERVICES)
    return [_database(name, [s for s in SERVICES if s.database == name]) for name in names]


def _database(database: str, services: list[ServiceProcess]) -> dict[str, Any]:
    shared = len(services) > 1
    return {
        "name": database_name(database),
        "database": database,
        # Who shares a database has a role and a schema in it; the database itself is nobody's then.
        "owner": database if shared else services[0].role,
        "roles": [service.role for service in services] if shared else [],
        "services": [service.name for service in services],
        "audited": not any(service.reads_all for service in services),
        "variableSuffix": database.removeprefix("tsunagu_").upper(),
    }
