"""docs/scaling.md: what is between its marks is reckoned from the benchmark's figures and docs/scaling.toml."""

from collections.abc import Callable, Sequence

from tsunagu.contracts.topics import PARTITIONS_PRODUCTION

from .scaling import ROOT, SERVICES, Costs, Plan, Supposed, ends

PAGE = ROOT / "docs" / "scaling.md"
BEGINS = "<!-- made by `make reference` -->\n"
ENDS = "<!-- end -->\n"
NOT_MEASURED = "not in this run"


def page() -> str:
    """The page as it has to be: what people wrote, with the tables anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}{tables(Costs.read(), Supposed.read())}{ENDS}{after}"


def tables(costs: Costs, supposed: Supposed) -> str:
    """Costs, supposed retailer, needs by size, and where one of a thing ends."""
    plans = [Plan(costs, supposed, size["stores"], size["skus_per_store"]) for size in supposed.sizes]
    return "\n".join((_costs(costs), _supposed(supposed), _needs(plans), _ends(costs, supposed)))


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def _costs(costs: Costs) -> str:
    figures = [
        (
            f"an order, from placing until it is collected: {service}",
            f"pipeline.whole.cpu.{service}",
        )
        for service in (*SERVICES, "broker")
    ]
    figures += [
        ("a line of a receipt: inventory", "pos_lines.tsunagu.cpu"),
        (
            "a receipt: each other service that reads it, at the least",
            "chassis.chassis_beside_getmany.cpu",
        ),
        ("answers to shoppers of one process", "stock_lookup.by_name"),
        ("a row of stock: inventory", "row_bytes.stock"),
        ("a row of stock: shoppers' band of it", "row_bytes.band"),
    ]
    rows = [(what, _figure(costs, figure), f"`{figure}`") for what, figure in figures]
    share = f"{costs.database_share:.0%}"
    rows.append(
        ("of a service's cost, its database's part", share, "`mixed_orders.tsunagu.cpu.database`, `.service`")
    )
    return f"## What was measured\n{_table(('of', 'cost', 'figure'), rows)}"


def _figure(costs: Costs, figure: str) -> str:
    if figure not in costs.figures:
        return NOT_MEASURED
    return f"{costs.figures[figure]:,.4g} {costs.units[figure].split(' per ')[0]}"


def _supposed(supposed: Supposed) -> str:
    rows = [(f"`{name}`", f"{value:,}") for name, value in {**supposed.retailer, **supposed.machine}.items()]
    currency = supposed.price["currency"]
    rows += [
        (f"`{name}`", f"{value:,} {currency}") for name, value in supposed.price.items() if name != "currency"
    ]
    return (
        "## What is supposed\nIn [scaling.toml](scaling.toml), with what each means.\n\n"
        f"{_table(('', 'value'), rows)}"
    )


def _needs(plans: Sequence[Plan]) -> str:
    def row(what: str, of: Callable[[Plan], str]) -> list[str]:
        return [what, *(of(plan) for plan in plans)]

    def rate(what: str) -> Callable[[Plan], str]:
        return lambda plan: f"{plan.supposed.at_peak(what, plan.stores):,.1f}"

    rows = [
        row("orders a second", rate("orders")),
        row("receipts a second", rate("receipts")),
        row("lookups a second", rate("stock_lookups")),
        row("rows of stock", lambda plan: f"{plan.stock_rows:,}"),
        row("their GB on each server", lambda plan: _or_not(plan.stock_gigabytes)),
    ]
    for service in SERVICES:
        rows.append(row(f"{service}: processes", _processes(service)))
        rows.append(row(f"{service}: cores of its database", _database(service)))
    currency = plans[0].supposed.price["currency"]
    rows += [
        row("edge-shopper: processes", lambda plan: _or_not(plan.shopper_processes)),
        row("partitions of a topic", lambda plan: f"{plan.partitions:,}"),
        row("brokers", lambda plan: f"{plan.brokers:,}"),
        row("brokers' busy cores, all copies", lambda plan: f"{plan.broker_cores:,.1f}"),
        row("vCPUs in all", lambda plan: f"{plan.vcpus:,}"),
        row(f"{currency} a month", lambda plan: f"{plan.money:,.0f}"),
    ]
    head = ["at the peak", *(f"{plan.stores:,} stores" for plan in plans)]
    return f"## What a retailer needs\n{_table(head, rows)}"


def _processes(service: str) -> Callable[[Plan], str]:
    return lambda plan: f"{plan.need(service).processes:,}"


def _database(service: str) -> Callable[[Plan], str]:
    return lambda plan: f"{plan.need(service).database_cores:,}"


def _or_not(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:,.0f}"


def _ends(costs: Costs, supposed: Supposed) -> str:
    machine = supposed.machine
    rows = []
    for service in SERVICES:
        end = ends(costs, supposed, service)
        rows.append(
            (service, _stores(end.partitions), _stores(end.database_cores), _stores(end.database_memory))
        )
    head = (
        "of",
        f"{PARTITIONS_PRODUCTION} partitions",
        f"{machine['database_cores']} cores of one PostgreSQL",
        f"stock in its {machine['database_memory_gigabytes']} GB of memory",
    )
    return f"## Where one of a thing ends, in stores\n{_table(head, rows)}"


def _stores(number: float | None) -> str:
    """Two digits say all that such a figure can."""
    if number is None:
        return "–"
    digits = 10 ** max(0, len(str(int(number))) - 2)
    return f"{int(number) // digits * digits:,}"
