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
       recipient_forgotten, recipient_version, code_published, wrong_codes, lock_minutes, locked_until
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
       due_at, planned_minutes, minutes, created_at, started_at, ended_at, wave_id, escalation, history, version
FROM task WHERE work_id = ANY($1::text[]) ORDER BY work_id, created_at, task_id;

-- name: read_transfers
-- The transfers of works.
SELECT transfer_id, work_id, group_id, from_location_id, to_location_id, carrier, owner, cost_jpy, ship_by, arrive_by,
       state, shipment_id, counts, shipped_at, ended_at
FROM transfer WHERE work_id = ANY($1::text[]) ORDER BY work_id, transfer_id;

-- name: read_parcels
-- The parcels of works.
SELECT work_id, parcel_id, location_id, group_id, carrier, tracking_number, cost_jpy, after_close, shipped_at,
       delivered_at, ended
FROM parcel WHERE work_id = ANY($1::text[]) ORDER BY work_id, parcel_id;

-- name: read_codes
-- The pickup codes of works.
SELECT work_id, group_id, salt, digest, digits_digest, is_replaced
FROM pickup_code WHERE work_id = ANY($1::text[]) ORDER BY work_id, salt;

-- name: save_works
-- Writes works as they are after the batch.
INSERT INTO work (work_id, kind, known, version, allocation_version, opened_at, ready_by, customer_ref, recipient_ref,
                  recipient_forgotten, recipient_version, code_published, wrong_codes, lock_minutes, locked_until)
SELECT work_id, kind, known, version, allocation_version, opened_at, ready_by, customer_ref, recipient_ref,
       recipient_forgotten, recipient_version, code_published, wrong_codes, lock_minutes, locked_until
FROM jsonb_populate_recordset(NULL::work, $1::jsonb)
ON CONFLICT (work_id) DO UPDATE
SET kind = excluded.kind, known = excluded.known, version = excluded.version,
    allocation_version = excluded.allocation_version, opened_at = excluded.opened_at, ready_by = excluded.ready_by,
    customer_ref = excluded.customer_ref, recipient_ref = excluded.recipient_ref,
    recipient_forgotten = excluded.recipient_forgotten, recipient_version = excluded.recipient_version,
    code_published = excluded.code_published, wrong_codes = excluded.wrong_codes,
    lock_minutes = excluded.lock_minutes, locked_until = excluded.locked_until;

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
                  owner, state, due_at, planned_minutes, minutes, created_at, started_at, ended_at, wave_id, escalation,
                  history, version)
SELECT task_id, work_id, kind, location_id, group_id, transfer_id, subject, detail, lines, left_lines,
       owner, state, due_at, planned_minutes, minutes, created_at, started_at, ended_at, wave_id, escalation,
       history, version
FROM jsonb_populate_recordset(NULL::task, $1::jsonb)
ON CONFLICT (task_id) DO UPDATE
SET lines = excluded.lines, left_lines = excluded.left_lines, owner = excluded.owner, state = excluded.state,
    minutes = excluded.minutes, started_at = excluded.started_at, ended_at = excluded.ended_at,
    wave_id = excluded.wave_id, escalation = excluded.escalation, history = excluded.history,
    version = excluded.version;

-- name: save_transfers
-- Writes transfers.
INSERT INTO transfer (transfer_id, work_id, group_id, from_location_id, to_location_id, carrier, owner, cost_jpy,
                      ship_by, arrive_by, state, shipment_id, counts, shipped_at, ended_at)
SELECT transfer_id, work_id, group_id, from_location_id, to_location_id, carrier, owner, cost_jpy,
       ship_by, arrive_by, state, shipment_id, counts, shipped_at, ended_at
FROM jsonb_populate_recordset(NULL::transfer, $1::jsonb)
ON CONFLICT (transfer_id) DO UPDATE
SET carrier = excluded.carrier, state = excluded.state, counts = excluded.counts, shipped_at = excluded.shipped_at,
    ended_at = excluded.ended_at;

-- name: save_parcels
-- Writes parcels.
INSERT INTO parcel (work_id, parcel_id, location_id, group_id, carrier, tracking_number, cost_jpy, after_close,
                    shipped_at, delivered_at, ended)
SELECT work_id, parcel_id, location_id, group_id, carrier, tracking_number, cost_jpy, after_close,
       shipped_at, delivered_at, ended
FROM jsonb_populate_recordset(NULL::parcel, $1::jsonb)
ON CONFLICT (work_id, parcel_id) DO UPDATE SET delivered_at = excluded.delivered_at, ended = excluded.ended;

-- name: save_codes
-- Writes the salted hashes of pickup codes, new ones and replaced ones.
INSERT INTO pickup_code (work_id, group_id, salt, digest, digits_digest, is_replaced)
SELECT work_id, group_id, salt, digest, digits_digest, is_replaced
FROM jsonb_populate_recordset(NULL::pickup_code, $1::jsonb)
ON CONFLICT (work_id, salt) DO UPDATE SET is_replaced = excluded.is_replaced;
