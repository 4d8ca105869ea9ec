-- name: read_days
-- What some figures come to by day, for some scopes or (null) all.
SELECT scope, period::date AS day, name, amount, count
FROM kpi
WHERE name = ANY($1::text[]) AND period <> 'total' AND period BETWEEN $3 AND $4
  AND ($2::text[] IS NULL OR scope = ANY($2))
ORDER BY scope, period, name LIMIT $5;

-- name: read_first_days
-- Since which day there is anything of some scopes.
SELECT s AS scope, (SELECT min(period) FROM kpi WHERE scope = s AND period <> 'total')::date AS day
FROM unnest($1::text[]) AS s;

-- name: is_scope
-- Whether anything was ever counted, or is about to be, under a scope.
SELECT EXISTS (SELECT FROM kpi WHERE scope = $1) OR EXISTS (SELECT FROM location WHERE location_id = $1);

-- name: read_comparable_stores
-- Stores for which nobody has recorded a measure about a KPI.
SELECT l.location_id FROM location AS l
WHERE l.kind = 'store' AND NOT EXISTS (
    SELECT FROM board_record AS b
    WHERE b.kind = 'measure' AND b.body ->> 'kpi' = $1 AND b.body ->> 'scope' = l.location_id
)
ORDER BY l.location_id;

-- name: is_store
-- Whether a scope is a store.
SELECT EXISTS (SELECT FROM location WHERE location_id = $1 AND kind = 'store');

-- name: read_measures
-- Measures on record, the latest first.
SELECT record_id, body FROM board_record WHERE kind = 'measure' ORDER BY recorded_at DESC, record_id LIMIT $1;

-- name: read_measure
-- A measure on record.
SELECT body FROM board_record WHERE kind = 'measure' AND record_id = $1;

-- name: read_subjects_after
-- The next subjects that add to some figures, of a day or of all; the company is in every scope.
SELECT subject_id, facts FROM subject
WHERE subject_id > $1 AND figures && $2::text[] AND ($3::date IS NULL OR days @> ARRAY[$3::date])
  AND ($4 = 'all' OR scopes @> ARRAY[$4])
ORDER BY subject_id LIMIT $5;

-- name: read_others_after
-- The next orders, tasks and sales that make some figures, of a day or of all; the company is in every scope. All rows
-- of the last one, so that none of them is left between two pages.
SELECT figure, subject_id, day, amount, count FROM (
    SELECT s.step AS figure, 'order:' || s.order_id AS subject_id, s.business_day AS day, 1::float8 AS amount,
           1::bigint AS count,
           o.channel || CASE WHEN s.location_ids = '{}' THEN o.location_ids ELSE s.location_ids END AS scopes
    FROM order_step AS s JOIN order_seen AS o USING (order_id) WHERE s.counted
    UNION ALL
    SELECT 'minutes_per_order', 'order:' || s.order_id, min(s.business_day), 0, 1, array_agg(l.location_id)
    FROM order_step AS s CROSS JOIN LATERAL unnest(s.location_ids) AS l (location_id)
    WHERE s.step IN ('orders_collected', 'orders_delivered') GROUP BY s.order_id
    UNION ALL
    SELECT 'minutes_per_order', 'task:' || task_id, business_day, sum(minutes), 0, ARRAY[location_id]
    FROM task_seen WHERE order_id IS NOT NULL AND minutes IS NOT NULL
    GROUP BY task_id, business_day, location_id
    UNION ALL
    SELECT 'credit_jpy', d.sale_id, d.business_day, sum(e.amount_jpy), count(*),
           ARRAY[d.basis ->> 'channel', CASE e.party_kind WHEN 'store' THEN e.party_id ELSE 'dept-' || e.party_id END]
    FROM credit_entry AS e JOIN sale_document AS d USING (sale_id, document_id)
    WHERE d.basis IS NOT NULL
    GROUP BY d.sale_id, d.business_day, d.basis ->> 'channel', e.party_kind, e.party_id
) AS made
WHERE figure = ANY($2::text[]) AND subject_id COLLATE "C" > $1 AND ($3::date IS NULL OR day = $3)
  AND ($4 = 'all' OR $4 = ANY(scopes))
ORDER BY subject_id COLLATE "C" FETCH FIRST $5 ROWS WITH TIES;
