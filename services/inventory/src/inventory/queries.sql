-- Inventory's SQL, but for that of modules that have a file of their own beside them. Rows are looked up by key
-- through LATERAL, one index probe per key: a join's plan made while a table was small would scan it whole once it has
-- grown. Arrays of keys come sorted from the machinery, and are locked and inserted in their order. Lists of lists
-- travel as JSON text: an array of them is flattened.

-- name: insert_missing_orders
-- Makes sure that there is an order to lock.
INSERT INTO orders (order_id) SELECT k FROM unnest($1::text[]) AS k ON CONFLICT DO NOTHING;

-- name: lock_orders
-- Locks orders in the order given, and reads them.
SELECT o.* FROM unnest($1::text[]) AS k (order_id)
CROSS JOIN LATERAL (SELECT * FROM orders AS o WHERE o.order_id = k.order_id FOR UPDATE) AS o;

-- name: insert_missing_holds
-- Makes sure that there is a hold to lock.
INSERT INTO hold (hold_id) SELECT k FROM unnest($1::text[]) AS k ON CONFLICT DO NOTHING;

-- name: lock_holds
-- Locks holds in the order given.
SELECT FROM unnest($1::text[]) AS k (hold_id)
CROSS JOIN LATERAL (SELECT FROM hold AS h WHERE h.hold_id = k.hold_id FOR UPDATE) AS h;

-- name: insert_missing_counts
-- Makes sure that there is a count to lock.
INSERT INTO stock_count (count_id) SELECT k FROM unnest($1::text[]) AS k ON CONFLICT DO NOTHING;

-- name: lock_counts
-- Locks counts in the order given.
SELECT FROM unnest($1::text[]) AS k (count_id)
CROSS JOIN LATERAL (SELECT FROM stock_count AS c WHERE c.count_id = k.count_id FOR UPDATE) AS c;

-- name: insert_missing_discrepancies
-- Makes sure that there is a discrepancy to lock.
INSERT INTO discrepancy (discrepancy_id) SELECT k FROM unnest($1::text[]) AS k ON CONFLICT DO NOTHING;

-- name: lock_discrepancies
-- Locks discrepancies in the order given.
SELECT FROM unnest($1::text[]) AS k (discrepancy_id)
CROSS JOIN LATERAL (SELECT FROM discrepancy AS d WHERE d.discrepancy_id = k.discrepancy_id FOR UPDATE) AS d;

-- name: insert_missing_stock
-- Makes sure that there is a row of stock to lock.
INSERT INTO stock (location_id, sku)
SELECT k.location_id, k.sku FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
ON CONFLICT DO NOTHING;

-- name: lock_stock
-- Locks rows of stock in the order given, and reads what read_stock does.
SELECT s.*, p.sku IS NOT NULL AS sku_known, l.location_id IS NOT NULL AS location_known
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
CROSS JOIN LATERAL (
    SELECT * FROM stock AS s WHERE s.location_id = k.location_id AND s.sku = k.sku FOR UPDATE
) AS s
LEFT JOIN LATERAL (SELECT p.sku FROM product AS p WHERE p.sku = k.sku LIMIT 1) AS p ON true
LEFT JOIN LATERAL (
    SELECT l.location_id FROM location AS l WHERE l.location_id = k.location_id LIMIT 1
) AS l ON true;

-- name: read_stock
-- Rows of stock, and whether their SKU and location are known.
SELECT s.*, p.sku IS NOT NULL AS sku_known, l.location_id IS NOT NULL AS location_known
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
CROSS JOIN LATERAL (
    SELECT * FROM stock AS s WHERE s.location_id = k.location_id AND s.sku = k.sku LIMIT 1
) AS s
LEFT JOIN LATERAL (SELECT p.sku FROM product AS p WHERE p.sku = k.sku LIMIT 1) AS p ON true
LEFT JOIN LATERAL (
    SELECT l.location_id FROM location AS l WHERE l.location_id = k.location_id LIMIT 1
) AS l ON true;

-- name: save_stock
-- Writes locked rows of stock; an upsert finds each by its key, whatever the planner thinks of the table's size.
-- on_hand and staged are not among it: movements change them, by themselves.
INSERT INTO stock AS s (location_id, sku, reserved, held, safety, unsellable, withheld, in_transit, announced, planned,
                        version, safety_set_at, count_id, counted_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::integer[],
                     $7::integer[], $8::integer[], $9::integer[], $10::integer[], $11::bigint[],
                     $12::timestamptz[], $13::text[], $14::timestamptz[])
