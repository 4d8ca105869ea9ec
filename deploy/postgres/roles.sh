#!/usr/bin/env bash
# Runs once, when a database's volume is new: the auditor's read-only role, and the roles of edge's processes.
# TSUNAGU_ROLES: names of further roles; each gets a schema of its name in this database.
set -euo pipefail
query() { psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"; }

query -v password="$TSUNAGU_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE tsunagu_audit LOGIN PASSWORD :'password';
GRANT pg_read_all_data TO tsunagu_audit;
SQL
for role in ${TSUNAGU_ROLES:-}; do
  query -v role="$role" -v password="$TSUNAGU_DATABASE_PASSWORD" -v database="$POSTGRES_DB" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE :"database" TO :"role";
CREATE SCHEMA :"role" AUTHORIZATION :"role";
SQL
done
