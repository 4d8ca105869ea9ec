-- Who bought what: read for operators, never for a decision.

-- name: digests_of_customer
-- All identifiers of a customer.
SELECT digest FROM identifier WHERE customer_id = $1;

-- name: refs_of_customers
-- Opaque ids.
SELECT i.customer_id, array_agg(r.ref ORDER BY r.ref) AS refs FROM identifier AS i JOIN known_ref AS r USING (digest)
WHERE i.customer_id = ANY($1::text[]) GROUP BY i.customer_id;

-- name: newest_purchases
-- Purchases under these identifiers, the newest first; those that come after the purchase $3 of the time $2.
SELECT p.purchase_id, p.bought_at
FROM unnest($1::text[]) AS d (digest)
CROSS JOIN LATERAL (
    SELECT purchase_id, bought_at FROM purchase
    WHERE digest = d.digest
        AND (bought_at, purchase_id) < (coalesce($2::timestamptz, 'infinity'), coalesce($3::text, ''))
    ORDER BY bought_at DESC, purchase_id DESC LIMIT $4
) AS p
ORDER BY p.bought_at DESC, p.purchase_id DESC LIMIT $4;

-- name: buyers
-- Customers who kept pieces of a SKU of a period, by channel; those that come after the customer $5 with the channel $6.
SELECT i.customer_id, k.channel, count(*) AS purchases, sum(k.pieces)::bigint AS pieces,
    sum(k.amount_jpy)::bigint AS amount_jpy, max(k.bought_at) AS last_bought_at
FROM kept_sku AS k JOIN identifier AS i USING (digest)
WHERE k.sku = $1 AND k.bought_at >= $2 AND k.bought_at < $3 AND ($4::text IS NULL OR k.channel = $4)
    AND (i.customer_id, k.channel) > ($5::text, $6::text)
GROUP BY i.customer_id, k.channel ORDER BY i.customer_id, k.channel LIMIT $7;

-- name: count_bought
-- What was kept of a SKU of a period, by channel and all together (channel is null), for each $5 (day, week, month) of
-- the time zone $6, or for the whole period.
SELECT b.period, b.channel, count(DISTINCT b.customer_id) AS customers, count(*) AS purchases,
    count(*) FILTER (WHERE b.customer_id IS NULL) AS purchases_of_nobody, sum(b.pieces)::bigint AS pieces,
    sum(b.amount_jpy)::bigint AS amount_jpy
FROM (
    SELECT date_trunc($5::text, k.bought_at AT TIME ZONE $6::text)::date AS period, k.channel, i.customer_id, k.pieces,
        k.amount_jpy
    FROM kept_sku AS k LEFT JOIN identifier AS i USING (digest)
    WHERE k.sku = $1 AND k.bought_at >= $2 AND k.bought_at < $3 AND ($4::text IS NULL OR k.channel = $4)
) AS b
GROUP BY GROUPING SETS ((b.period, b.channel), (b.period)) ORDER BY b.period, b.channel NULLS FIRST;
