"""A plan for every lane of a large network: when goods that are packed now leave, arrive, and in which shipment."""

import time
from datetime import UTC, datetime

import pickup.app
from pickup.domain.consolidation import shipment_id_of
from pickup.domain.scene import Scene
from pickup.scenery import haulage_of, hours_of
from pickup.settings import settings
from tsunagu.chassis import Connection, beside
from tsunagu.chassis.database import connect
from tsunagu.chassis.migrating import migrate
from tsunagu.chassis.settings import ChassisSettings

from ..bench import Bench
from ..databases import EMPTY, drop
from ..rows import Row, plain

SQL = beside(__file__, "transfer_plan.sql")
STORES, LANES_PER_STORE = 2_000, 50
STORES_MIN = 60  # more than a store has lanes
BAR_SECONDS = 2.0
NAME = "bench_transfer_plan"


async def measure(bench: Bench) -> list[Row]:
    """Seconds from the question to the plan, as pickup plans: each table is read once, the rest is calculated."""
    stores = bench.sizes.scaled(STORES, STORES_MIN)
    chassis = ChassisSettings(database_url=await bench.on.database(NAME, EMPTY))
    connection = await connect(chassis, "bench")
    try:
        await migrate(connection, chassis.database_schema, pickup.app.SERVICE.migrations)
        await connection.execute(SQL.insert_stores, stores)
        await connection.execute(SQL.insert_lanes, stores, LANES_PER_STORE)
        await connection.execute("ANALYZE")
        await plan(connection)  # so that pages, plans and the years' holidays are there
        taken = [await plan(connection) for _ in range(bench.close_rounds)]
    finally:
        await connection.close()
        await drop(bench.on, NAME)
    for seconds, cpu_seconds, _ in taken:
        bench.say(f"  {stores:,} stores: {seconds:.2f} s, {cpu_seconds:.2f} s of CPU time here")
    shipments = {number for _, _, number in taken}
    wrong = None
    if shipments != {stores * LANES_PER_STORE}:
        wrong = f"{sorted(shipments)} shipments for {stores * LANES_PER_STORE} lanes"
    whole = [seconds for seconds, _, _ in taken]
    return [
        plain("transfer_plan.whole", "s", whole, wrong=wrong, at_most=BAR_SECONDS),
        plain("transfer_plan.cpu", "s", [cpu_seconds for _, cpu_seconds, _ in taken]),
    ]


async def plan(connection: Connection) -> tuple[float, float, int]:
    """Wall-clock seconds, seconds of this process's CPU time, and how many shipments there are."""
    began, cpu_began = time.perf_counter(), time.process_time()
    lanes = {
        (row["from_location_id"], row["to_location_id"]): haulage_of(row)
        for row in await connection.fetch(SQL.read_lanes)
    }
    hours = {row["location_id"]: hours_of(row) for row in await connection.fetch(SQL.read_places)}
    now = datetime.now(UTC)
    scene = Scene(now, now, settings().policy(), lanes, hours=hours)
    trips = {shipment_id_of(*way, trip.ship_by): trip for way in lanes for trip in (scene.trip(*way),)}
    return time.perf_counter() - began, time.process_time() - cpu_began, len(trips)
