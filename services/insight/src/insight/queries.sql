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

-- name: read_location_kinds
-- The kinds of the locations that are known.
SELECT location_id, kind FROM location WHERE location_id = ANY($1::text[]);

-- name: read_all_location_kinds
-- The kinds of all locations, for a comparison.
SELECT location_id, kind FROM location;

-- name: upsert_locations
-- Keeps the highest version of each location.
INSERT INTO location AS l (location_id, kind, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS n (location_id, kind, version) ORDER BY location_id
ON CONFLICT (location_id) DO UPDATE SET kind = excluded.kind, version = excluded.version
WHERE l.version < excluded.version;

-- name: read_missed_locations
-- Which of these locations were unknown when a sale needed them.
SELECT k FROM unnest($1::text[]) AS k
WHERE EXISTS (SELECT FROM sale_document AS d
              WHERE d.unknown_location_ids <> '{}' AND d.unknown_location_ids @> ARRAY[k]);

-- name: read_sales_missing_location
-- Some sales that were credited without knowing one of these locations, which are known by now.
SELECT DISTINCT d.sale_id
FROM location AS l
JOIN sale_document AS d ON d.unknown_location_ids <> '{}' AND d.unknown_location_ids @> ARRAY[l.location_id]
WHERE l.location_id = ANY($1::text[])
ORDER BY d.sale_id LIMIT $2;

-- name: forget_unknown_locations
-- Takes locations off what these sales did not know.
UPDATE sale_document
SET unknown_location_ids =
    (SELECT coalesce(array_agg(u), '{}') FROM unnest(unknown_location_ids) AS u WHERE u <> ALL($2::text[]))
WHERE sale_id = ANY($1::text[]) AND unknown_location_ids && $2::text[];

-- name: read_policies
-- Policies that were used or adopted, as they were then.
SELECT policy_id, body FROM credit_policy WHERE policy_id = ANY($1::text[]);

-- name: insert_policies
-- Keeps policies that are used for the first time.
INSERT INTO credit_policy (policy_id, body, recorded_at)
SELECT policy_id, body, $3 FROM unnest($1::text[], $2::jsonb[]) AS n (policy_id, body)
ORDER BY policy_id ON CONFLICT DO NOTHING;

-- name: read_adoptions
-- All adoptions in the order in which they were made.
SELECT policy_id, effective_from FROM policy_adoption ORDER BY adoption_number;

-- name: insert_adoptions
-- Puts policies into force.
INSERT INTO policy_adoption (adoption_id, policy_id, effective_from, recorded_at)
SELECT adoption_id, policy_id, effective_from, $4
FROM unnest($1::text[], $2::text[], $3::date[]) WITH ORDINALITY AS n (adoption_id, policy_id, effective_from, place)
ORDER BY place;

-- name: read_documents
-- All documents of some sales.
SELECT sale_id, document_id, kind, receipt_id, occurred_at, business_day, lines, basis, policy_id
FROM sale_document WHERE sale_id = ANY($1::text[]) ORDER BY sale_id, occurred_at, document_id;

-- name: read_balances
-- What each account of some sales stands at.
SELECT sale_id, document_id, role, party_kind, party_id, sum(amount_jpy)::bigint AS amount_jpy
FROM credit_entry WHERE sale_id = ANY($1::text[])
GROUP BY sale_id, document_id, role, party_kind, party_id;

-- name: insert_documents
-- Adds documents to their sales.
INSERT INTO sale_document (sale_id, document_id, kind, receipt_id, occurred_at, business_day, lines, basis, policy_id,
                           unknown_location_ids, recorded_at)
SELECT sale_id, document_id, kind, receipt_id, occurred_at, business_day, lines::jsonb, basis, policy_id,
       string_to_array(unknown_location_ids, ':'), $11
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::date[], $7::text[], $8::jsonb[],
            $9::text[], $10::text[])
     AS n (sale_id, document_id, kind, receipt_id, occurred_at, business_day, lines, basis, policy_id,
           unknown_location_ids);

-- name: insert_entries
-- Adds to the ledger, in order.
INSERT INTO credit_entry (sale_id, document_id, role, party_kind, party_id, amount_jpy, policy_id, cause_kind,
                          cause_id, recorded_at)
SELECT sale_id, document_id, role, party_kind, party_id, amount_jpy, policy_id, cause_kind, cause_id, $10
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],
            $9::text[]) WITH ORDINALITY
     AS n (sale_id, document_id, role, party_kind, party_id, amount_jpy, policy_id, cause_kind, cause_id, place)
