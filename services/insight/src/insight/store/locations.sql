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
