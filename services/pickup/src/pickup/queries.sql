-- name: insert_missing_work
-- Makes sure that there is a row to lock, also for what is not known yet.
INSERT INTO work (work_id) SELECT w FROM unnest($1::text[]) AS w ORDER BY w ON CONFLICT DO NOTHING;

-- name: lock_work
-- Locks works in the order of their ids.
SELECT work_id FROM work WHERE work_id = ANY($1::text[]) ORDER BY work_id FOR UPDATE;

-- name: insert_missing_locations
-- Makes sure that there is a row to lock, also for a location that headquarters has not named yet.
INSERT INTO location (location_id) SELECT l FROM unnest($1::text[]) AS l ORDER BY l ON CONFLICT DO NOTHING;

-- name: lock_locations
-- Locks locations in the order of their ids.
SELECT location_id FROM location WHERE location_id = ANY($1::text[]) ORDER BY location_id FOR UPDATE;

-- name: works_of_transfers
-- Which work each transfer belongs to.
SELECT transfer_id, work_id FROM transfer WHERE transfer_id = ANY($1::text[]);

-- name: works_of_tasks
-- Which work each task belongs to.
SELECT task_id, work_id FROM task WHERE task_id = ANY($1::text[]);

-- name: read_works
-- The works themselves.
SELECT work_id, kind, known, version, allocation_version, opened_at, ready_by, customer_ref, recipient_ref,
       code_published
FROM work WHERE work_id = ANY($1::text[]);

-- name: read_groups
-- The groups of works.
SELECT work_id, group_id, method, location_id, state, pickup_by
FROM work_group WHERE work_id = ANY($1::text[]) ORDER BY work_id, group_id;

-- name: read_lines
-- The lines of works.
SELECT work_id, line_id, group_id, sku, quantity, let_go, cancelled, in_question, by_code, by_receipt, taken_at
FROM work_line WHERE work_id = ANY($1::text[]) ORDER BY work_id, line_id;

-- name: read_promises
-- What is and was promised to works.
SELECT work_id, allocation_id, line_id, sku, quantity, location_id, short, is_current
FROM promise WHERE work_id = ANY($1::text[]) ORDER BY work_id, allocation_id;

-- name: read_goods
-- The goods of works, in an order that stays the same: tasks list them in it.
SELECT work_id, line_id, sku, allocation_id, state, place, pieces
FROM goods WHERE work_id = ANY($1::text[]) AND pieces > 0
ORDER BY work_id, line_id, sku, allocation_id, state, place;

-- name: read_tasks
-- The tasks of works, oldest first.
SELECT task_id, work_id, kind, location_id, group_id, transfer_id, subject, detail, lines, left_lines, owner, state,
       due_at, planned_minutes, minutes, created_at, started_at, ended_at, version
FROM task WHERE work_id = ANY($1::text[]) ORDER BY work_id, created_at, task_id;

-- name: read_transfers
-- The transfers of works.
SELECT transfer_id, work_id, group_id, from_location_id, to_location_id, carrier, owner, cost_jpy, ship_by, arrive_by,
       state, counts, shipped_at, ended_at
FROM transfer WHERE work_id = ANY($1::text[]) ORDER BY work_id, transfer_id;

-- name: read_parcels
-- The parcels of works.
SELECT work_id, parcel_id, location_id, group_id, carrier, tracking_number, cost_jpy, after_close, shipped_at,
       delivered_at
FROM parcel WHERE work_id = ANY($1::text[]) ORDER BY work_id, parcel_id;

-- name: read_codes
-- The pickup codes of works.
SELECT work_id, group_id, salt, digest FROM pickup_code WHERE work_id = ANY($1::text[]) ORDER BY work_id, salt;

-- name: save_works
-- Writes works as they are after the batch.
INSERT INTO work (work_id, kind, known, version, allocation_version, opened_at, ready_by, customer_ref, recipient_ref,
                  code_published)
SELECT work_id, kind, known, version, allocation_version, opened_at, ready_by, customer_ref, recipient_ref,
       code_published
