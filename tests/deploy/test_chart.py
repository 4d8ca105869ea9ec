"""What can be seen of the Helm chart without Helm: it knows the system as the code has it, and sets what there is.

`make test-helm` renders it and holds the result against Kubernetes's schemas.
"""

import json
import re
from typing import Any

import pytest
import yaml
from tests.reference import chart

from audit.reconcile.__main__ import DATABASE_VARIABLE, ProcessSettings
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts.topics import PARTITIONS_PRODUCTION
from tsunagu.stack.services import SERVICES

from .test_alerts import ROOT

TEMPLATES = "".join(
    path.read_text(encoding="utf-8") for path in sorted((chart.CHART / "templates").iterdir())
)
VALUES_TEXT = (chart.CHART / "values.yaml").read_text(encoding="utf-8")
VALUES: dict[str, Any] = yaml.safe_load(VALUES_TEXT)
SCHEMA: dict[str, Any] = json.loads((chart.CHART / "values.schema.json").read_text(encoding="utf-8"))
SYSTEM = json.loads(chart.FILE.read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
OTHER_VARIABLES = {DATABASE_VARIABLE}
"""What the audit reads from the environment by the beginning of a name."""


def test_system__is_what_the_contracts_say() -> None:
    assert chart.FILE.read_text(encoding="utf-8") == chart.text(), "make reference brings it up to date"


@pytest.mark.parametrize(("folder", "pattern"), [("rules", "*.yml"), ("dashboards", "*.json")])
def test_chart__has_the_very_files_of_prometheus_and_grafana(folder: str, pattern: str) -> None:
    there = ROOT / "deploy" / {"rules": "prometheus", "dashboards": "grafana"}[folder] / folder
    assert (chart.CHART / "files" / folder).resolve() == there
    assert list(there.glob(pattern))


def test_values__name_the_services_and_databases_that_there_are() -> None:
    assert set(VALUES["services"]) == {service.name for service in SERVICES}
    databases = {database["name"] for database in SYSTEM["databases"]}
    assert set(VALUES["databases"]["each"]) <= databases
    assert set(SCHEMA["properties"]["services"]["properties"]) == set(VALUES["services"])
    assert set(SCHEMA["properties"]["databases"]["properties"]["each"]["properties"]) == databases


def test_services__whoever_has_a_database_to_itself_owns_it() -> None:
    for database in SYSTEM["databases"]:
        users = {service["role"] for service in SYSTEM["services"] if service["database"] == database["name"]}
        assert users == (set(database["roles"]) or {database["owner"]})


def test_system__the_audit_alone_is_one_process_and_sees_every_other_database() -> None:
    assert [service["name"] for service in SYSTEM["services"] if not service["scales"]] == ["audit"]
    assert [database["name"] for database in SYSTEM["databases"] if not database["audited"]] == ["audit-db"]


def variables(text: str) -> set[str]:
    """The settings of the project that a text names."""
    return set(re.findall(r"\bTSUNAGU_[A-Z0-9_]+", text))


def test_chart__sets_only_settings_that_there_are() -> None:
    there = variables(SETTINGS_PAGE)
    named = variables(TEMPLATES) | variables(VALUES_TEXT)
    assert "TSUNAGU_KAFKA_PASSWORD_FILE" in named
    assert named - there - OTHER_VARIABLES == set()


@pytest.mark.parametrize("variable", ["TSUNAGU_PICKUP_DIGITS_KEY", "TSUNAGU_CUSTOMER_KEYS_FILE"])
def test_values__say_where_secrets_go_that_the_system_map_knows(variable: str) -> None:
    known = {service.digits_key_variable for service in SERVICES} | {
        service.secrets.variable for service in SERVICES if service.secrets
    }
    assert variable in known
    assert variable in VALUES_TEXT


def test_ports__are_those_of_the_image_and_of_the_code() -> None:
    [operators] = set(re.findall(r"name: operators, containerPort: (\d+)", TEMPLATES))
    [public] = set(re.findall(r"name: public, containerPort: (\d+)", TEMPLATES))
    assert f"TSUNAGU_HTTP_PORT={operators}" in DOCKERFILE
    assert f"TSUNAGU_PUBLIC_HTTP_PORT={public}" in DOCKERFILE
    assert f"EXPOSE {operators} {public}" in DOCKERFILE
    assert ChassisSettings.model_fields["http_port"].default == int(operators)
    assert ProcessSettings.model_fields["http_port"].default == int(operators)
    assert ChassisSettings.model_fields["public_http_port"].default == int(public)


def test_pods__are_the_user_of_the_image() -> None:
    [user] = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert f"runAsUser: {user}" in TEMPLATES


def test_values__no_service_has_more_processes_than_there_are_partitions() -> None:
    scaling = [VALUES["defaults"], *VALUES["services"].values()]
    most = [values["scaling"]["max"] for values in scaling if "scaling" in values]
    assert max(most) <= PARTITIONS_PRODUCTION
    assert SCHEMA["definitions"]["scaling"]["properties"]["max"]["maximum"] == PARTITIONS_PRODUCTION


def test_pods__have_more_time_to_end_than_a_process_takes() -> None:
    assert (
        VALUES["defaults"]["terminationGraceSeconds"]
        > ChassisSettings.model_fields["stop_grace_seconds"].default
    )


def test_chart__makes_no_secret() -> None:
    assert not re.search(r"^kind: Secret$", TEMPLATES, re.MULTILINE)


def undescribed(schema: dict[str, Any], path: str) -> list[str]:
    """The values without a description, below a part of the schema."""
    found = [] if "description" in schema or path.count(".") == 0 else [path]
    if "$ref" in schema or path.startswith((".services.", ".databases.each.", ".networkPolicy.outside.")):
        return []
    for name, part in schema.get("properties", {}).items():
        found += undescribed(part, f"{path}.{name}")
    return found


def test_values__each_is_described_in_the_schema() -> None:
    assert undescribed(SCHEMA, "") == []


def test_values__each_has_a_comment_that_says_what_it_is() -> None:
    lines = VALUES_TEXT.splitlines()
    top = [number for number, line in enumerate(lines) if re.match(r"[a-zA-Z]+:", line)]
    without = [
        lines[number]
        for number in top
        if not lines[number - 1].startswith("#") and not lines[number + 1].lstrip().startswith("#")
    ]
    assert without == []
    assert set(VALUES) == set(SCHEMA["properties"]) - {"global"}
