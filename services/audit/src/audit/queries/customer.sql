-- What customer's database says.

-- name: purchases
-- Every purchase that is known, with what is kept of it.
SELECT purchase_id, kept_jpy, version FROM purchase WHERE bought_at IS NOT NULL;

-- name: bought
-- What each message says was bought.
SELECT purchase_id, message, sum(amount_jpy)::bigint AS amount_jpy, count(*) AS lines
FROM purchase_line GROUP BY purchase_id, message;

-- name: customers
-- Customers who are still there, as far as their service has spoken of them.
SELECT customer_id, version, profile_digest IS NOT NULL AS has_profile FROM customer WHERE ended_at IS NULL;

-- name: refs
-- Customers who are still there, and the opaque ids of each as channels write them; null where a customer has none.
SELECT c.customer_id, r.ref
FROM customer AS c LEFT JOIN (identifier AS i JOIN known_ref AS r USING (digest)) USING (customer_id)
WHERE c.ended_at IS NULL;

-- name: misattributed
-- Purchases whose published state names another customer than the holder of their identifier.
SELECT p.purchase_id, i.customer_id, p.published_customer_id
FROM purchase AS p JOIN identifier AS i USING (digest)
WHERE i.customer_id IS NOT NULL AND p.bought_at IS NOT NULL
    AND p.published_customer_id IS DISTINCT FROM i.customer_id;

-- name: tasks
-- Tasks as last published.
SELECT task_id, version, is_open FROM task;

-- name: notices
-- What shoppers were to be told, by the event that it follows from, and what became of it.
SELECT notice_id, order_id, kind, state, message_id FROM notice;

-- name: late_notices
-- Notices that should have been tried by now.
SELECT notice_id, order_id, kind, extract(epoch FROM clock_timestamp() - due_at)::float8 AS late_seconds
FROM notice
WHERE state = 'waiting' AND due_at < clock_timestamp() - $1::float8 * interval '1 second'
ORDER BY due_at, notice_id;
