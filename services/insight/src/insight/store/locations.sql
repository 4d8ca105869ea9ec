-- name: read_locations
-- Those of some locations that are known.
SELECT location_id, kind, company_id FROM location WHERE location_id = ANY($1::text[]);

-- name: upsert_locations
-- Keeps the highest version of each location.
INSERT INTO location AS l (location_id, kind, company_id, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS n (location_id, kind, company_id, version)
ORDER BY location_id
ON CONFLICT (location_id) DO UPDATE
SET kind = excluded.kind, company_id = excluded.company_id, version = excluded.version
WHERE l.version < excluded.version;

-- name: read_missed_locations
-- Which of these locations were unknown when a sale needed them.
SELECT k FROM unnest($1::text[]) AS k
WHERE EXISTS (SELECT FROM sale_document AS d
              WHERE d.unknown_location_ids <> '{}' AND d.unknown_location_ids @> ARRAY[k]);
