"""The system map agrees with the contracts."""

import re
from pathlib import Path

import pytest

from tsunagu.chassis.topics import local_topics
from tsunagu.contracts import topics
from tsunagu.stack import payments
from tsunagu.stack.addresses import PAYMENT_PAGE
from tsunagu.stack.errors import StackError
from tsunagu.stack.secrets import make_secrets
from tsunagu.stack.services import (
    AUDIT_ROLE,
    PAYMENT_KEY,
    SEALS_FOR,
    SERVICES,
    SecretsFile,
    ServiceProcess,
)


def test_services__are_those_of_the_contracts_and_the_audit() -> None:
    assert {service.name for service in SERVICES} == {*topics.SERVICES, "audit"}


def test_services__only_the_audit_is_told_where_every_database_is() -> None:
    assert [service.name for service in SERVICES if service.reads_all] == ["audit"]
    assert AUDIT_ROLE not in {service.role for service in SERVICES}


def test_argv__a_module_that_runs_itself__is_started_without_the_machinery() -> None:
    assert ServiceProcess("a", "m", "d", "r").argv[1:] == ("-m", "tsunagu.chassis", "m")
    assert ServiceProcess("a", "m", "d", "r", runs_itself=True).argv[1:] == ("-m", "m")


def test_services__each_process_has_a_role_of_its_own() -> None:
    assert len({service.role for service in SERVICES}) == len(SERVICES)


def test_services__who_shares_a_database_has_a_schema_of_its_own() -> None:
    rooms = [(service.database, service.schema) for service in SERVICES]
    assert len(rooms) == len(set(rooms))


def test_services__shoppers_have_a_database_to_themselves() -> None:
    users = [service.name for service in SERVICES if service.database == "tsunagu_edge_shopper"]
    assert users == ["edge-shopper"]


def test_services__shoppers_stand_back_and_nobody_else() -> None:
    assert [service.name for service in SERVICES if service.niceness] == ["edge-shopper"]


def test_compose__shoppers_and_their_database_have_a_limit_and_nobody_else() -> None:
    compose = (Path(__file__).resolve().parents[3] / "docker-compose.yml").read_text(encoding="utf-8")
    services = re.findall(r"^  ([a-z-]+):\n((?:    .*\n)+)", compose, re.MULTILINE)
    assert {name for name, body in services if "\n    cpus: " in body} == {"edge-shopper", "edge-shopper-db"}


def test_services__the_key_of_digits_is_told_to_those_two_only() -> None:
    told = {service.name: service.digits_key_variable for service in SERVICES if service.digits_key_variable}
    assert told == {"pickup": "TSUNAGU_PICKUP_DIGITS_KEY", "edge-staff": "TSUNAGU_EDGE_STAFF_DIGITS_KEY"}


def test_services__where_the_key_to_seal_with_is__is_told_to_the_door_that_takes_addresses() -> None:
    told = [service.name for service in SERVICES if service.sealing_key_variable]
    assert told == ["edge-shopper"]
    assert [service.name for service in SERVICES if service.secrets] == [SEALS_FOR]


SHOPPER = next(service for service in SERVICES if service.name == "edge-shopper")


def test_payments__the_stand_in_is_told_to_the_door_that_sells_and_has_the_same_key(tmp_path: Path) -> None:
    ports, secrets = {PAYMENT_PAGE: 4711}, {PAYMENT_KEY: "a key of both"}
    told = {s.name: payments.environment_of(s, ports, secrets) for s in SERVICES if s.payment is not None}
    assert told == {
        "edge-shopper": {
            "TSUNAGU_EDGE_SHOPPER_PAYMENT_PAGE": "http://127.0.0.1:4711/",
            "TSUNAGU_EDGE_SHOPPER_PAYMENT_KEY": "a key of both",
        }
    }
    page = payments.process_spec(ports, secrets, tmp_path / "log")
    assert page.environment["TSUNAGU_PAYMENT_PAGE_KEY"] == "a key of both"
    assert page.environment["TSUNAGU_PAYMENT_PAGE_PORT"] == "4711"


def test_payments__a_page_of_the_retailers_own__needs_no_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [service for service in SERVICES if service is not SHOPPER]
    assert payments.stands_in([SHOPPER], {})
    assert not payments.stands_in(others, {})
    assert not payments.stands_in([SHOPPER], {"TSUNAGU_EDGE_SHOPPER_PAYMENT_PAGE": "https://pay.example.jp/"})
    monkeypatch.setenv("TSUNAGU_EDGE_SHOPPER_PAYMENT_PAGE", "https://pay.example.jp/")
    assert not payments.stands_in([SHOPPER], {})


def test_is_installed__no_such_module_or_package__is_not() -> None:
    assert not ServiceProcess("a", "nowhere.app", "d", "r").is_installed()
    assert not ServiceProcess("a", "tsunagu.nowhere", "d", "r").is_installed()
    assert ServiceProcess("a", "tsunagu.stack.run", "d", "r").is_installed()


def test_local_topics__every_topic_is_planned_once() -> None:
    assert [plan.name for plan in local_topics()] == [topic.name for topic in topics.TOPICS]


def test_make_secrets__a_second_time__keeps_the_file(tmp_path: Path) -> None:
    secrets = SecretsFile("TSUNAGU_CUSTOMER_KEYS_FILE", "customer.keyring")
    path = tmp_path / "secrets" / "customer.json"
    make_secrets(secrets, path)
    first = path.read_bytes()
    make_secrets(secrets, path)
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o077 == 0


def test_make_secrets__its_maker_fails__says_which_and_why(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"no_such_module could not make .*No module named"):
        make_secrets(SecretsFile("X", "no_such_module"), tmp_path / "x.json")
