"""What a retailer of a size needs, from the measured costs (tests/bench/results/latest.json) and what is supposed.

A cost is CPU time of the process, its database and the broker, as the benchmark measures it.
"""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tsunagu.contracts.topics import PARTITIONS_PRODUCTION, POS_SALES

ROOT = Path(__file__).parents[2]
SUPPOSED = ROOT / "docs" / "scaling.toml"
RESULTS = ROOT / "tests" / "bench" / "results" / "latest.json"
SERVICES = ("inventory", "order", "pickup", "customer", "insight")
PROCESSES_MIN = 2  # one goes on while the other is replaced
DOORS = 5
CONTROLLERS = 3
BROKERS_MIN = 3
HOUR_SECONDS = 3_600


@dataclass(frozen=True)
class Costs:
    """What was measured: by id of a figure, as latest.json has it."""

    figures: Mapping[str, float]
    units: Mapping[str, str]

    def seconds(self, figure: str) -> float:
        """A figure in seconds of CPU time. Raises KeyError where it was not measured."""
        unit = {"ms": 1e-3, "µs": 1e-6}[self.units[figure].split()[0]]
        return self.figures[figure] * unit

    @classmethod
    def read(cls, path: Path = RESULTS) -> "Costs":
        """Those of a run of the benchmark."""
        rows = json.loads(path.read_text(encoding="utf-8"))
        return cls({row["id"]: row["value"] for row in rows}, {row["id"]: row["unit"] for row in rows})

    @cached_property
    def database_share(self) -> float:
        """Which part of a service's cost is its database's: measured of inventory's reservation, taken for all."""
        database = self.figures["mixed_orders.tsunagu.cpu.database"]
        return database / (database + self.figures["mixed_orders.tsunagu.cpu.service"])

    def order(self, service: str) -> float:
        """Seconds that an order costs a service from its placing until it is collected."""
        return self.seconds(f"pipeline.whole.cpu.{service}")

    def receipt(self, service: str, lines: float) -> float:
        """Seconds that a receipt costs a service: inventory by its lines, others at least what any message does."""
        if service == "inventory":
            return lines * self.seconds("pos_lines.tsunagu.cpu")
        return self.seconds("chassis.chassis_beside_getmany.cpu") if service in POS_SALES.read_by else 0.0

    @property
    def lookup(self) -> float | None:
        """Seconds that a shopper's lookup costs, by how many one process answers; None where nobody measured."""
        rate = self.figures.get("stock_lookup.by_name")
        return None if rate is None else 1 / rate

    def stock_bytes(self) -> float | None:
        """Bytes of a row of stock, the band that shoppers are shown of it among them; None where nobody measured."""
        parts = [self.figures.get(f"row_bytes.{part}") for part in ("stock", "band")]
        return None if None in parts else sum(part for part in parts if part is not None)


@dataclass(frozen=True)
class Supposed:
    """What stands in docs/scaling.toml."""

    retailer: Mapping[str, float]
    machine: Mapping[str, float]
    price: Mapping[str, Any]
    sizes: tuple[Mapping[str, int], ...]

    @classmethod
    def read(cls, path: Path = SUPPOSED) -> "Supposed":
        """Those of a file."""
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(told["retailer"], told["machine"], told["price"], tuple(told["size"]))

    def at_peak(self, what: str, stores: int) -> float:
        """How often in a second of the busiest hour of the year."""
        busiest = self.retailer["busiest_hour_share"] * self.retailer["busiest_day_times"] / HOUR_SECONDS
        return stores * self.retailer[what] * busiest


@dataclass(frozen=True)
class Need:
    """What a service needs at the peak."""

    processes: int
    database_cores: int


