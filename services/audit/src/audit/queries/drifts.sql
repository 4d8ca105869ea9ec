-- The audit's own database: drifts, so that a restart does not forget since when there is one.

-- name: make
-- Makes the table. first, now: what the source and the copy said then, as JSON.
CREATE TABLE IF NOT EXISTS drift (
    kind text NOT NULL,
    key text[] NOT NULL,
    since timestamptz NOT NULL,
    first jsonb NOT NULL,
    now jsonb NOT NULL,
    cause_topic text,
    cause_id text,
    cause_at timestamptz,
    PRIMARY KEY (kind, key)
);

-- name: is_made
-- Whether the table is there.
SELECT to_regclass('drift') IS NOT NULL AS is_made;

-- name: read
-- All drifts.
SELECT kind, key, since, first, now, cause_topic, cause_id, cause_at FROM drift ORDER BY since, kind, key;

-- name: keep
-- Keeps a drift; its first moment stays.
INSERT INTO drift AS d (kind, key, since, first, now, cause_topic, cause_id, cause_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (kind, key) DO UPDATE
SET now = excluded.now, cause_topic = excluded.cause_topic, cause_id = excluded.cause_id,
    cause_at = excluded.cause_at;

-- name: forget
-- Forgets a drift that has ended.
DELETE FROM drift WHERE kind = $1 AND key = $2;