FROM jsonb_populate_recordset(NULL::work, $1::jsonb)
ON CONFLICT (work_id) DO UPDATE
SET kind = excluded.kind, known = excluded.known, version = excluded.version,
    allocation_version = excluded.allocation_version, opened_at = excluded.opened_at, ready_by = excluded.ready_by,
    customer_ref = excluded.customer_ref, recipient_ref = excluded.recipient_ref,
    code_published = excluded.code_published;

-- name: save_groups
-- Writes groups.
INSERT INTO work_group (work_id, group_id, method, location_id, state, pickup_by)
SELECT work_id, group_id, method, location_id, state, pickup_by
FROM jsonb_populate_recordset(NULL::work_group, $1::jsonb)
ON CONFLICT (work_id, group_id) DO UPDATE
SET method = excluded.method, location_id = excluded.location_id, state = excluded.state,
    pickup_by = excluded.pickup_by;

-- name: save_lines
-- Writes lines.
INSERT INTO work_line (work_id, line_id, group_id, sku, quantity, let_go, cancelled, in_question, by_code, by_receipt, taken_at)
SELECT work_id, line_id, group_id, sku, quantity, let_go, cancelled, in_question, by_code, by_receipt, taken_at
FROM jsonb_populate_recordset(NULL::work_line, $1::jsonb)
ON CONFLICT (work_id, line_id) DO UPDATE
SET group_id = excluded.group_id, quantity = excluded.quantity, let_go = excluded.let_go,
    cancelled = excluded.cancelled, in_question = excluded.in_question, by_code = excluded.by_code,
    by_receipt = excluded.by_receipt, taken_at = excluded.taken_at;

-- name: save_promises
-- Writes promises.
INSERT INTO promise (work_id, allocation_id, line_id, sku, quantity, location_id, short, is_current)
SELECT work_id, allocation_id, line_id, sku, quantity, location_id, short, is_current
FROM jsonb_populate_recordset(NULL::promise, $1::jsonb)
ON CONFLICT (work_id, allocation_id) DO UPDATE
SET line_id = excluded.line_id, sku = excluded.sku, quantity = excluded.quantity,
    location_id = excluded.location_id, short = excluded.short, is_current = excluded.is_current;

-- name: save_goods
-- Writes piles of goods.
INSERT INTO goods (work_id, line_id, sku, allocation_id, state, place, pieces)
SELECT work_id, line_id, sku, allocation_id, state, place, pieces
FROM jsonb_populate_recordset(NULL::goods, $1::jsonb)
ON CONFLICT (work_id, line_id, sku, allocation_id, state, place) DO UPDATE SET pieces = excluded.pieces;

-- name: save_tasks
-- Writes tasks.
INSERT INTO task (task_id, work_id, kind, location_id, group_id, transfer_id, subject, detail, lines, left_lines,
                  owner, state, due_at, planned_minutes, minutes, created_at, started_at, ended_at, version)
SELECT task_id, work_id, kind, location_id, group_id, transfer_id, subject, detail, lines, left_lines,
       owner, state, due_at, planned_minutes, minutes, created_at, started_at, ended_at, version
FROM jsonb_populate_recordset(NULL::task, $1::jsonb)
ON CONFLICT (task_id) DO UPDATE
SET lines = excluded.lines, left_lines = excluded.left_lines, owner = excluded.owner, state = excluded.state,
    minutes = excluded.minutes, started_at = excluded.started_at, ended_at = excluded.ended_at,
    version = excluded.version;

-- name: save_transfers
-- Writes transfers.
INSERT INTO transfer (transfer_id, work_id, group_id, from_location_id, to_location_id, carrier, owner, cost_jpy,
                      ship_by, arrive_by, state, counts, shipped_at, ended_at)
SELECT transfer_id, work_id, group_id, from_location_id, to_location_id, carrier, owner, cost_jpy,
       ship_by, arrive_by, state, counts, shipped_at, ended_at
FROM jsonb_populate_recordset(NULL::transfer, $1::jsonb)
ON CONFLICT (transfer_id) DO UPDATE
SET carrier = excluded.carrier, state = excluded.state, counts = excluded.counts, shipped_at = excluded.shipped_at,
    ended_at = excluded.ended_at;

-- name: save_parcels
-- Writes parcels.
INSERT INTO parcel (work_id, parcel_id, location_id, group_id, carrier, tracking_number, cost_jpy, after_close,
                    shipped_at, delivered_at)
