"""The quintiles of the customers: measured now and then, and in force until the next time."""

from dataclasses import asdict
from datetime import datetime

from customer.domain.segments import Quintiles, Rules
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "quintiles.sql")


async def rules_in_force(connection: Connection, rules: Rules) -> Rules:
    """The rules with the quintiles that were measured last; as they are where there are none."""
    if rules.quintiles_customers_min is None:
        return rules
    bounds = {row["measure"]: tuple(row["bounds"]) for row in await connection.fetch(SQL.load_quintiles)}
    return rules.by(Quintiles(**bounds)) if bounds else rules


async def measure(connection: Connection, rules: Rules, now: datetime) -> Quintiles | None:
    """What the customers' quintiles are at `now`; None where the rules ask for none, or there are too few customers."""
    if rules.quintiles_customers_min is None:
        return None
    row = await connection.fetchrow(
        SQL.measure_quintiles, now, rules.frequency_window_days, rules.monetary_window_days
    )
    if row is None or row["customers"] < rules.quintiles_customers_min:
        return None
    return Quintiles(
        tuple(row["recency_days"]), tuple(row["frequency_purchases"]), tuple(row["monetary_amounts_jpy"])
    )


async def save(connection: Connection, quintiles: Quintiles | None) -> bool:
    """Have these in force from now on; whether that changes any."""
    if quintiles is None:
        return bool(await connection.fetch(SQL.delete_quintiles))
    bounds = [{"measure": name, "bounds": list(values)} for name, values in asdict(quintiles).items()]
    return bool(await connection.fetch(SQL.save_quintiles, bounds))


async def customers_after(connection: Connection, customer_id: str, limit: int) -> list[str]:
    """The next customers after one, in the order of their ids."""
    return [row["customer_id"] for row in await connection.fetch(SQL.customers_after, customer_id, limit)]
