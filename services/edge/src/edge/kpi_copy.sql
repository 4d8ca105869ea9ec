-- name: keep_kpis
-- Keeps the newest version of each figure.
INSERT INTO kpi (kpi_id, version, name, scope, period, body)
SELECT n.kpi_id, n.version, n.name, n.scope, n.period, n.body
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::jsonb[])
     AS n (kpi_id, version, name, scope, period, body)
ORDER BY n.kpi_id
ON CONFLICT (kpi_id) DO UPDATE SET version = excluded.version, body = excluded.body
WHERE kpi.version < excluded.version;

-- name: delete_old_kpis
-- Forgets some figures of days before one; "total" sorts behind every day.
DELETE FROM kpi WHERE kpi_id IN (SELECT kpi_id FROM kpi WHERE period < $1 LIMIT $2);

-- name: forget_kpis
-- Forgets figures that insight has deleted.
DELETE FROM kpi WHERE kpi_id = ANY($1::text[]);

-- name: read_kpis
-- Figures by name, scope and period; each may be left open. The latest periods first.
SELECT body
FROM kpi
WHERE ($1::text IS NULL OR name = $1) AND ($2::text IS NULL OR scope = $2) AND ($3::text IS NULL OR period = $3)
ORDER BY period DESC, name, scope
LIMIT $4;
