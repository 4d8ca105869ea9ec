"""What Helm makes of the chart: valid, closed where it is not open on purpose, and with the rights of the contracts."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.reference import chart

from tsunagu.contracts.topics import TOPICS
from tsunagu.stack.kafka_rights import rights_of
from tsunagu.stack.services import SERVICES

from .conftest import Object, Render
from .tools import built, kubernetes_schemas

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

VARIANTS: dict[str, Sequence[str]] = {
    "as it is": (),
    "somebody else's Kafka": ("--set", "kafka.create=false,kafka.bootstrapServers=kafka:9094"),
    "small": (
        "--set",
        "databases.instances=1,scaling.enabled=false,monitoring.enabled=false,networkPolicy.enabled=false",
    ),
    "by digest": ("--set", f"image.digest=sha256:{'0' * 64},image.pullSecrets={{pull}}"),
    "with backups": (
        "--set-json",
        'databases.backup={"plugins":[{"name":"barman-cloud.cloudnative-pg.io","parameters":{"barmanObjectName":"s3"}}],'
        '"schedule":"0 0 3 * * *"}',
    ),
    "with secrets": (
        "--set-json",
        'services.edge-staff={"secretFiles":{"TSUNAGU_EDGE_STAFF_ACCOUNTS_FILE":{"name":"a","key":"staff.json"}},'
        '"configFiles":{"TSUNAGU_TASK_RULES_FILE":{"name":"b","key":"rules.toml"}},'
        '"secretSettings":{"TSUNAGU_EDGE_STAFF_DIGITS_KEY":{"name":"c","key":"key"}}}',
    ),
}
OF_OPERATORS = ("kafka.strimzi.io", "postgresql.cnpg.io", "keda.sh", "monitoring.coreos.com")


def of_kind(objects: Sequence[Object], kind: str) -> dict[str, Object]:
    """Objects of a kind by name."""
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


@pytest.mark.parametrize("arguments", VARIANTS.values(), ids=VARIANTS)
def test_chart__is_what_kubernetes_takes(
    rendered_text: Callable[[Sequence[str]], str], schemas: str, arguments: Sequence[str]
) -> None:
    text = rendered_text(arguments)
    checked = conform(text, schemas)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    objects = [each for each in yaml.safe_load_all(text) if each]
    own = sum(each["apiVersion"].partition("/")[0] not in OF_OPERATORS for each in objects)
    assert f"Valid: {own}, Invalid: 0, Errors: 0" in checked.stdout


def test_schemas__refuse_a_field_that_there_is_not(
    rendered_text: Callable[[Sequence[str]], str], schemas: str
) -> None:
    checked = conform(rendered_text(()).replace("readOnlyRootFilesystem", "readOnlyRoot"), schemas)
    assert checked.returncode != 0
    assert "'readOnlyRoot' not allowed" in checked.stdout


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> str:
    return kubernetes_schemas(tmp_path_factory.mktemp("schemas"))


def conform(text: str, schemas: str) -> subprocess.CompletedProcess[str]:
    """What kubeconform says of objects; those of operators are passed over."""
    program, options = str(built("kubeconform")), ("-strict", "-summary", "-schema-location", schemas)
    return subprocess.run(
        [program, *options, "-skip", ",".join(custom_kinds()), "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def custom_kinds() -> list[str]:
    """What the operators take: their schemas are not Kubernetes's."""
    return [
        "kafka.strimzi.io/v1/Kafka",
        "kafka.strimzi.io/v1/KafkaNodePool",
        "kafka.strimzi.io/v1/KafkaTopic",
        "kafka.strimzi.io/v1/KafkaUser",
        "postgresql.cnpg.io/v1/Cluster",
        "postgresql.cnpg.io/v1/ScheduledBackup",
        "keda.sh/v1alpha1/ScaledObject",
        "keda.sh/v1alpha1/TriggerAuthentication",
        "monitoring.coreos.com/v1/ServiceMonitor",
        "monitoring.coreos.com/v1/PrometheusRule",
    ]


