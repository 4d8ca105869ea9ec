-- Links to purchase histories.

-- name: insert_link
-- A guest asks for a link.
INSERT INTO history_link (holder, link_id, asked_at) VALUES ($1, $2, $3);

-- name: lock_own_link
-- The link of a guest, locked.
SELECT link_id FROM history_link WHERE holder = $1 FOR UPDATE;

-- name: delete_own_link
-- Forgets the link of a guest, and what it shows.
DELETE FROM history_link WHERE holder = $1 RETURNING link_id;

-- name: read_own_link
-- What the link of a guest shows.
SELECT version, state FROM history_link WHERE holder = $1;

-- name: keep_histories
-- Keeps what links show, of those that guests have asked for here.
UPDATE history_link AS l SET version = n.version, state = n.state
FROM unnest($1::text[], $2::bigint[], $3::jsonb[]) AS n (link_id, version, state)
WHERE l.link_id = n.link_id AND l.version < n.version;

-- name: forget_histories
-- Forgets links that have ended.
DELETE FROM history_link WHERE link_id = ANY($1::text[]);

-- name: delete_old_histories
-- Forgets links of guests whose cookie has ended, some at once.
DELETE FROM history_link WHERE holder IN (
    SELECT holder FROM history_link WHERE asked_at < $1 ORDER BY asked_at LIMIT $2
);

-- name: name_products
-- What products are called.
SELECT sku, body ->> 'name_ja' AS name_ja, body ->> 'name_en' AS name_en FROM product WHERE sku = ANY($1::text[]);

-- name: name_places
-- What stores are called.
SELECT location_id, name_ja, name_en FROM location WHERE location_id = ANY($1::text[]);
