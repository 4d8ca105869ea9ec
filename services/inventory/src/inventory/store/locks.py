"""The tables whose rows are locked up front, in the order in which they are locked."""

from inventory.sql import SQL
from inventory.store import deliveries, safety
from tsunagu.chassis import LockTable

STOCK = LockTable("stock", SQL.lock_stock, SQL.insert_missing_stock, key=("location_id", "sku"))
ORDERS = LockTable("orders", SQL.lock_orders, SQL.insert_missing_orders, key=("order_id",))
HOLDS = LockTable("hold", SQL.lock_holds, SQL.insert_missing_holds)
COUNTS = LockTable("stock_count", SQL.lock_counts, SQL.insert_missing_counts)
DISCREPANCIES = LockTable("discrepancy", SQL.lock_discrepancies, SQL.insert_missing_discrepancies)
DEFAULTS = LockTable("safety_default", safety.SQL.lock_defaults, safety.SQL.insert_missing_defaults)
DELIVERIES = LockTable("delivery", deliveries.SQL.lock_deliveries, deliveries.SQL.insert_missing_deliveries)

LOCKS = (STOCK, ORDERS, HOLDS, COUNTS, DISCREPANCIES, DEFAULTS, DELIVERIES)