ORDER BY place;

-- name: update_sales
-- Writes what sales amount to; the table checks that the credit is what was sold and did not come back.
UPDATE sale AS s SET sold_jpy = n.sold_jpy, returned_jpy = n.returned_jpy, credited_jpy = n.credited_jpy
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS n (sale_id, sold_jpy, returned_jpy, credited_jpy)
WHERE s.sale_id = n.sale_id;

-- name: read_sales_sold_between
-- The next sales, by id, of which something was sold on the days from $1 to $2.
SELECT DISTINCT sale_id FROM sale_document
WHERE basis IS NOT NULL AND business_day BETWEEN $1 AND $2 AND sale_id > $3
ORDER BY sale_id LIMIT $4;

-- name: read_credit_between
-- What each party is credited for what was sold on the days from $1 to $2.
SELECT e.party_kind, e.party_id, sum(e.amount_jpy)::bigint AS amount_jpy
FROM sale_document AS d
JOIN credit_entry AS e ON e.sale_id = d.sale_id AND e.document_id = d.document_id
WHERE d.basis IS NOT NULL AND d.business_day BETWEEN $1 AND $2
GROUP BY e.party_kind, e.party_id;

-- name: read_sale
-- What a sale amounts to.
SELECT sale_id, sold_jpy, returned_jpy, credited_jpy FROM sale WHERE sale_id = $1;

-- name: read_sale_entries
-- A sale's credit, entry by entry.
SELECT document_id, role, party_kind, party_id, amount_jpy, policy_id, cause_kind, cause_id, recorded_at
FROM credit_entry WHERE sale_id = $1 ORDER BY entry_id;

-- name: read_orders
-- What is known of some orders.
SELECT order_id, channel, location_ids FROM order_seen WHERE order_id = ANY($1::text[]);

-- name: update_orders
-- Keeps channel and locations of orders.
UPDATE order_seen AS o SET channel = n.channel, location_ids = string_to_array(n.location_ids, ':')
FROM unnest($1::text[], $2::text[], $3::text[]) AS n (order_id, channel, location_ids)
WHERE o.order_id = n.order_id;

-- name: read_steps
-- The steps that some orders have taken.
SELECT order_id, step FROM order_step WHERE order_id = ANY($1::text[]);

-- name: insert_steps
-- Adds steps of orders, counted or waiting.
INSERT INTO order_step (order_id, step, location_ids, business_day, counted)
SELECT order_id, step, string_to_array(location_ids, ':'), business_day, counted
FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::boolean[])
     AS n (order_id, step, location_ids, business_day, counted);

-- name: count_waiting_steps
-- Takes the steps that have waited for the channel of their order.
UPDATE order_step SET counted = true WHERE order_id = ANY($1::text[]) AND NOT counted
RETURNING order_id, step, location_ids, business_day;

-- name: read_tasks
-- The highest versions of some tasks so far that were work, and that work.
SELECT t.topic, t.task_id, t.created_at, t.version, t.minutes, t.measured, t.kind, t.location_id, t.order_id,
       t.business_day
FROM task_seen AS t
JOIN unnest($1::text[], $2::text[], $3::timestamptz[]) AS k (topic, task_id, created_at)
  ON t.topic = k.topic AND t.task_id = k.task_id AND t.created_at = k.created_at;

-- name: update_tasks
-- Keeps the highest versions of tasks that were work, and that work.
UPDATE task_seen AS t
SET version = n.version, minutes = n.minutes, measured = n.measured, kind = n.kind, location_id = n.location_id,
    order_id = n.order_id, business_day = n.business_day
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::float8[], $6::boolean[], $7::text[], $8::text[],
            $9::text[], $10::date[])
     AS n (topic, task_id, created_at, version, minutes, measured, kind, location_id, order_id, business_day)
WHERE t.topic = n.topic AND t.task_id = n.task_id AND t.created_at = n.created_at;

-- name: read_shipments
-- The highest versions of some shipments so far, and what is booked for them.
SELECT shipment_id, version, owner, business_day, cost_jpy FROM shipment_seen WHERE shipment_id = ANY($1::text[]);

-- name: update_shipments
-- Keeps the highest versions of shipments, and what is booked for them.
UPDATE shipment_seen AS s
SET version = n.version, owner = n.owner, business_day = n.business_day, cost_jpy = n.cost_jpy
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::date[], $5::bigint[])
    AS n (shipment_id, version, owner, business_day, cost_jpy)
