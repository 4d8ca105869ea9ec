-- name: read_record_versions
-- How many events there are per record key.
SELECT record_key, version FROM record_version WHERE record_key = ANY($1::text[]);

-- name: update_record_versions
-- Keeps how many events there are per record key.
UPDATE record_version AS r SET version = n.version
FROM unnest($1::text[], $2::bigint[]) AS n (record_key, version) WHERE r.record_key = n.record_key;

-- name: insert_board_records
-- Puts targets, baselines and measures on record.
INSERT INTO board_record (kind, record_id, record_key, version, body, recorded_at)
SELECT kind, record_id, record_key, version, body, $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::jsonb[])
     AS n (kind, record_id, record_key, version, body);
