-- name: insert_missing_sales
-- Makes sure that there is a row to lock.
INSERT INTO sale (sale_id) SELECT k FROM unnest($1::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_sales
-- Locks sales in the order of their ids.
SELECT sale_id FROM sale WHERE sale_id = ANY($1::text[]) ORDER BY sale_id FOR UPDATE;

-- name: insert_missing_orders
-- Makes sure that there is a row to lock.
INSERT INTO order_seen (order_id) SELECT k FROM unnest($1::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_orders
-- Locks orders in the order of their ids.
SELECT order_id FROM order_seen WHERE order_id = ANY($1::text[]) ORDER BY order_id FOR UPDATE;

-- name: insert_missing_tasks
-- Makes sure that there is a row to lock.
INSERT INTO task_seen (topic, task_id, created_at)
SELECT k.topic, k.task_id, k.created_at::timestamptz
FROM unnest($1::text[], $2::text[], $3::text[]) AS k (topic, task_id, created_at)
ORDER BY k.topic, k.task_id, k.created_at::timestamptz ON CONFLICT DO NOTHING;

-- name: lock_tasks
-- Locks tasks in the order of their topics, ids and beginnings.
SELECT t.task_id
FROM task_seen AS t
JOIN unnest($1::text[], $2::text[], $3::text[]) AS k (topic, task_id, created_at)
  ON t.topic = k.topic AND t.task_id = k.task_id AND t.created_at = k.created_at::timestamptz
ORDER BY t.topic, t.task_id, t.created_at FOR UPDATE OF t;

-- name: insert_missing_shipments
-- Makes sure that there is a row to lock.
INSERT INTO shipment_seen (shipment_id) SELECT s FROM unnest($1::text[]) AS s ORDER BY s ON CONFLICT DO NOTHING;

-- name: lock_shipments
-- Locks shipments in the order of their ids.
SELECT shipment_id FROM shipment_seen WHERE shipment_id = ANY($1::text[]) ORDER BY shipment_id FOR UPDATE;

-- name: insert_missing_records
-- Makes sure that there is a row to lock.
INSERT INTO record_version (record_key) SELECT k FROM unnest($1::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_records
-- Locks the versions of record keys in their order.
SELECT record_key FROM record_version WHERE record_key = ANY($1::text[]) ORDER BY record_key FOR UPDATE;

-- name: insert_missing_kpis
-- Makes sure that there is a row to lock.
INSERT INTO kpi (name, scope, period)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS k (name, scope, period)
ORDER BY name, scope, period ON CONFLICT DO NOTHING;

-- name: lock_kpis
-- Locks figures in the order of their keys.
SELECT p.name
FROM kpi AS p
JOIN unnest($1::text[], $2::text[], $3::text[]) AS k (name, scope, period)
  ON p.name = k.name AND p.scope = k.scope AND p.period = k.period
ORDER BY p.name, p.scope, p.period FOR UPDATE OF p;

-- name: insert_missing_journal_days
-- Makes sure that there is a row to lock.
INSERT INTO journal_day (place, business_date)
SELECT k.place, k.business_date::date FROM unnest($1::text[], $2::text[]) AS k (place, business_date)
ORDER BY k.place, k.business_date ON CONFLICT DO NOTHING;

-- name: lock_journal_days
-- Locks days of the journal in the order of their places and dates.
SELECT d.place
FROM journal_day AS d
JOIN unnest($1::text[], $2::text[]) AS k (place, business_date)
  ON d.place = k.place AND d.business_date = k.business_date::date
ORDER BY d.place, d.business_date FOR UPDATE OF d;

-- name: insert_missing_subjects
-- Makes sure that there is a row to lock.
INSERT INTO subject (subject_id) SELECT k FROM unnest($1::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_subjects
-- Locks subjects in the order of their ids, and reads their facts.
SELECT subject_id, facts FROM subject WHERE subject_id = ANY($1::text[]) ORDER BY subject_id FOR UPDATE;