ON CONFLICT (location_id, sku) DO UPDATE
SET reserved = excluded.reserved, held = excluded.held,
    safety = excluded.safety, unsellable = excluded.unsellable, withheld = excluded.withheld,
    in_transit = excluded.in_transit, announced = excluded.announced, planned = excluded.planned,
    version = excluded.version, safety_set_at = excluded.safety_set_at, count_id = excluded.count_id,
    counted_at = excluded.counted_at;

-- name: save_promises
-- Writes locked rows of stock of which only the promised and the held pieces have changed: what most batches do.
INSERT INTO stock AS s (location_id, sku, reserved, held)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[])
ON CONFLICT (location_id, sku) DO UPDATE
SET reserved = excluded.reserved, held = excluded.held, version = s.version + 1;

-- name: recent_movements
-- What happened to rows of stock since a time, for a count to be compared with.
SELECT k.location_id, k.sku, m.quantity, m.staged, m.occurred_at, m.register_id, m.business_date, m.receipt_number
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
CROSS JOIN LATERAL (
    SELECT * FROM movement AS m
    WHERE m.location_id = k.location_id AND m.sku = k.sku AND m.recorded_at >= $3
    OFFSET 0
) AS m;

-- name: balance
-- What the movements of one row of stock add up to that had happened by a time and were known by another.
SELECT coalesce(sum(quantity), 0)::bigint AS on_hand, coalesce(sum(staged), 0)::bigint AS staged,
       count(*) AS movements
FROM movement
WHERE location_id = $1 AND sku = $2
  AND occurred_at <= coalesce($3::timestamptz, 'infinity') AND recorded_at <= coalesce($4::timestamptz, 'infinity');

-- name: history
-- A page of these movements, the last recorded first, each with what they add up to as far as it; $5 and $6 are
-- recorded_at and movement_id of the last one of the page before.
SELECT movement_id, type, quantity, staged, document_id, order_id, message_id, register_id, business_date,
       receipt_number, occurred_at, recorded_at, mark,
       sum(quantity) OVER so_far AS on_hand_after, sum(staged) OVER so_far AS staged_after
FROM movement
WHERE location_id = $1 AND sku = $2
  AND occurred_at <= coalesce($3::timestamptz, 'infinity') AND recorded_at <= coalesce($4::timestamptz, 'infinity')
  AND (recorded_at, movement_id) < (coalesce($5::timestamptz, 'infinity'), coalesce($6::bigint, 0))
WINDOW so_far AS (ORDER BY recorded_at, movement_id)
ORDER BY recorded_at DESC, movement_id DESC LIMIT $7;

-- name: ledger_differences
-- A page of the rows of stock that their ledger, allocations, holds, transfers or announced deliveries do not add up to,
-- after a given row; none, or the books are wrong.
SELECT coalesce(s.location_id, t.location_id) AS location_id, coalesce(s.sku, t.sku) AS sku,
       coalesce(s.on_hand, 0) AS on_hand, coalesce(t.on_hand, 0) AS on_hand_by_ledger,
       coalesce(s.staged, 0) AS staged, coalesce(t.staged, 0) AS staged_by_ledger,
       coalesce(s.reserved, 0) AS reserved, coalesce(t.reserved, 0) AS reserved_by_allocations,
       coalesce(s.held, 0) AS held, coalesce(t.held, 0) AS held_by_holds,
       coalesce(s.in_transit, 0) AS in_transit, coalesce(t.in_transit, 0) AS in_transit_by_transfers,
       coalesce(s.planned, 0) AS planned, coalesce(t.planned, 0) AS planned_by_transfers,
       coalesce(s.announced, 0) AS announced, coalesce(t.announced, 0) AS announced_by_deliveries