SELECT work_id, parcel_id, location_id, group_id, carrier, tracking_number, cost_jpy, after_close,
       shipped_at, delivered_at
FROM jsonb_populate_recordset(NULL::parcel, $1::jsonb)
ON CONFLICT (work_id, parcel_id) DO UPDATE SET delivered_at = excluded.delivered_at;

-- name: save_codes
-- Writes the salted hashes of pickup codes, new ones and replaced ones.
INSERT INTO pickup_code (work_id, group_id, salt, digest)
SELECT work_id, group_id, salt, digest FROM jsonb_populate_recordset(NULL::pickup_code, $1::jsonb)
ON CONFLICT (work_id, salt) DO UPDATE SET digest = excluded.digest;

-- name: keep_facts
-- Keeps facts about something that is not known yet.
INSERT INTO waiting_fact (work_id, message_id, message_source, wire_type, body, caused_at, correlation_id, traceparent,
                          arrived_at)
SELECT work_id, message_id, message_source, wire_type, body, caused_at, correlation_id, traceparent, arrived_at
FROM jsonb_populate_recordset(NULL::waiting_fact, $1::jsonb)
ON CONFLICT DO NOTHING;

-- name: read_facts
-- The facts that wait for these works, in the order in which they came.
SELECT work_id, message_id, message_source, wire_type, body, caused_at, correlation_id, traceparent, arrived_at
FROM waiting_fact WHERE work_id = ANY($1::text[]) ORDER BY work_id, arrived_at, caused_at, message_id;

-- name: forget_facts
-- Ends the waiting of facts.
DELETE FROM waiting_fact AS f
USING unnest($1::text[], $2::text[], $3::text[]) AS n (work_id, message_source, message_id)
WHERE f.work_id = n.work_id AND f.message_source = n.message_source AND f.message_id = n.message_id;

-- name: save_locations
-- Takes over what headquarters says of locations, the highest version.
INSERT INTO location (location_id, version, walking_order, open_hours, closed_dates, closed,
                      pick_minutes_per_day)
SELECT location_id, version, walking_order, open_hours, closed_dates, closed, pick_minutes_per_day
FROM jsonb_populate_recordset(NULL::location, $1::jsonb)
ON CONFLICT (location_id) DO UPDATE
SET version = excluded.version, walking_order = excluded.walking_order, open_hours = excluded.open_hours,
    closed_dates = excluded.closed_dates, closed = excluded.closed,
    pick_minutes_per_day = excluded.pick_minutes_per_day
WHERE location.version < excluded.version;

-- name: close_locations
-- A location that headquarters has deleted takes no work any more.
UPDATE location SET closed = true, pick_minutes_per_day = 0 WHERE location_id = ANY($1::text[]);

-- name: read_locations
-- Locations with their pauses, as they are.
SELECT location_id, version, walking_order, open_hours, closed_dates, closed, pick_minutes_per_day,
       pause_reason, paused_until, capacity_version, said
FROM location WHERE location_id = ANY($1::text[]) ORDER BY location_id;

-- name: save_pauses
-- Writes pauses and their ends.
UPDATE location AS l SET pause_reason = n.pause_reason, paused_until = n.paused_until
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS n (location_id, pause_reason, paused_until)
WHERE l.location_id = n.location_id;

-- name: save_capacities
-- Records what was said of capacities.
UPDATE location AS l SET capacity_version = n.capacity_version, said = n.said
FROM jsonb_populate_recordset(NULL::location, $1::jsonb) AS n
WHERE l.location_id = n.location_id;

-- name: planned_minutes
-- Minutes of picking that were asked of locations since the day, and since the hour, began.
SELECT location_id, sum(planned_minutes) AS today,
       coalesce(sum(planned_minutes) FILTER (WHERE created_at >= $3), 0) AS this_hour
FROM task
WHERE kind = 'pick' AND location_id = ANY($1::text[]) AND created_at >= $2 AND state <> 'cancelled'
GROUP BY location_id;

-- name: save_lanes
-- Takes over lanes, the highest version of each.
INSERT INTO lane (lane_id, version, from_location_id, to_location_id, days, cut_off, transit_days, carrier, cost_jpy,
                  owner)
