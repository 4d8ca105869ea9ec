-- What headquarters says of the network and the catalogue.

-- name: open_tasks_about_skus
-- Open tasks about SKUs that nobody knew.
SELECT task_id FROM task WHERE is_open AND kind = 'unknown_sku' AND sku = ANY($1::text[]);

-- name: open_tasks_about_locations
-- Open tasks about locations that nobody knew.
SELECT task_id FROM task WHERE is_open AND kind = 'unknown_location' AND location_id = ANY($1::text[]);

-- name: save_locations
-- Copies of locations; an older version changes nothing.
INSERT INTO location AS l
    (location_id, version, kind, prefecture, latitude, longitude, pickup_enabled, opens, closes, closed_on,
     opens_on_holidays, area)
SELECT location_id, version, kind, prefecture, latitude, longitude, pickup_enabled,
       string_to_array(opens, ',')::smallint[], string_to_array(closes, ',')::smallint[],
       string_to_array(closed_on, ',')::date[], opens_on_holidays, area
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::boolean[],
            $8::text[], $9::text[], $10::text[], $11::boolean[], $12::text[])
     AS n (location_id, version, kind, prefecture, latitude, longitude, pickup_enabled, opens, closes, closed_on,
           opens_on_holidays, area)
ON CONFLICT (location_id) DO UPDATE
SET version = excluded.version, kind = excluded.kind, prefecture = excluded.prefecture,
    latitude = excluded.latitude, longitude = excluded.longitude, pickup_enabled = excluded.pickup_enabled,
    opens = excluded.opens, closes = excluded.closes, closed_on = excluded.closed_on,
    opens_on_holidays = excluded.opens_on_holidays, area = excluded.area
WHERE l.version < excluded.version;

-- name: delete_locations
-- Forgets locations that headquarters has deleted.
DELETE FROM location WHERE location_id = ANY($1::text[]);

-- name: save_lanes
-- Copies of lanes; an older version changes nothing.
INSERT INTO lane AS l (from_location_id, to_location_id, version, days, cut_off_minutes, transit_days, runs_on_holidays)
SELECT from_location_id, to_location_id, version, string_to_array(days, ',')::smallint[], cut_off_minutes, transit_days,
       runs_on_holidays
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::integer[], $6::integer[], $7::boolean[])
     AS n (from_location_id, to_location_id, version, days, cut_off_minutes, transit_days, runs_on_holidays)
ON CONFLICT (to_location_id, from_location_id) DO UPDATE
SET version = excluded.version, days = excluded.days, cut_off_minutes = excluded.cut_off_minutes,
    transit_days = excluded.transit_days, runs_on_holidays = excluded.runs_on_holidays
WHERE l.version < excluded.version;

-- name: delete_lanes
-- Forgets lanes that headquarters has deleted; a key is from:to.
DELETE FROM lane WHERE (from_location_id, to_location_id) IN (
    SELECT split_part(k, ':', 1), split_part(k, ':', 2) FROM unnest($1::text[]) AS k
);

-- name: save_products
-- Which SKUs there are, of which category they are and what they cost; an older version changes nothing. Returns the SKUs
-- that are of another category than before, new ones among them.
WITH before AS (
    SELECT p.sku, p.category FROM unnest($1::text[]) AS k (sku)
    CROSS JOIN LATERAL (SELECT * FROM product AS p WHERE p.sku = k.sku LIMIT 1) AS p
), written AS (
    INSERT INTO product AS p (sku, version, category, price_jpy)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[])
    ON CONFLICT (sku) DO UPDATE
    SET version = excluded.version, category = excluded.category, price_jpy = excluded.price_jpy
    WHERE p.version < excluded.version
    RETURNING p.sku, p.category
)
SELECT w.sku FROM written AS w LEFT JOIN before AS b ON b.sku = w.sku
WHERE b.category IS DISTINCT FROM w.category
ORDER BY w.sku;

-- name: delete_products
-- Forgets SKUs that headquarters has deleted.
DELETE FROM product WHERE sku = ANY($1::text[]);

-- name: save_capacities
-- How much more pickup work locations can take; an older version changes nothing.
INSERT INTO capacity AS c (location_id, version, is_open, minutes_left_today, as_of, ahead_until, ahead_minutes)
SELECT location_id, version, is_open, minutes_left_today, as_of, ahead_until, ahead_minutes
FROM jsonb_populate_recordset(NULL::capacity, $1::jsonb)
ON CONFLICT (location_id) DO UPDATE
SET version = excluded.version, is_open = excluded.is_open, minutes_left_today = excluded.minutes_left_today,
    as_of = excluded.as_of, ahead_until = excluded.ahead_until, ahead_minutes = excluded.ahead_minutes
WHERE c.version < excluded.version;

-- name: forget_picker_time
-- Forgets promised minutes that pickup's news count by now.
DELETE FROM picker_time AS p USING unnest($1::text[], $2::timestamptz[]) AS n (location_id, before)
WHERE p.location_id = n.location_id AND p.promised_at <= n.before;

-- name: delete_capacities
-- Forgets what pickup said of locations, and what was promised of it.
WITH promised AS (DELETE FROM picker_time WHERE location_id = ANY($1::text[]))
DELETE FROM capacity WHERE location_id = ANY($1::text[]);