FROM stock AS s
FULL JOIN (
    SELECT location_id, sku, sum(on_hand) AS on_hand, sum(staged) AS staged, sum(reserved) AS reserved,
           sum(held) AS held, sum(in_transit) AS in_transit, sum(planned) AS planned, sum(announced) AS announced
    FROM (
        SELECT location_id, sku, quantity AS on_hand, staged, 0 AS reserved, 0 AS held, 0 AS in_transit, 0 AS planned,
               0 AS announced
        FROM movement
        UNION ALL
        SELECT place_id, sku, 0, 0, quantity, 0, 0, 0, 0 FROM allocation WHERE state = 'reserved'
        UNION ALL
        SELECT h.location_id, line ->> 0, 0, 0, 0, (line ->> 1)::integer, 0, 0, 0
        FROM hold AS h CROSS JOIN jsonb_array_elements(h.lines) AS line
        WHERE h.state = 'held'
        UNION ALL
        SELECT l.to_location_id, l.sku, 0, 0, 0, 0, greatest(0, l.shipped - l.received - l.lost), l.planned, 0
        FROM transfer_line AS l WHERE l.to_location_id IS NOT NULL
        UNION ALL
        SELECT d.location_id, a.key, 0, 0, 0, 0, 0, 0,
               greatest(0, a.value::integer - coalesce((d.received ->> a.key)::integer, 0))
        FROM delivery AS d CROSS JOIN jsonb_each_text(d.announced) AS a
        WHERE d.state IN ('announced', 'overdue')
    ) AS booked
    GROUP BY location_id, sku
) AS t ON t.location_id = s.location_id AND t.sku = s.sku
WHERE (coalesce(s.location_id, t.location_id), coalesce(s.sku, t.sku)) > ($1, $2)
  AND (coalesce(s.on_hand, 0) <> coalesce(t.on_hand, 0) OR coalesce(s.staged, 0) <> coalesce(t.staged, 0)
       OR coalesce(s.reserved, 0) <> coalesce(t.reserved, 0) OR coalesce(s.held, 0) <> coalesce(t.held, 0)
       OR coalesce(s.in_transit, 0) <> coalesce(t.in_transit, 0) OR coalesce(s.planned, 0) <> coalesce(t.planned, 0)
       OR coalesce(s.announced, 0) <> coalesce(t.announced, 0))
ORDER BY 1, 2 LIMIT $3;

-- name: make_movement_months
-- Makes the ledger's partitions for this month and some after it.
SELECT make_movement_months($1);

-- name: reserved_at
-- Promises that nobody has picked yet at rows of stock: of each row so many, the newest first.
SELECT a.order_id, a.allocation_id, a.place_id AS location_id, a.sku, a.line_id, a.quantity, a.decided_no
FROM unnest($1::text[], $2::text[], $3::integer[]) AS k (location_id, sku, most)
CROSS JOIN LATERAL (
    SELECT * FROM allocation AS a
    WHERE a.place_id = k.location_id AND a.sku = k.sku AND a.state = 'reserved'
    ORDER BY a.decided_no DESC
    LIMIT k.most
) AS a;

-- name: read_holds
-- Carts' holds.
SELECT h.* FROM unnest($1::text[]) AS k (hold_id)
CROSS JOIN LATERAL (SELECT * FROM hold AS h WHERE h.hold_id = k.hold_id LIMIT 1) AS h;

-- name: save_holds
-- Writes locked holds.
INSERT INTO hold (hold_id, state, version, location_id, channel, held_until, lines)
SELECT hold_id, state, version, location_id, channel, held_until, lines::jsonb
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
     AS n (hold_id, state, version, location_id, channel, held_until, lines)
ON CONFLICT (hold_id) DO UPDATE
SET state = excluded.state, version = excluded.version, location_id = excluded.location_id,
    channel = excluded.channel, held_until = excluded.held_until, lines = excluded.lines;

-- name: read_counts
-- Counts.
SELECT c.* FROM unnest($1::text[]) AS k (count_id)
CROSS JOIN LATERAL (SELECT * FROM stock_count AS c WHERE c.count_id = k.count_id LIMIT 1) AS c;

-- name: save_counts
-- Writes locked counts.
INSERT INTO stock_count (count_id, state, version, location_id, scope, counted_at, receipts_seen, lines)
SELECT count_id, state, version, location_id, scope, counted_at, receipts_seen::jsonb, lines::jsonb
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[])
     AS n (count_id, state, version, location_id, scope, counted_at, receipts_seen, lines)
