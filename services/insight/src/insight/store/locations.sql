-- name: read_locations
-- Those of some locations that are known, with their companies, the oldest first.
SELECT l.location_id, l.kind, array_agg(c.known_from ORDER BY c.known_from) AS known_from,
       array_agg(c.company_id ORDER BY c.known_from) AS company_ids
FROM location AS l JOIN location_company AS c ON c.location_id = l.location_id
WHERE l.location_id = ANY($1::text[])
GROUP BY l.location_id;

-- name: read_all_locations
-- All locations with their companies, the oldest first, for a comparison.
SELECT l.location_id, l.kind, array_agg(c.known_from ORDER BY c.known_from) AS known_from,
       array_agg(c.company_id ORDER BY c.known_from) AS company_ids
FROM location AS l JOIN location_company AS c ON c.location_id = l.location_id
GROUP BY l.location_id;

-- name: upsert_locations
-- Keeps the highest version of each location.
INSERT INTO location AS l (location_id, kind, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS n (location_id, kind, version) ORDER BY location_id
ON CONFLICT (location_id) DO UPDATE SET kind = excluded.kind, version = excluded.version
WHERE l.version < excluded.version;

-- name: insert_location_companies
-- Notes the company of each location whose highest version names another one than the last.
INSERT INTO location_company (location_id, known_from, company_id)
SELECT n.location_id, $4, n.company_id
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS n (location_id, version, company_id)
JOIN location AS l ON l.location_id = n.location_id AND l.version = n.version
WHERE n.company_id IS DISTINCT FROM (SELECT c.company_id FROM location_company AS c
                                     WHERE c.location_id = n.location_id ORDER BY c.known_from DESC LIMIT 1)
ORDER BY n.location_id
ON CONFLICT (location_id, known_from) DO UPDATE SET company_id = excluded.company_id;

-- name: read_missed_locations
-- Which of these locations were unknown when a sale needed them.
SELECT k FROM unnest($1::text[]) AS k
WHERE EXISTS (SELECT FROM sale_document AS d
              WHERE d.unknown_location_ids <> '{}' AND d.unknown_location_ids @> ARRAY[k]);
