"""The page on scaling follows the benchmark's figures, and its arithmetic is what it says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.topics import PARTITIONS_PRODUCTION

from .scaling import PROCESSES_MIN, SERVICES, Costs, Plan, Supposed, ends
from .scaling_page import NOT_MEASURED, PAGE, page, tables

FIGURES = {
    "mixed_orders.tsunagu.cpu.database": (1.0, "ms per order"),
    "mixed_orders.tsunagu.cpu.service": (3.0, "ms per order"),
    "pos_lines.tsunagu.cpu": (200.0, "µs per line"),
    "chassis.chassis_beside_getmany.cpu": (100.0, "µs per message"),
    **{f"pipeline.whole.cpu.{part}": (10.0, "ms per order") for part in (*SERVICES, "broker", "database")},
}
COSTS = Costs(
    {name: value for name, (value, _) in FIGURES.items()}, {name: unit for name, (_, unit) in FIGURES.items()}
)
SUPPOSED = Supposed(
    # One order and one receipt a second for 10 stores, and a hundred lookups.
    retailer={
        "receipts": 360,
        "lines_per_receipt": 5,
        "orders": 360,
        "stock_lookups": 36_000,
        "busiest_hour_share": 1.0,
        "busiest_day_times": 1.0,
    },
    machine={
        "busy_share": 0.5,
        "database_cores": 64,
        "database_memory_gigabytes": 100,
        "broker_cores": 16,
        "kafka_copies": 3,
        "database_servers": 3,
    },
    price={"currency": "USD", "vcpu_month": 10.0, "memory_gigabyte_month": 2.0, "gigabyte_month": 1.0},
    sizes=({"stores": 10, "skus_per_store": 100},),
)


def test_scaling_page__is_what_the_figures_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make reference brings it up to date"


def test_cores__an_order_and_a_receipt_a_second__are_what_they_cost() -> None:
    plan = Plan(COSTS, SUPPOSED, 10, 100)
    assert plan.cores("inventory") == pytest.approx(0.010 + 5 * 0.0002)
    assert plan.cores("insight") == pytest.approx(0.010 + 0.0001)


def test_need__a_thousand_times_as_many_stores__has_processes_and_cores_for_it() -> None:
    plan = Plan(COSTS, SUPPOSED, 10_000, 100)
    need = plan.need("inventory")
    # 11 busy cores: three quarters are the process's, and each is busy half of the time.
    assert need.processes == 17
    assert need.database_cores == 6
    assert plan.partitions == PARTITIONS_PRODUCTION
    assert plan.broker_cores == pytest.approx(1_000 * 0.010 * 3)


def test_partitions__more_processes_than_there_are__take_the_next_multiple() -> None:
    plan = Plan(COSTS, SUPPOSED, 20_000, 100)
    assert max(plan.need(service).processes for service in SERVICES) > PARTITIONS_PRODUCTION
    assert plan.partitions == 2 * PARTITIONS_PRODUCTION


SIZED = replace(COSTS, figures={**COSTS.figures, "row_bytes.stock": 700.0, "row_bytes.band": 300.0})


def test_money__is_cores_and_the_stock_in_memory_and_on_disks() -> None:
    plan = Plan(SIZED, SUPPOSED, 10, 1_000_000)
    assert plan.stock_gigabytes == pytest.approx(10.0)
    assert plan.money == pytest.approx(plan.vcpus * 10.0 + 10.0 * 3 * (1.0 + 2.0))


def test_ends__of_memory__is_inventorys_stock_alone() -> None:
    # 100 SKUs of 700 bytes a store.
    assert ends(SIZED, SUPPOSED, "inventory").database_memory == pytest.approx(100e9 / 70_000)
    assert ends(SIZED, SUPPOSED, "order").database_memory is None
    assert ends(COSTS, SUPPOSED, "inventory").database_memory is None


def test_page__what_nobody_measured__says_so() -> None:
    text = tables(COSTS, SUPPOSED)
    assert f"| edge-shopper: processes | {NOT_MEASURED} |" in text
    assert "| `vcpu_month` | 10.0 USD |" in text


@given(stores=st.integers(1, 100_000))
def test_need__more_stores__never_need_less(stores: int) -> None:
    smaller, larger = (Plan(COSTS, SUPPOSED, number, 100) for number in (stores, stores + 1))
    for service in SERVICES:
        assert PROCESSES_MIN <= smaller.need(service).processes <= larger.need(service).processes
        assert 1 <= smaller.need(service).database_cores <= larger.need(service).database_cores
    assert smaller.vcpus <= larger.vcpus
    assert smaller.money <= larger.money


@given(stores=st.integers(1, 100_000))
def test_ends__up_to_there_a_service_has_enough_and_not_beyond(stores: int) -> None:
    for service in SERVICES:
        end = ends(COSTS, SUPPOSED, service)
        need = Plan(COSTS, SUPPOSED, stores, 100).need(service)
        assert (need.processes <= PARTITIONS_PRODUCTION) == (stores <= end.partitions)
        assert (need.database_cores <= SUPPOSED.machine["database_cores"]) == (stores <= end.database_cores)
