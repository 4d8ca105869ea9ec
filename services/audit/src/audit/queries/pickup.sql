-- What pickup's database says.

-- name: works
-- Orders and transfers as far as pickup has spoken of them.
SELECT work_id, version FROM work;

-- name: goods
-- Pieces that left their shelf, by what became of them.
SELECT work_id, sku, state, sum(pieces)::bigint AS pieces FROM goods GROUP BY work_id, sku, state;

-- name: tasks
-- Every task.
SELECT task_id, version, state, wave_id FROM task;

-- name: waiting_facts
-- Facts that wait for what they are about.
SELECT work_id, message_id FROM waiting_fact;

-- name: capacities
-- What was last said of each location's capacity.
SELECT location_id, capacity_version AS version FROM location WHERE capacity_version > 0 AND said IS NOT NULL;

-- name: shipments
-- What transfers make of their shipments: how many are not cancelled, whether any has left, and whether that is still to be
-- looked at.
SELECT t.shipment_id, coalesce(s.version, 0) AS version,
       count(*) FILTER (WHERE t.state <> 'cancelled') AS transfers,
       coalesce(bool_or(t.state <> 'cancelled' AND (t.shipped_at IS NOT NULL OR t.state = 'received')), false) AS has_left,
       EXISTS (SELECT FROM due_work AS d WHERE d.kind = 'shipment' AND d.key = t.shipment_id) AS is_due
FROM transfer AS t
LEFT JOIN shipment AS s ON s.shipment_id = t.shipment_id
GROUP BY t.shipment_id, s.version;

-- name: waves_due
-- Waves whose list is still to be looked at anew.
SELECT key AS wave_id FROM due_work WHERE kind = 'wave';

-- name: order_ids
-- The next orders, in the order of their key.
SELECT work_id AS order_id FROM work WHERE work_id > $1 AND kind = 'order' ORDER BY work_id LIMIT $2;

-- name: pieces_of_works
-- Of some orders, by SKU: pieces that are still to reach the shopper and can be had, and pieces that have left.
SELECT w.work_id AS order_id, w.version, l.sku,
       coalesce(sum(greatest(0, l.quantity - l.let_go - l.gone - l.in_question)), 0)::bigint AS promised,
       coalesce(sum(l.gone), 0)::bigint AS gone
FROM work AS w
LEFT JOIN LATERAL (
    SELECT line.sku, line.quantity, line.let_go, line.in_question,
           greatest(line.by_code, line.by_receipt) + coalesce(sum(g.pieces), 0) AS gone
    FROM work_line AS line
    LEFT JOIN goods AS g
        ON g.work_id = line.work_id AND g.line_id = line.line_id AND g.sku = line.sku
        AND g.state IN ('parcelled', 'arrived_late')
    WHERE line.work_id = w.work_id
    GROUP BY line.work_id, line.line_id
) AS l ON true
WHERE w.work_id = ANY($1::text[]) AND w.kind = 'order'
GROUP BY w.work_id, w.version, l.sku;
