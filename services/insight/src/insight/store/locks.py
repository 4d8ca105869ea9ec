"""The tables whose rows batches lock, in the order in which they are locked."""

from tsunagu.chassis import LockTable, beside

SQL = beside(__file__, "locks.sql")

SALES = LockTable("sale", SQL.lock_sales, SQL.insert_missing_sales)
ORDERS = LockTable("order_seen", SQL.lock_orders, SQL.insert_missing_orders)
TASKS = LockTable("task_seen", SQL.lock_tasks, SQL.insert_missing_tasks)
SHIPMENTS = LockTable("shipment_seen", SQL.lock_shipments, SQL.insert_missing_shipments)
RECORDS = LockTable("record_version", SQL.lock_records, SQL.insert_missing_records)
KPIS = LockTable("kpi", SQL.lock_kpis, SQL.insert_missing_kpis)
SUBJECTS = LockTable("subject", SQL.lock_subjects, SQL.insert_missing_subjects, key=("subject_id",))
JOURNAL_DAYS = LockTable("journal_day", SQL.lock_journal_days, SQL.insert_missing_journal_days)

LOCKS = (SALES, ORDERS, SUBJECTS, TASKS, SHIPMENTS, RECORDS, KPIS, JOURNAL_DAYS)
