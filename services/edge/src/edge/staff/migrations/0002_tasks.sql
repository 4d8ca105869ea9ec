-- Tasks of all services, as their state topics tell them.
CREATE TABLE task (
    topic text NOT NULL,
    task_id text NOT NULL,
    version bigint NOT NULL,
    location_id text,
    owner text,
    department text,
    due_at timestamptz NOT NULL,
    ended_at timestamptz,
    body jsonb NOT NULL,
    PRIMARY KEY (topic, task_id)
);
CREATE INDEX task_open ON task (location_id, due_at) WHERE ended_at IS NULL;
CREATE INDEX task_ended ON task (location_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX task_owner ON task (owner, due_at) WHERE ended_at IS NULL;
CREATE INDEX task_department ON task (department, due_at) WHERE ended_at IS NULL;