WHERE s.shipment_id = n.shipment_id;

-- name: insert_kpi_changes
-- Notes what figures are to change by.
INSERT INTO kpi_change (name, scope, period, amount, count)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::bigint[]);

-- name: read_changed_kpis
-- Figures that are to change and were not published in this window yet.
SELECT DISTINCT c.name, c.scope, c.period
FROM kpi_change AS c
LEFT JOIN kpi AS k ON k.name = c.name AND k.scope = c.scope AND k.period = c.period
WHERE k.published_window IS NULL OR k.published_window < $1
ORDER BY c.name, c.scope, c.period LIMIT $2;

-- name: take_kpi_changes
-- Takes what some figures are to change by, added up, in the order of their keys.
WITH taken AS (
    DELETE FROM kpi_change AS c
    USING unnest($1::text[], $2::text[], $3::text[]) AS k (name, scope, period)
    WHERE c.name = k.name AND c.scope = k.scope AND c.period = k.period
    RETURNING c.name, c.scope, c.period, c.amount, c.count
)
SELECT name, scope, period, sum(amount) AS amount, sum(count)::bigint AS count
FROM taken GROUP BY name, scope, period ORDER BY name, scope, period;

-- name: change_kpis
-- Changes figures, and says what they are now.
UPDATE kpi AS k
SET amount = k.amount + n.amount, count = k.count + n.count, version = k.version + 1, published_window = $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::bigint[]) AS n (name, scope, period, amount, count)
WHERE k.name = n.name AND k.scope = n.scope AND k.period = n.period
RETURNING k.name, k.scope, k.period, k.amount, k.count, k.version, k.target, k.owner, k.due, k.baseline;

-- name: are_kpi_changes_left
-- Whether figures are to change that were not taken this time.
SELECT EXISTS (SELECT FROM kpi_change);

-- name: read_expired_kpis
-- Some daily figures from before a day.
SELECT name, scope, period FROM kpi WHERE period <> 'total' AND period < $1 ORDER BY name, scope, period LIMIT $2;

-- name: delete_kpis
-- Forgets figures.
DELETE FROM kpi AS k USING unnest($1::text[], $2::text[], $3::text[]) AS n (name, scope, period)
WHERE k.name = n.name AND k.scope = n.scope AND k.period = n.period;

-- name: set_targets
-- Keeps the target of each figure, with who answers for it and by when.
UPDATE kpi AS k SET target = n.target, owner = n.owner, due = n.due
FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::text[], $6::date[])
     AS n (name, scope, period, target, owner, due)
WHERE k.name = n.name AND k.scope = n.scope AND k.period = n.period;

-- name: set_baselines
-- Keeps the figure that each later one is compared with.
UPDATE kpi AS k SET baseline = n.baseline
FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[]) AS n (name, scope, period, baseline)
WHERE k.name = n.name AND k.scope = n.scope AND k.period = n.period;

-- name: read_record_versions
-- How many events there are per record key.
SELECT record_key, version FROM record_version WHERE record_key = ANY($1::text[]);

-- name: update_record_versions
-- Keeps how many events there are per record key.
UPDATE record_version AS r SET version = n.version
FROM unnest($1::text[], $2::bigint[]) AS n (record_key, version) WHERE r.record_key = n.record_key;

-- name: insert_board_records
-- Puts targets, baselines and measures on record.
INSERT INTO board_record (kind, record_id, record_key, version, body, recorded_at)
SELECT kind, record_id, record_key, version, body, $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[])
     AS n (kind, record_id, record_key, version, body);

-- name: lock_kpis_after
-- Locks the next figures after one that were published, and says what they are.
SELECT name, scope, period, amount, count, version, target, owner, due, baseline FROM kpi
WHERE (name, scope, period) > ($1, $2, $3) AND version > 0
ORDER BY name, scope, period LIMIT $4
FOR UPDATE;

-- name: count_kpis
-- How many figures were published.
SELECT count(*) FROM kpi WHERE version > 0;

-- name: minutes_of_order
-- What work an order took, by store, day and kind of task.
SELECT location_id, business_day, kind, sum(minutes) AS minutes,
       coalesce(sum(minutes) FILTER (WHERE measured), 0) AS measured_minutes, count(*) AS tasks
FROM task_seen WHERE order_id = $1 AND minutes IS NOT NULL
GROUP BY location_id, business_day, kind ORDER BY business_day, location_id, kind;
