-- Links to purchase histories.

-- name: lock_history_links
-- Locks links in the order of their ids.
SELECT link_id FROM history_link WHERE link_id = ANY($1::text[]) ORDER BY link_id FOR UPDATE;

-- name: askable
-- Who holds these refs, each of which means one person.
SELECT digest, customer_id FROM identifier
WHERE digest = ANY($1::text[]) AND customer_id IS NOT NULL AND shared_as IS NULL;

-- name: count_codes
-- How many codes customers were sent since a time, whoever asked.
SELECT i.customer_id, count(*) AS codes FROM history_link AS l JOIN identifier AS i USING (digest)
WHERE i.customer_id = ANY($1::text[]) AND l.sends_code AND l.asked_at > $2 GROUP BY i.customer_id;

-- name: insert_history_links
-- Links that are asked for; one that is there already stays as it is.
INSERT INTO history_link (link_id, version, digest, sends_code, code, guesses_left, asked_at, valid_until)
SELECT link_id, 0, digest, code IS NOT NULL, code, guesses_left, $5, valid_until
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::integer[], $6::timestamptz[])
AS n (link_id, digest, code, guesses_left, valid_until)
ON CONFLICT DO NOTHING;

-- name: load_history_links
-- Links, each with who holds both refs that it rests on.
SELECT l.link_id, l.version, l.digest, l.mailed_digest, l.code, l.guesses_left, l.valid_until, l.proven_at, l.ended_at,
    l.shown_digest, mailed.customer_id
FROM history_link AS l
LEFT JOIN identifier AS asked ON asked.digest = l.digest AND asked.shared_as IS NULL
LEFT JOIN identifier AS mailed ON mailed.digest = l.mailed_digest AND mailed.shared_as IS NULL
    AND mailed.customer_id = asked.customer_id
WHERE l.link_id = ANY($1::text[]) ORDER BY l.link_id;

-- name: proven_links_of
-- Proven links that rest on a ref of these customers.
SELECT l.link_id, i.customer_id FROM identifier AS i JOIN history_link AS l ON l.digest = i.digest
WHERE i.customer_id = ANY($1::text[]) AND l.proven_at IS NOT NULL AND l.ended_at IS NULL
UNION
SELECT l.link_id, i.customer_id FROM identifier AS i JOIN history_link AS l ON l.mailed_digest = i.digest
WHERE i.customer_id = ANY($1::text[]) AND l.proven_at IS NOT NULL AND l.ended_at IS NULL
ORDER BY link_id, customer_id;

-- name: note_mailed
-- Under which ref the address stands that a code goes to.
UPDATE history_link SET mailed_digest = $2 WHERE link_id = $1 AND proven_at IS NULL AND ended_at IS NULL;

-- name: load_history_code
-- The digits that prove a link.
SELECT code FROM history_link WHERE link_id = $1;

-- name: save_history_links
-- What has become of links.
UPDATE history_link AS l SET version = n.version, guesses_left = n.guesses_left, valid_until = n.valid_until,
    proven_at = n.proven_at, ended_at = n.ended_at, shown_digest = n.shown_digest,
    code = CASE WHEN n.proven_at IS NULL AND n.ended_at IS NULL THEN l.code END
FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::bytea[])
AS n (link_id, version, guesses_left, valid_until, proven_at, ended_at, shown_digest)
WHERE l.link_id = n.link_id;

-- name: lock_links_of_digests
-- Locks the links that rest on these refs, in the order of their ids.
SELECT link_id, ended_at FROM history_link WHERE digest = ANY($1::text[]) OR mailed_digest = ANY($1::text[])
ORDER BY link_id FOR UPDATE;

-- name: delete_history_links
-- Forgets links.
DELETE FROM history_link WHERE link_id = ANY($1::text[]);

-- name: delete_old_history_links
-- Forgets links that have ended, some at once.
DELETE FROM history_link WHERE link_id IN (
    SELECT link_id FROM history_link WHERE ended_at < $1 ORDER BY ended_at LIMIT $2
);

-- name: refs_shown
-- Under which refs a customer buys; what many people share is nobody's to see.
SELECT digest FROM identifier WHERE customer_id = $1 AND shared_as IS NULL;

-- name: lock_links_after
-- Locks the next links after one that have not ended.
SELECT link_id FROM history_link WHERE link_id > $1 AND ended_at IS NULL ORDER BY link_id LIMIT $2 FOR UPDATE;

-- name: count_open_links
-- How many links have not ended.
SELECT count(*) FROM history_link WHERE ended_at IS NULL;
