-- Clocks of registers.

-- name: read_register_clocks
-- What is known of registers' clocks, looked at without a lock.
SELECT c.* FROM unnest($1::text[], $2::text[]) AS k (location_id, register_id)
CROSS JOIN LATERAL (
    SELECT * FROM register_clock AS c WHERE c.location_id = k.location_id AND c.register_id = k.register_id LIMIT 1
) AS c;

-- name: insert_register_clocks
-- Registers that are heard of for the first time; what another process has just written stands.
INSERT INTO register_clock (location_id, register_id, window_from, looked_at, looks, least_delay_seconds, fault,
                            off_by_seconds)
SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::float8[],
                     $7::text[], $8::float8[])
ON CONFLICT DO NOTHING
RETURNING location_id, register_id;

-- name: save_register_clocks
-- Writes those registers' clocks that nobody else is writing or has written since they were read ($9).
UPDATE register_clock AS c
SET version = c.version + 1, window_from = n.window_from, looked_at = n.looked_at, looks = n.looks,
    least_delay_seconds = n.least_delay_seconds, fault = n.fault, off_by_seconds = n.off_by_seconds
FROM (
    SELECT k.*, free.place
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::float8[],
                $7::text[], $8::float8[], $9::bigint[])
         AS k (location_id, register_id, window_from, looked_at, looks, least_delay_seconds, fault, off_by_seconds,
               version)
    CROSS JOIN LATERAL (
        SELECT c.ctid AS place FROM register_clock AS c
        WHERE c.location_id = k.location_id AND c.register_id = k.register_id AND c.version = k.version
        LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS free
) AS n
WHERE c.ctid = n.place
RETURNING c.location_id, c.register_id;