SELECT lane_id, version, from_location_id, to_location_id, days, cut_off, transit_days, carrier, cost_jpy, owner
FROM jsonb_populate_recordset(NULL::lane, $1::jsonb)
ON CONFLICT (lane_id) DO UPDATE
SET version = excluded.version, days = excluded.days, cut_off = excluded.cut_off, transit_days = excluded.transit_days,
    carrier = excluded.carrier, cost_jpy = excluded.cost_jpy, owner = excluded.owner
WHERE lane.version < excluded.version;

-- name: delete_lanes
-- Forgets lanes that headquarters has deleted.
DELETE FROM lane WHERE lane_id = ANY($1::text[]);

-- name: read_lanes
-- The lanes between these locations.
SELECT from_location_id, to_location_id, days, cut_off, transit_days, carrier, cost_jpy, owner
FROM lane WHERE from_location_id = ANY($1::text[]) AND to_location_id = ANY($1::text[]);

-- name: read_walks
-- The order in which pickers walk past the categories of locations; one that is not there is not known.
SELECT location_id, walking_order FROM location WHERE location_id = ANY($1::text[]) AND version > 0;

-- name: save_products
-- Takes over the categories of products, the highest version of each.
INSERT INTO product (sku, version, category)
SELECT sku, version, category FROM jsonb_populate_recordset(NULL::product, $1::jsonb)
ON CONFLICT (sku) DO UPDATE SET version = excluded.version, category = excluded.category
WHERE product.version < excluded.version;

-- name: delete_products
-- Forgets products that headquarters has deleted.
DELETE FROM product WHERE sku = ANY($1::text[]);

-- name: read_categories
-- The categories of products.
SELECT sku, category FROM product WHERE sku = ANY($1::text[]);

-- name: gauge_tasks
-- Tasks still to be done, and those of them that are late.
SELECT kind, state, count(*) AS tasks, count(*) FILTER (WHERE due_at < $1) AS overdue
FROM task WHERE state IN ('open', 'assigned', 'started') GROUP BY kind, state;

-- name: gauge_transfers
-- Transfers that should have left or arrived.
SELECT state, count(*) AS overdue
FROM transfer
WHERE (state = 'planned' AND ship_by < $1) OR (state = 'shipped' AND arrive_by < $1)
GROUP BY state;

-- name: gauge_facts
-- Facts about something that is not known yet.
SELECT count(*) AS facts FROM waiting_fact;

-- name: lock_works_after
-- Locks the next works after one.
SELECT work_id FROM work WHERE work_id > $1 ORDER BY work_id LIMIT $2 FOR UPDATE;

-- name: count_tasks
-- How many tasks there are, ended ones too.
SELECT count(*) FROM task;

-- name: lock_works_with_code_after
-- Locks the next works after one whose pickup code is of use.
SELECT work_id FROM work WHERE work_id > $1 AND code_published ORDER BY work_id LIMIT $2 FOR UPDATE;

-- name: count_codes
-- How many works have a pickup code that is of use.
SELECT count(*) FROM work WHERE code_published;

-- name: lock_locations_after
-- Locks the next locations after one of which a capacity was said.
SELECT location_id, capacity_version, said FROM location
WHERE location_id > $1 AND said IS NOT NULL ORDER BY location_id LIMIT $2
FOR UPDATE;

-- name: count_capacities
-- Of how many locations a capacity was said.
SELECT count(*) FROM location WHERE said IS NOT NULL;

-- name: open_works
-- Which of these orders and transfers have not come to their end.
SELECT w.work_id FROM unnest($1::text[]) AS w (work_id)
WHERE EXISTS (SELECT FROM work_group AS g WHERE g.work_id = w.work_id AND g.state <> 'closed')
   OR EXISTS (SELECT FROM transfer AS t WHERE t.work_id = w.work_id AND t.state IN ('planned', 'shipped'))
   OR EXISTS (
       SELECT FROM task AS t WHERE t.work_id = w.work_id AND t.state IN ('open', 'assigned', 'started')
   )
   OR EXISTS (SELECT FROM parcel AS p WHERE p.work_id = w.work_id AND p.delivered_at IS NULL);
