-- Links to purchase histories, one of each guest who has asked for one. state: what customer shows by it, null until it
-- has said anything; deleted with the link.
CREATE TABLE history_link (
    holder text PRIMARY KEY,
    link_id text NOT NULL UNIQUE,
    asked_at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    state jsonb
);
CREATE INDEX history_link_asked ON history_link (asked_at);
