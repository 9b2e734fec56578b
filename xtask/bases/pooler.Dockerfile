# PgBouncer for `cargo xtask compose-test scale`. Debian 12's 1.18 keeps no prepared statements; this one does.
FROM docker.io/library/debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends pgbouncer && rm -rf /var/lib/apt/lists/*
USER 999:999
EXPOSE 6432
CMD ["pgbouncer", "/etc/pooler/pgbouncer.ini"]