ON CONFLICT (count_id) DO UPDATE
SET state = excluded.state, version = excluded.version, location_id = excluded.location_id,
    scope = excluded.scope, counted_at = excluded.counted_at, receipts_seen = excluded.receipts_seen,
    lines = excluded.lines;

-- name: read_discrepancies
-- Discrepancies.
SELECT d.* FROM unnest($1::text[]) AS k (discrepancy_id)
CROSS JOIN LATERAL (SELECT * FROM discrepancy AS d WHERE d.discrepancy_id = k.discrepancy_id LIMIT 1) AS d;

-- name: save_discrepancies
-- Writes discrepancies, new ones among them.
INSERT INTO discrepancy (discrepancy_id, state, location_id, inspect, delivery_id)
SELECT discrepancy_id, state, location_id, inspect::jsonb, delivery_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     AS n (discrepancy_id, state, location_id, inspect, delivery_id)
ON CONFLICT (discrepancy_id) DO UPDATE
SET state = excluded.state, location_id = excluded.location_id, inspect = excluded.inspect,
    delivery_id = excluded.delivery_id;

-- name: read_transfer_lines
-- Lines of transfers that are known.
SELECT t.* FROM unnest($1::text[]) AS k (transfer_id)
CROSS JOIN LATERAL (SELECT * FROM transfer_line AS t WHERE t.transfer_id = k.transfer_id OFFSET 0) AS t;

-- name: save_transfer_lines
-- Writes lines of transfers, whose rows of stock are locked.
INSERT INTO transfer_line (transfer_id, line_id, sku, to_location_id, planned, staged, shipped, received, lost)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::integer[],
                     $8::integer[], $9::integer[])
ON CONFLICT (transfer_id, line_id, sku) DO UPDATE
SET to_location_id = excluded.to_location_id, planned = excluded.planned, staged = excluded.staged,
    shipped = excluded.shipped, received = excluded.received, lost = excluded.lost;

-- name: read_feeds
-- When news of locations were last published.
SELECT f.location_id, f.published_at FROM unnest($1::text[]) AS k (location_id)
CROSS JOIN LATERAL (SELECT * FROM feed AS f WHERE f.location_id = k.location_id LIMIT 1) AS f;

-- name: save_feeds
-- Notes that news of locations are published, unless another process just did.
INSERT INTO feed AS f (location_id, version, last_seen_at, published_at)
SELECT k, 1, $2, $2 FROM unnest($1::text[]) AS k
ON CONFLICT (location_id) DO UPDATE
SET version = f.version + 1, last_seen_at = excluded.last_seen_at, published_at = excluded.published_at
WHERE f.published_at <= $3
RETURNING f.location_id, f.version;

-- name: register_clocks_off
-- How many registers' clocks are wrong, of those heard of since a time, and by how much the fastest is.
SELECT count(*) FILTER (WHERE fault = 'fast') AS fast, count(*) FILTER (WHERE fault = 'slow') AS slow,
       coalesce(max(off_by_seconds) FILTER (WHERE fault = 'fast'), 0) AS lead_seconds
FROM register_clock WHERE fault IS NOT NULL AND looked_at > $1;

-- name: read_places
-- Locations with what pickup says of their capacity, and what of it was promised since: after its news, or so shortly
-- before ($2) that it may not have heard of it.
SELECT l.location_id, l.kind, l.latitude, l.longitude, l.pickup_enabled, l.opens, l.closes, l.closed_on,
       l.opens_on_holidays, c.is_open, c.minutes_left_today, c.as_of, c.ahead_until, c.ahead_minutes,
       p.promised_until, p.promised_minutes
FROM unnest($1::text[]) AS k (location_id)
CROSS JOIN LATERAL (SELECT * FROM location AS l WHERE l.location_id = k.location_id LIMIT 1) AS l
LEFT JOIN LATERAL (SELECT * FROM capacity AS c WHERE c.location_id = k.location_id LIMIT 1) AS c ON true
LEFT JOIN LATERAL (
    SELECT array_agg(p.until) AS promised_until, array_agg(p.minutes) AS promised_minutes FROM (
        SELECT until, sum(minutes) AS minutes FROM picker_time AS p
        WHERE p.location_id = c.location_id AND p.promised_at > c.as_of - $2::interval GROUP BY until
    ) AS p
) AS p ON true;

