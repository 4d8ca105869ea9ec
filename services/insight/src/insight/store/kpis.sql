-- name: insert_kpi_changes
-- Notes what the figures of each place are to change by.
INSERT INTO kpi_change (scope, period, figures)
SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[]);

-- name: read_changed_kpis
-- Places whose figures are to change, with these, where none of the place was published in this window yet.
SELECT c.scope, c.period,
       ARRAY(
           SELECT DISTINCT n.name
           FROM kpi_change AS o CROSS JOIN LATERAL jsonb_object_keys(o.figures) AS n (name)
           WHERE o.scope = c.scope AND o.period = c.period ORDER BY n.name
       ) AS names
FROM (SELECT DISTINCT scope, period FROM kpi_change) AS c
WHERE NOT EXISTS (
    SELECT FROM kpi AS k WHERE k.scope = c.scope AND k.period = c.period AND k.published_window >= $1
)
ORDER BY c.scope, c.period LIMIT $2;

-- name: take_kpi_changes
-- Takes what the figures of some places are to change by, added up; what another transaction takes is left to it.
WITH wanted AS (
    SELECT c.change_id
    FROM kpi_change AS c
    JOIN unnest($1::text[], $2::text[]) AS k (scope, period) ON c.scope = k.scope AND c.period = k.period
    FOR UPDATE OF c SKIP LOCKED
), taken AS (
    DELETE FROM kpi_change AS c USING wanted AS w WHERE c.change_id = w.change_id
    RETURNING c.scope, c.period, c.figures
)
SELECT n.name, t.scope, t.period, sum((n.change ->> 0)::float8) AS amount, sum((n.change ->> 1)::bigint)::bigint AS count
FROM taken AS t CROSS JOIN LATERAL jsonb_each(t.figures) AS n (name, change)
GROUP BY n.name, t.scope, t.period ORDER BY n.name, t.scope, t.period;

-- name: change_kpis
-- Changes figures, and says what they are now.
UPDATE kpi AS k
SET amount = k.amount + n.amount, count = k.count + n.count, version = k.version + 1, published_window = $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::bigint[]) AS n (name, scope, period, amount, count)
WHERE k.name = n.name AND k.scope = n.scope AND k.period = n.period
RETURNING k.name, k.scope, k.period, k.version, k.target, k.owner, k.due, k.baseline;

-- name: read_amounts
-- What some figures come to.
SELECT k.name, k.scope, k.period, k.amount, k.count
FROM kpi AS k
JOIN unnest($1::text[], $2::text[], $3::text[]) AS n (name, scope, period)
  ON k.name = n.name AND k.scope = n.scope AND k.period = n.period;

-- name: are_kpi_changes_left
-- Whether figures are to change that were not taken this time.
SELECT EXISTS (SELECT FROM kpi_change);

-- name: read_expired_kpis
-- Some daily figures from before a day.
SELECT name, scope, period FROM kpi WHERE period <> 'total' AND period < $1 ORDER BY name, scope, period LIMIT $2;

-- name: read_undefined_kpis
-- Some figures whose name is none of these. The names that there are, are found one by one in the primary key: a few
-- dozen look-ups, however many rows there are.
WITH RECURSIVE there (name) AS (
    SELECT min(name) FROM kpi
    UNION ALL
    SELECT (SELECT min(k.name) FROM kpi AS k WHERE k.name > there.name) FROM there WHERE there.name IS NOT NULL
)
SELECT k.name, k.scope, k.period
FROM there
CROSS JOIN LATERAL (
    SELECT u.name, u.scope, u.period FROM kpi AS u WHERE u.name = there.name ORDER BY u.scope, u.period LIMIT $2
) AS k
WHERE there.name <> ALL($1::text[])
LIMIT $2;

-- name: read_kpis_of_periods
-- The figures of some names, each in a period.
SELECT k.name, k.scope, k.period
FROM kpi AS k JOIN unnest($1::text[], $2::text[]) AS n (name, period) ON k.name = n.name AND k.period = n.period
ORDER BY k.name, k.scope, k.period;

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

-- name: lock_kpis_after
-- Locks the next figures after one that were published, and says what they are.
SELECT name, scope, period, version, target, owner, due, baseline FROM kpi
WHERE (name, scope, period) > ($1, $2, $3) AND version > 0
ORDER BY name, scope, period LIMIT $4
FOR UPDATE;

-- name: count_kpis
-- How many figures were published.
SELECT count(*) FROM kpi WHERE version > 0;
