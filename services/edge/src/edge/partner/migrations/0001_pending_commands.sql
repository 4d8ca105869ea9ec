-- Commands that this process has given, kept until their outcome is back and some time beyond.

-- message_id: the ce_id under which it was sent, and is sent again. holder: whose API key gave it.
CREATE TABLE pending_command (
    command_type text NOT NULL,
    command_id text NOT NULL,
    message_id text NOT NULL UNIQUE,
    holder text NOT NULL,
    record_key text NOT NULL,
    digest text NOT NULL,
    -- to be sent again; what is settled keeps nothing of it
    body jsonb CHECK ((body IS NULL) = (state <> 'waiting')),
    traceparent text,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'refused')),
    answered_by text,
    reason text,
    detail text,
    times_resent integer NOT NULL DEFAULT 0,
    given_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (command_type, command_id)
);
CREATE INDEX pending_command_waiting ON pending_command (given_at) WHERE state = 'waiting';
CREATE INDEX pending_command_settled ON pending_command (settled_at) WHERE state <> 'waiting';

-- Requests by their Idempotency-Key, with the answer that the first one got.
CREATE TABLE idempotent_request (
    holder text NOT NULL,
    idempotency_key text NOT NULL,
    digest text NOT NULL,
    -- as text: jsonb would not keep the order of its fields, and the same answer is the same to the byte
    answer text NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (holder, idempotency_key)
);
CREATE INDEX idempotent_request_answered ON idempotent_request USING brin (answered_at);