@dataclass(frozen=True)
class Plan:
    """What a size of retailer needs at the peak."""

    costs: Costs
    supposed: Supposed
    stores: int
    skus_per_store: int

    def cores(self, service: str) -> float:
        """Busy cores of a service and its database."""
        lines = self.supposed.retailer["lines_per_receipt"]
        return self.supposed.at_peak("orders", self.stores) * self.costs.order(
            service
        ) + self.supposed.at_peak("receipts", self.stores) * self.costs.receipt(service, lines)

    def need(self, service: str) -> Need:
        """Its processes and its database's cores."""
        share, busy = self.costs.database_share, self.supposed.machine["busy_share"]
        cores = self.cores(service)
        processes = max(PROCESSES_MIN, math.ceil(cores * (1 - share) / busy))
        return Need(processes, max(1, math.ceil(cores * share / busy)))

    @property
    def shopper_processes(self) -> int | None:
        """Processes that answer shoppers; None where nobody measured what an answer costs."""
        cost = self.costs.lookup
        if cost is None:
            return None
        busy = (
            self.supposed.at_peak("stock_lookups", self.stores) * cost / self.supposed.machine["busy_share"]
        )
        return max(PROCESSES_MIN, math.ceil(busy))

    @property
    def partitions(self) -> int:
        """Of a topic: a multiple of what the contracts say, as many as the busiest service has processes."""
        most = max(self.need(service).processes for service in SERVICES)
        return math.ceil(most / PARTITIONS_PRODUCTION) * PARTITIONS_PRODUCTION

    @property
    def broker_cores(self) -> float:
        """Busy cores of all brokers, copies among them. Receipts' part of it stands in their own cost."""
        orders = self.supposed.at_peak("orders", self.stores)
        once = self.costs.seconds("pipeline.whole.cpu.broker")
        return orders * once * self.supposed.machine["kafka_copies"]

    @property
    def brokers(self) -> int:
        """Brokers of the largest size there is."""
        each = self.supposed.machine["broker_cores"] * self.supposed.machine["busy_share"]
        return max(BROKERS_MIN, math.ceil(self.broker_cores / each))

    @property
    def vcpus(self) -> int:
        """All of it: processes, servers of databases, brokers, doors and the audit."""
        needs = [self.need(service) for service in SERVICES]
        servers = int(self.supposed.machine["database_servers"])
        busy = self.supposed.machine["busy_share"]
        doors = (DOORS - 1) * PROCESSES_MIN + (self.shopper_processes or PROCESSES_MIN)
        databases = (
            servers * (sum(need.database_cores for need in needs) + 2) + 1
        )  # edge's, shoppers', the audit's
        brokers = max(self.brokers, math.ceil(self.broker_cores / busy)) + CONTROLLERS
        return sum(need.processes for need in needs) + databases + brokers + doors + 1

    @property
    def stock_rows(self) -> int:
        """Places and SKUs."""
        return self.stores * self.skus_per_store

    @property
    def stock_gigabytes(self) -> float | None:
        """Stock and its bands on one server's disk; None where nobody measured."""
        row = self.costs.stock_bytes()
        return None if row is None else self.stock_rows * row / 1e9

    @property
    def money(self) -> float:
        """A month of it: cores, and the stock on disks and in memory. Without what grows by the day."""
        price = self.supposed.price
        stock = (self.stock_gigabytes or 0.0) * self.supposed.machine["database_servers"]
        each = float(price["gigabyte_month"] + price["memory_gigabyte_month"])
        return self.vcpus * float(price["vcpu_month"]) + stock * each


@dataclass(frozen=True)
class Ends:
    """At how many stores something of a service ends, with this retailer's mix."""

    partitions: float
    database_cores: float
    database_memory: float | None
    """None where no row of stock is kept, or nobody measured what one takes."""


def ends(costs: Costs, supposed: Supposed, service: str) -> Ends:
    """Where a service's partitions end, and its one PostgreSQL; by the places and SKUs of the largest retailer."""
    one = Plan(costs, supposed, 1, supposed.sizes[-1]["skus_per_store"])
    busy, share, cores = supposed.machine["busy_share"], costs.database_share, one.cores(service)
    rows = costs.figures.get("row_bytes.stock") if service == "inventory" else None
    memory = supposed.machine["database_memory_gigabytes"] * 1e9
    return Ends(
        PARTITIONS_PRODUCTION * busy / (cores * (1 - share)),
        supposed.machine["database_cores"] * busy / (cores * share),
        None if rows is None else memory / (rows * one.skus_per_store),
    )
