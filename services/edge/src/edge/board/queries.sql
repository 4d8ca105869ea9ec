-- name: keep_shown
-- Keeps the newest version of what a topic tells.
INSERT INTO shown (topic, key, version, body)
SELECT $1, n.key, n.version, n.body FROM unnest($2::text[], $3::bigint[], $4::jsonb[]) AS n (key, version, body)
ORDER BY n.key
ON CONFLICT (topic, key) DO UPDATE SET version = excluded.version, body = excluded.body
WHERE shown.version < excluded.version;

-- name: forget_shown
-- Forgets what a topic has deleted.
DELETE FROM shown WHERE topic = $1 AND key = ANY($2::text[]);

-- name: read_shown
-- All that a topic tells, by key.
SELECT body FROM shown WHERE topic = $1 ORDER BY key LIMIT $2;

-- name: read_latest_shown
-- What a topic tells under the last key that is not after one.
SELECT body FROM shown WHERE topic = $1 AND key <= $2 ORDER BY key DESC LIMIT 1;

-- name: keep_found
-- Keeps what was found out; the first answer stands.
INSERT INTO found (wire_type, question_id, body, told_at)
SELECT n.wire_type, n.question_id, n.body, $4
FROM unnest($1::text[], $2::text[], $3::jsonb[]) AS n (wire_type, question_id, body)
ORDER BY n.wire_type, n.question_id ON CONFLICT DO NOTHING;

-- name: read_found
-- One answer.
SELECT body FROM found WHERE wire_type = $1 AND question_id = $2;

-- name: read_latest_found
-- The latest answers of a kind.
SELECT body FROM found WHERE wire_type = $1 ORDER BY told_at DESC, question_id LIMIT $2;

-- name: delete_found
-- Forgets old answers, a bounded number at a time.
DELETE FROM found WHERE (wire_type, question_id) IN (
    SELECT wire_type, question_id FROM found WHERE told_at < $1 ORDER BY told_at LIMIT $2
);

-- name: read_kpi_days
-- A KPI by day, for one scope, the earliest first.
SELECT body FROM kpi
WHERE name = $1 AND scope = $2 AND period BETWEEN $3 AND $4 AND period ~ '^\d{4}-\d{2}-\d{2}$'
ORDER BY period LIMIT $5;

-- name: read_sums
-- What figures that are sums come to by scope and day, week or month.
SELECT name, scope,
       CASE $4 WHEN 'week' THEN to_char(period::date, 'IYYY-"W"IW') WHEN 'month' THEN to_char(period::date, 'YYYY-MM')
               ELSE period END AS by_period,
       coalesce(sum((body ->> 'value')::numeric), 0)::bigint AS amount
FROM kpi
WHERE name = ANY($1::text[]) AND period BETWEEN $2 AND $3 AND period ~ '^\d{4}-\d{2}-\d{2}$'
GROUP BY name, scope, by_period
ORDER BY by_period, scope, name LIMIT $5;
