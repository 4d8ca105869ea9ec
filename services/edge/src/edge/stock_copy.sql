-- name: keep_locations
-- Keeps the newest version of each location.
INSERT INTO location (location_id, version, name_ja, name_en, kind, prefecture, city, address, latitude, longitude,
                      pickup_enabled, opening_hours, closed_dates, opens_on_holidays, place_names)
SELECT n.location_id, n.version, n.name_ja, n.name_en, n.kind, n.prefecture, n.city, n.address, n.latitude,
       n.longitude, n.pickup_enabled, n.opening_hours::jsonb, n.closed_dates::jsonb,
       n.opens_on_holidays, string_to_array(n.place_names, E'\n')
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::float8[], $10::float8[], $11::boolean[], $12::text[], $13::text[], $14::boolean[], $15::text[])
     AS n (location_id, version, name_ja, name_en, kind, prefecture, city, address, latitude, longitude,
           pickup_enabled, opening_hours, closed_dates, opens_on_holidays, place_names)
ORDER BY n.location_id
ON CONFLICT (location_id) DO UPDATE
SET version = excluded.version, name_ja = excluded.name_ja, name_en = excluded.name_en, kind = excluded.kind,
    prefecture = excluded.prefecture, city = excluded.city, address = excluded.address,
    latitude = excluded.latitude, longitude = excluded.longitude, pickup_enabled = excluded.pickup_enabled,
    opening_hours = excluded.opening_hours, closed_dates = excluded.closed_dates,
    opens_on_holidays = excluded.opens_on_holidays,
    place_names = excluded.place_names
WHERE location.version < excluded.version;

-- name: forget_locations
-- Forgets locations that are no more.
DELETE FROM location WHERE location_id = ANY($1::text[]);

-- name: read_band_draws
-- By how many pieces more the limits of bands lie, where that was drawn already.
SELECT b.sku, b.location_id, b.few_more, b.available_more
FROM unnest($1::text[], $2::text[]) AS n (sku, location_id)
JOIN stock_band AS b ON b.sku = n.sku AND b.location_id = n.location_id;

-- name: keep_bands
-- Keeps the newest band of each product at each location; what was drawn for it stays.
INSERT INTO stock_band (sku, location_id, version, band, as_of, few_more, available_more)
SELECT n.sku, n.location_id, n.version, n.band, n.as_of, n.few_more, n.available_more
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[], $6::smallint[], $7::smallint[])
     AS n (sku, location_id, version, band, as_of, few_more, available_more)
ORDER BY n.sku, n.location_id
ON CONFLICT (sku, location_id) DO UPDATE
SET version = excluded.version, band = excluded.band, as_of = excluded.as_of
WHERE stock_band.version < excluded.version;

-- name: forget_bands
-- Forgets products at locations where they are kept no more.
DELETE FROM stock_band AS b
USING unnest($1::text[], $2::text[]) AS n (sku, location_id)
WHERE b.sku = n.sku AND b.location_id = n.location_id;

-- name: keep_feeds
-- Keeps when each location was last heard from.
INSERT INTO feed (location_id, version, last_seen_at)
SELECT n.location_id, n.version, n.last_seen_at
FROM unnest($1::text[], $2::bigint[], $3::timestamptz[]) AS n (location_id, version, last_seen_at)
ORDER BY n.location_id
ON CONFLICT (location_id) DO UPDATE
SET version = excluded.version, last_seen_at = excluded.last_seen_at
WHERE feed.version < excluded.version;

-- name: forget_feeds
-- Forgets locations that send nothing any more.
DELETE FROM feed WHERE location_id = ANY($1::text[]);

-- name: find_city
-- Where the locations of a city are, in the middle; a row for each prefecture that has one of the name.
SELECT prefecture, avg(latitude) AS latitude, avg(longitude) AS longitude
FROM location
WHERE place_names @> ARRAY[$1::text]
GROUP BY prefecture
ORDER BY prefecture
LIMIT 5;

-- name: read_location_id
-- Whether a location is known.
SELECT location_id FROM location WHERE location_id = $1;

-- name: stock_near
-- Where a product is, nearest first: great-circle distance (haversine) on a sphere of 6,371.0088 km (IUGG mean radius).
-- Its age is the location's: the product's own would tell when a piece of it was sold or promised, band or not.
SELECT l.location_id, l.version, b.band, coalesce(f.last_seen_at, b.as_of) AS as_of, f.last_seen_at,
       2 * 6371.0088 * asin(least(1, sqrt(
           power(sin(radians(l.latitude - $2) / 2), 2)
           + cos(radians($2)) * cos(radians(l.latitude)) * power(sin(radians(l.longitude - $3) / 2), 2)
       ))) AS distance_km
FROM stock_band AS b
JOIN location AS l ON l.location_id = b.location_id
LEFT JOIN feed AS f ON f.location_id = b.location_id
WHERE b.sku = $1 AND l.kind <> 'warehouse' AND (b.band <> 'none' OR NOT $4::boolean)
ORDER BY distance_km, l.location_id
LIMIT $5;

-- name: locations_near
-- Where shoppers may go, nearest first, and how many such places there are: great-circle distance, as for stock.
SELECT location_id, version,
       2 * 6371.0088 * asin(least(1, sqrt(
           power(sin(radians(latitude - $1) / 2), 2)
           + cos(radians($1)) * cos(radians(latitude)) * power(sin(radians(longitude - $2) / 2), 2)
       ))) AS distance_km,
       count(*) OVER () AS all_of_them
FROM location
WHERE kind <> 'warehouse'
ORDER BY distance_km, location_id
LIMIT $3;

-- name: read_locations
-- Locations as they are shown. Apart from where they are: who looks knows most of them, and reading these costs more.
SELECT location_id, version, name_ja, name_en, kind, prefecture, city, address, latitude, longitude, pickup_enabled,
       opening_hours, closed_dates, opens_on_holidays
FROM location
WHERE location_id = ANY($1::text[]);

-- name: stock_at
-- A product's band at each of some locations, as old as the location's news; one row without a location where the
-- product is at none of them.
SELECT b.location_id, b.band, coalesce(f.last_seen_at, b.as_of) AS as_of, f.last_seen_at
FROM product AS p
LEFT JOIN stock_band AS b ON b.sku = p.sku AND b.location_id = ANY($2::text[])
LEFT JOIN feed AS f ON f.location_id = b.location_id
WHERE p.sku = $1;
