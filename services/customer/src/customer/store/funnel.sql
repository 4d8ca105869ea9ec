-- How far customers came, and over which channels: read for who looks at them all.

-- name: funnel
-- How many customers reached each stage in a time, by the channel in which they were seen first then; and all of them
-- (first_channel is null).
WITH step AS MATERIALIZED (
    SELECT customer_id, stage, place, channel, at FROM journey_step WHERE at >= $1 AND at < $2
), first_step AS (
    SELECT DISTINCT ON (customer_id) customer_id, channel AS first_channel FROM step
    ORDER BY customer_id, at, place, channel
)
SELECT s.stage, f.first_channel, count(DISTINCT customer_id) AS customers
FROM step AS s JOIN first_step AS f USING (customer_id)
GROUP BY GROUPING SETS ((s.stage, f.first_channel), (s.stage));

-- name: paths
-- The first $3 steps of customers in a time, and how many took them, the most first; the same
-- step again and again is one.
WITH step AS (
    SELECT customer_id, at, place,
        CASE WHEN stage IN ('aware', 'considering') THEN 'seen:' || channel
            WHEN stage = 'returned' THEN stage
            WHEN stage = 'picked_up' THEN 'picked_up:' || channel
            ELSE 'bought:' || channel END AS what
    FROM journey_step WHERE at >= $1 AND at < $2 AND stage NOT IN ('ordered', 'returning')
), turn AS (
    SELECT customer_id, at, place, what,
        lag(what) OVER (PARTITION BY customer_id ORDER BY at, place, what) IS DISTINCT FROM what AS is_new
    FROM step
), path AS (
    SELECT (array_agg(what ORDER BY at, place, what))[1:$3::integer] AS steps FROM turn WHERE is_new GROUP BY customer_id
)
SELECT steps, count(*) AS customers FROM path GROUP BY steps ORDER BY customers DESC, steps;

-- name: insert_missing_told
-- Makes sure that there is a row to lock.
INSERT INTO journey_told (day) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: lock_told
-- What was told last of the days up to one.
SELECT version, content FROM journey_told WHERE day = $1 FOR UPDATE;

-- name: save_told
-- What is told now.
UPDATE journey_told SET version = $2, content = $3 WHERE day = $1;

-- name: told_after
-- Locks the next days after one of which something was told.
SELECT day, content FROM journey_told WHERE day > coalesce(nullif($1::text, '')::date, '-infinity') AND version > 0
ORDER BY day LIMIT $2 FOR UPDATE;

-- name: count_told
-- Of how many days something was told.
SELECT count(*) FROM journey_told WHERE version > 0;
