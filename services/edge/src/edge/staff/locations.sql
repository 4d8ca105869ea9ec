-- name: keep_names
-- Keeps the newest name of each location.
INSERT INTO location_name (location_id, version, name_ja, name_en)
SELECT n.location_id, n.version, n.name_ja, n.name_en
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS n (location_id, version, name_ja, name_en)
ORDER BY n.location_id
ON CONFLICT (location_id) DO UPDATE
SET version = excluded.version, name_ja = excluded.name_ja, name_en = excluded.name_en
WHERE location_name.version < excluded.version;

-- name: forget_names
-- Forgets locations that are no more.
DELETE FROM location_name WHERE location_id = ANY($1::text[]);

-- name: read_names
-- What some locations are called.
SELECT location_id, name_ja, name_en FROM location_name WHERE location_id = ANY($1::text[]) ORDER BY location_id;
