-- name: insert_missing_told
-- Makes sure that there is a row to lock.
INSERT INTO told (kind, key) SELECT $1, k FROM unnest($2::text[]) AS k ORDER BY k ON CONFLICT DO NOTHING;

-- name: lock_told
-- Locks what was told of a kind, in the order of its keys.
SELECT key, version, content FROM told WHERE kind = $1 AND key = ANY($2::text[]) ORDER BY key FOR UPDATE;

-- name: save_told
-- Keeps what is told now.
UPDATE told SET version = $3, content = $4, as_of = $5 WHERE kind = $1 AND key = $2;

-- name: delete_other_told
-- Forgets what was told of a kind under any other key.
DELETE FROM told WHERE kind = $1 AND key <> ALL($2::text[]) RETURNING key;

-- name: lock_told_after
-- Locks the next of a kind that were told, in the order of their keys.
SELECT key, version, content FROM told
WHERE kind = $1 AND key COLLATE "C" > $2 AND version > 0
ORDER BY key COLLATE "C" LIMIT $3
FOR UPDATE;

-- name: count_told_definitions
-- How many definitions were told.
SELECT count(*) FROM told WHERE kind = 'definition' AND version > 0;

-- name: count_told_policies
-- How many policies were told.
SELECT count(*) FROM told WHERE kind = 'policy' AND version > 0;

-- name: count_told_measures
-- How many measures were told.
SELECT count(*) FROM told WHERE kind = 'measure' AND version > 0;

-- name: read_measures_to_judge
-- Measures that were not judged yet, and those begun since a day that were not as of another.
SELECT b.record_id FROM board_record AS b
LEFT JOIN told AS t ON t.kind = 'measure' AND t.key = b.record_id
WHERE b.kind = 'measure'
  AND (t.as_of IS NULL OR (t.as_of < $2 AND (b.body ->> 'starts_on')::date >= $1))
ORDER BY b.record_id LIMIT $3;