-- name: note_picker_time
-- Notes minutes of pickers that were promised; pickup hears of them as lists, later.
INSERT INTO picker_time (location_id, until, minutes, promised_at)
SELECT location_id, until, minutes, $4 FROM unnest($1::text[], $2::timestamptz[], $3::float8[])
    AS n (location_id, until, minutes);

-- name: known_skus
-- Which of these SKUs are known.
SELECT p.sku FROM unnest($1::text[]) AS k (sku)
CROSS JOIN LATERAL (SELECT * FROM product AS p WHERE p.sku = k.sku LIMIT 1) AS p;

-- name: read_prices
-- What SKUs cost, as far as they are known.
SELECT p.sku, p.price_jpy FROM unnest($1::text[]) AS k (sku)
CROSS JOIN LATERAL (SELECT * FROM product AS p WHERE p.sku = k.sku LIMIT 1) AS p;

-- name: read_suppliers
-- Locations as read_places, with what is known of their systems and of their picks.
SELECT l.location_id, l.kind, l.latitude, l.longitude, l.pickup_enabled, l.opens, l.closes, l.closed_on,
       l.opens_on_holidays, c.is_open, c.minutes_left_today, c.as_of, c.ahead_until, c.ahead_minutes,
       p.promised_until, p.promised_minutes,
       f.last_seen_at, r.found, r.short, r.as_of AS weighed_at, r.since, r.last_counted_at
FROM unnest($1::text[]) AS k (location_id)
CROSS JOIN LATERAL (SELECT * FROM location AS l WHERE l.location_id = k.location_id LIMIT 1) AS l
LEFT JOIN LATERAL (SELECT * FROM capacity AS c WHERE c.location_id = k.location_id LIMIT 1) AS c ON true
LEFT JOIN LATERAL (
    SELECT array_agg(p.until) AS promised_until, array_agg(p.minutes) AS promised_minutes FROM (
        SELECT until, sum(minutes) AS minutes FROM picker_time AS p
        WHERE p.location_id = c.location_id AND p.promised_at > c.as_of - $2::interval GROUP BY until
    ) AS p
) AS p ON true
LEFT JOIN LATERAL (SELECT * FROM feed AS f WHERE f.location_id = k.location_id LIMIT 1) AS f ON true
LEFT JOIN LATERAL (SELECT * FROM reliability AS r WHERE r.location_id = k.location_id LIMIT 1) AS r ON true;

-- name: sources_on_lanes
-- Per question, the nearest locations with a lane to where the goods go that have some of the SKUs. Which of them are
-- not asked, the domain decides by what is known of them.
SELECT q.question, n.location_id, n.days, n.cut_off_minutes, n.transit_days, n.runs_on_holidays, n.skus, n.available
FROM unnest($1::integer[], $2::float8[], $3::float8[], $4::text[], $6::text[])
     AS q (question, latitude, longitude, skus, to_location_id)
CROSS JOIN LATERAL (SELECT array_agg(w) AS skus FROM jsonb_array_elements_text(q.skus::jsonb) AS w) AS k
CROSS JOIN LATERAL (
    SELECT l.*, s.skus, s.available
    FROM (
        SELECT l.location_id, a.days, a.cut_off_minutes, a.transit_days, a.runs_on_holidays
        FROM lane AS a
        CROSS JOIN LATERAL (SELECT * FROM location AS l WHERE l.location_id = a.from_location_id LIMIT 1) AS l
        WHERE a.to_location_id = q.to_location_id AND l.location_id <> q.to_location_id AND l.kind <> 'pickup_point'
        ORDER BY power(sin(radians(l.latitude - q.latitude) / 2), 2)
                 + cos(radians(l.latitude)) * cos(radians(q.latitude))
                   * power(sin(radians(l.longitude - q.longitude) / 2), 2)
    ) AS l
    CROSS JOIN LATERAL (
        SELECT array_agg(s.sku) AS skus, array_agg(s.available) AS available
        FROM unnest(k.skus) AS w (sku)
        CROSS JOIN LATERAL (
            SELECT s.sku, s.available FROM stock AS s
            WHERE s.location_id = l.location_id AND s.sku = w.sku LIMIT 1
        ) AS s
        WHERE s.available > 0
    ) AS s
    WHERE s.skus IS NOT NULL
    LIMIT $5
) AS n;

