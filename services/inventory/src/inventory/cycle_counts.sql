-- What is to be counted next.

-- name: begin_count_round
-- Takes one location whose stock was not looked through today, the first after a given one. A second process waits
-- for the page of the first, and goes on after it.
INSERT INTO count_round AS r (location_id, day)
SELECT l.location_id, $1::date FROM location AS l
LEFT JOIN LATERAL (
    SELECT c.day, c.is_done FROM count_round AS c WHERE c.location_id = l.location_id LIMIT 1
) AS c ON true
WHERE l.location_id > $2 AND (c.day IS NULL OR c.day < $1::date OR NOT c.is_done)
ORDER BY l.location_id LIMIT 1
ON CONFLICT (location_id) DO UPDATE SET
    day = excluded.day,
    after_sku = CASE WHEN r.day < excluded.day THEN '' ELSE r.after_sku END,
    worst = CASE WHEN r.day < excluded.day THEN '[]' ELSE r.worst END,
    is_done = r.is_done AND r.day >= excluded.day
RETURNING location_id, after_sku, worst, is_done;

-- name: stock_page
-- A page of a location's stock in the order of SKUs, with what each costs.
SELECT s.*, coalesce(p.price_jpy, 0) AS price_jpy
FROM (
    SELECT * FROM stock AS s WHERE s.location_id = $1 AND s.sku > $2 ORDER BY s.sku LIMIT $3
) AS s
LEFT JOIN LATERAL (SELECT p.price_jpy FROM product AS p WHERE p.sku = s.sku LIMIT 1) AS p ON true
ORDER BY s.sku;

-- name: save_count_round
-- Notes how far a location was looked through.
INSERT INTO count_round (location_id, day, after_sku, worst, is_done) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (location_id) DO UPDATE
SET day = excluded.day, after_sku = excluded.after_sku, worst = excluded.worst, is_done = excluded.is_done;

-- name: open_count_tasks
-- SKUs that somebody at a location is asked to count already.
SELECT sku FROM task WHERE is_open AND location_id = $1 AND kind = 'count' LIMIT $2;