@pytest.mark.parametrize("arguments", VARIANTS.values(), ids=VARIANTS)
def test_chart__names_nothing_twice(render: Render, arguments: Sequence[str]) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in render(arguments)]
    assert len(names) == len(set(names))


def test_lint__finds_nothing(helm: Path) -> None:
    done = subprocess.run(
        [str(helm), "lint", "--strict", str(chart.CHART)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("services.order.replica=3", "replica"),
        ("kafka.brokers=1", "brokers"),
        ("services.nowhere.replicas=1", "nowhere"),
        ("databases.parameters.max_connections=100", "parameters"),
        ("services.order.settings.LOG_LEVEL=debug", "LOG_LEVEL"),
    ],
)
def test_values__that_mean_nothing__are_refused_by_name(helm: Path, value: str, said: str) -> None:
    command = [str(helm), "template", "shop", str(chart.CHART), "--set-string", value]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert said in done.stderr


def test_systems__whom_the_contracts_do_not_know__is_refused_with_those_they_do(helm: Path) -> None:
    command = [str(helm), "template", "shop", str(chart.CHART)]
    command += ["--set-json", 'kafka.systems=[{"name":"kiosk"}]']
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "know nobody called kiosk" in done.stderr and "channels" in done.stderr


def rights(user: Object) -> set[tuple[str, str, str, str]]:
    """What an account may do."""
    return {
        (acl["resource"]["type"], acl["resource"]["name"], acl["resource"]["patternType"], operation)
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }


def expected(identity: str, role: str | None = None) -> set[tuple[str, str, str, str]]:
    patterns = {"LITERAL": "literal", "PREFIXED": "prefix"}
    return {
        (
            right.resource.name.lower(),
            right.name,
            patterns[right.pattern.name],
            right.operation.name.capitalize(),
        )
        for right in rights_of(identity, role)
    }


def test_users__may_do_what_the_contracts_say_and_nothing_else(objects: list[Object], render: Render) -> None:
    users = of_kind(objects, "KafkaUser")
    assert set(users) > {service.name for service in SERVICES}
    for name, user in users.items():
        assert rights(user) == expected(name)
    kiosk = render(("--set-json", 'kafka.systems=[{"name":"kiosk","as":"channels"}]'))
    assert rights(of_kind(kiosk, "KafkaUser")["kiosk"]) == expected("kiosk", "channels")


def test_topics__are_those_of_the_contracts(objects: list[Object]) -> None:
    topics = {name: each["spec"] for name, each in of_kind(objects, "KafkaTopic").items()}
    assert topics == {
        topic.name: {
            "partitions": topic.partitions_production,
            "replicas": 3,
            "config": topic.kafka_config(),
        }
        for topic in TOPICS
    }


def pods(objects: Sequence[Object]) -> dict[str, Any]:
    return {name: each["spec"]["template"]["spec"] for name, each in of_kind(objects, "Deployment").items()}


def test_pods__may_do_nothing_that_they_need_not(objects: list[Object]) -> None:
    assert set(pods(objects)) == {service.name for service in SERVICES}
    for name, pod in pods(objects).items():
        [container] = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]) == {"requests", "limits"}
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
        assert of_kind(objects, "ServiceAccount")[name]["automountServiceAccountToken"] is False
        assert name in of_kind(objects, "PodDisruptionBudget")


def test_pods__run_what_the_system_map_says(objects: list[Object]) -> None:
    for service in SERVICES:
        [container] = pods(objects)[service.name]["containers"]
        assert container["command"] == ["python", *service.argv[1:]]
        environment = {each["name"]: each.get("value") for each in container["env"]}
        assert environment["TSUNAGU_KAFKA_USERNAME"] == service.name
        assert environment["TSUNAGU_DATABASE_URL"].startswith(f"postgresql://{service.role}")
        assert (container["ports"][-1]["name"] == "public") == service.public