-- name: sources_anywhere
-- Per question, the nearest locations that have some of the SKUs, for goods that a carrier brings.
SELECT q.question, n.location_id, NULL::smallint[] AS days, NULL::smallint AS cut_off_minutes,
       NULL::integer AS transit_days, NULL::boolean AS runs_on_holidays, n.skus, n.available
FROM unnest($1::integer[], $2::float8[], $3::float8[], $4::text[]) AS q (question, latitude, longitude, skus)
CROSS JOIN LATERAL (SELECT array_agg(w) AS skus FROM jsonb_array_elements_text(q.skus::jsonb) AS w) AS k
CROSS JOIN LATERAL (
    SELECT l.location_id, s.skus, s.available
    FROM (
        SELECT l.location_id FROM location AS l
        WHERE l.kind <> 'pickup_point'
        ORDER BY power(sin(radians(l.latitude - q.latitude) / 2), 2)
                 + cos(radians(l.latitude)) * cos(radians(q.latitude))
                   * power(sin(radians(l.longitude - q.longitude) / 2), 2)
    ) AS l
    CROSS JOIN LATERAL (
        SELECT array_agg(s.sku) AS skus, array_agg(s.available) AS available
        FROM unnest(k.skus) AS w (sku)
        CROSS JOIN LATERAL (
            SELECT s.sku, s.available FROM stock AS s
            WHERE s.location_id = l.location_id AND s.sku = w.sku LIMIT 1
        ) AS s
        WHERE s.available > 0
    ) AS s
    WHERE s.skus IS NOT NULL
    LIMIT $5
) AS n;

-- name: shelf_of
-- What rows of stock can promise, looked at without a lock.
SELECT s.location_id, s.sku, s.available
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
CROSS JOIN LATERAL (
    SELECT * FROM stock AS s WHERE s.location_id = k.location_id AND s.sku = k.sku LIMIT 1
) AS s;

-- name: read_unpaid
-- Rows of stock, and how much of each is kept for carts and for orders that pay when they collect.
SELECT s.location_id, s.sku, s.on_hand, s.safety, s.unsellable, s.withheld,
       s.held + coalesce((
           SELECT sum(a.quantity) FROM allocation AS a JOIN orders AS o ON o.order_id = a.order_id
           WHERE a.place_id = s.location_id AND a.sku = s.sku AND a.state IN ('reserved', 'staged')
             AND NOT o.is_prepaid
       ), 0) AS unpaid
FROM unnest($1::text[], $2::text[]) AS k (location_id, sku)
CROSS JOIN LATERAL (
    SELECT * FROM stock AS s WHERE s.location_id = k.location_id AND s.sku = k.sku LIMIT 1
) AS s;

-- name: add_pick_outcomes
-- Notes what was just seen of locations: picks that found the goods, picks that did not, counts.
INSERT INTO pick_outcome (location_id, found, short, counted_at, seen_at)
SELECT n.location_id, n.found, n.short, n.counted_at, $5
FROM unnest($1::text[], $2::integer[], $3::integer[], $4::timestamptz[])
     AS n (location_id, found, short, counted_at);

-- name: weigh_pick_outcomes
-- Takes what was noted into the locations' records; what they held has lost half its weight after each half-life, which
-- is $2 seconds. Returns how many locations that was.
WITH noted AS (DELETE FROM pick_outcome RETURNING *),
sums AS (
    SELECT location_id, sum(found) AS found, sum(short) AS short, max(counted_at) AS counted_at,
           min(seen_at) AS since
    FROM noted GROUP BY location_id ORDER BY location_id
),
weighed AS (
    INSERT INTO reliability AS r (location_id, found, short, as_of, since, last_counted_at)
    SELECT location_id, found, short, $1, since, counted_at FROM sums
    ON CONFLICT (location_id) DO UPDATE
    SET found = r.found * power(0.5, greatest(0, extract(epoch FROM excluded.as_of - r.as_of)) / $2::float8) + excluded.found,
        short = r.short * power(0.5, greatest(0, extract(epoch FROM excluded.as_of - r.as_of)) / $2::float8) + excluded.short,
        as_of = excluded.as_of,
        last_counted_at = greatest(r.last_counted_at, excluded.last_counted_at)
    RETURNING 1
)
SELECT count(*) FROM weighed;
