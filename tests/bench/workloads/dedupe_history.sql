-- What a service remembers of messages that it has taken over in the past month.

-- name: fill_inbox
-- $1 messages of a topic, evenly over the thirty days before this hour, their ids UUIDv7 of that time; they come in order.
INSERT INTO inbox (topic, id, source, digest, received_at)
SELECT $2::text,
       substr(m.time, 1, 8) || '-' || substr(m.time, 9, 4) || '-7' || substr(m.random, 1, 3)
           || '-8' || substr(m.random, 4, 3) || '-' || substr(m.random, 7, 12),
       'bench', decode(m.random, 'hex'), m.received_at
FROM (
    SELECT t.received_at, md5(t.n::text) AS random,
           lpad(to_hex((extract(epoch FROM t.received_at) * 1000)::bigint), 12, '0') AS time
    FROM (
        SELECT n, date_trunc('hour', now()) - interval '30 days' * ($1::bigint - n + 1) / $1::bigint AS received_at
        FROM generate_series(1, $1::bigint) AS n
    ) AS t
) AS m;

-- name: fill_documents
-- $1 receipts of the thirty days before today, as the tills of $3 stores with $4 registers each number them.
INSERT INTO document (type, id, digest, recorded_at)
SELECT $2::text, r.id, decode(md5(r.id), 'hex'), r.day
FROM (
    SELECT t.day, 'S' || t.store || '-R' || t.register || '-' || to_char(t.day, 'YYYYMMDD')
                  || '-' || lpad(t.number::text, 5, '0') || '0000' AS id
    FROM (
        SELECT n % $3::integer + 1 AS store,
               n / $3::integer % $4::integer + 1 AS register,
               date_trunc('day', now()) - interval '1 day' * (n / ($3::integer * $4::integer) % 30 + 1) AS day,
               n / ($3::integer * $4::integer * 30) + 1 AS number
        FROM generate_series(0, $1::bigint - 1) AS n
    ) AS t
) AS r
ORDER BY r.id;
