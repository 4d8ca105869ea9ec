-- What edge-channels tells the sites that join as they are; search_path names the schema.

-- name: outgoing
-- What goes out, for each way in order; how long ago it should have been tried at the latest.
SELECT channel, way, subject, message_id, name, state,
       extract(epoch FROM clock_timestamp() - next_at)::float8 AS late_seconds
FROM outgoing
ORDER BY outgoing_id;

-- name: channel_orders
-- Orders that are followed for a site.
SELECT order_id, channel FROM channel_order;

-- name: kept_since
-- What was settled before may be forgotten by now.
SELECT clock_timestamp() - $1::float8 * interval '1 day' AS kept_since;