def test_pods__no_password_stands_in_what_is_rendered(objects: list[Object]) -> None:
    for pod in pods(objects).values():
        for each in pod["containers"][0]["env"]:
            if "PASSWORD" in each["name"] and not each["name"].endswith("_FILE"):
                assert set(each["valueFrom"]) == {"secretKeyRef"}
    assert not of_kind(objects, "Secret")


def test_the_audit__is_one_process_at_any_time_and_nothing_scales_it(objects: list[Object]) -> None:
    audit = of_kind(objects, "Deployment")["audit"]["spec"]
    assert audit["replicas"] == 1
    assert audit["strategy"] == {"type": "Recreate"}
    assert "audit" not in of_kind(objects, "ScaledObject")


def test_scaled__ask_for_groups_that_the_service_has_with_its_own_account(objects: list[Object]) -> None:
    scaled = of_kind(objects, "ScaledObject")
    assert "inventory" in scaled and "edge-channels" not in scaled
    for name, each in scaled.items():
        read = {topic.name for topic in TOPICS if name in topic.read_by}
        for trigger in each["spec"]["triggers"]:
            topic = trigger["metadata"]["topic"]
            assert topic in read
            assert trigger["metadata"]["consumerGroup"] == f"{name}.{topic}"
            assert trigger["authenticationRef"] == {"name": name}
        assert "replicas" not in of_kind(objects, "Deployment")[name]["spec"]


def reached(policy: Object) -> set[str]:
    """The databases that a service's policy lets it reach."""
    peers = [peer for rule in policy["spec"]["egress"] for peer in rule.get("to", [])]
    labels = [peer.get("podSelector", {}).get("matchLabels", {}) for peer in peers]
    return {each["cnpg.io/cluster"] for each in labels if "cnpg.io/cluster" in each}


def test_network__a_service_reaches_its_own_database_and_the_audit_all(objects: list[Object]) -> None:
    policies = of_kind(objects, "NetworkPolicy")
    databases = of_kind(objects, "Cluster")
    for service in SERVICES:
        own = {chart.database_name(service.database)}
        assert reached(policies[service.name]) == (set(databases) if service.reads_all else own)
    for name in databases:
        [heard, *_] = policies[name]["spec"]["ingress"]
        callers = {
            peer["podSelector"]["matchLabels"].get("app.kubernetes.io/component") for peer in heard["from"]
        }
        of_database = {s.name for s in SERVICES if chart.database_name(s.database) == name}
        assert callers - {None} == of_database | {"audit"}


def test_network__only_doors_hear_the_world(objects: list[Object]) -> None:
    policies = of_kind(objects, "NetworkPolicy")
    nothing_else = policies["tsunagu-nothing-else"]["spec"]
    assert nothing_else["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in nothing_else and "egress" not in nothing_else
    for service in SERVICES:
        ports = {port["port"] for rule in policies[service.name]["spec"]["ingress"] for port in rule["ports"]}
        assert ports == ({8000, 8080} if service.public else {8000})


def test_databases__have_connections_for_all_processes_that_there_may_be(objects: list[Object]) -> None:
    clusters = of_kind(objects, "Cluster")
    inventory = int(clusters["inventory-db"]["spec"]["postgresql"]["parameters"]["max_connections"])
    subscriptions = sum("inventory" in topic.read_by for topic in TOPICS)
    assert inventory == 20 + 13 * (subscriptions + 12)


def test_databases__several_servers__keep_what_a_commit_said(objects: list[Object]) -> None:
    for name, cluster in of_kind(objects, "Cluster").items():
        kept = cluster["spec"]["postgresql"].get("synchronous")
        assert (kept is not None) == (cluster["spec"]["instances"] > 1), name


def test_monitoring__the_rules_are_prometheus_own(objects: list[Object]) -> None:
    rules = of_kind(objects, "PrometheusRule")
    assert len(rules) == len(list((chart.CHART / "files" / "rules").glob("*.yml")))
    assert all(each["spec"]["groups"] for each in rules.values())
    [endpoint] = of_kind(objects, "ServiceMonitor")["tsunagu"]["spec"]["endpoints"]
    assert endpoint["relabelings"][0]["targetLabel"] == "service"
