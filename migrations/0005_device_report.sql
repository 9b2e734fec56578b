-- What a workstation last told of itself, for each clinician whose recordings it holds: numbers, never patients or text.
create table device_report (
    device_id         uuid not null references device,
    clinician_id      uuid not null references clinician,
    at                timestamptz not null,
    -- Finished recordings that are not wholly on the server.
    waiting           integer not null check (waiting >= 0),
    -- When the oldest of them began, by the server's clock.
    oldest_waiting_at timestamptz,
    wedged            integer not null check (wedged >= 0),
    -- The workstation's clock less the server's.
    clock_skew_s      integer not null,
    primary key (device_id, clinician_id),
    constraint device_report_oldest_check check ((waiting = 0) = (oldest_waiting_at is null))
);
-- A clinician's workstations are looked up by clinician.
create index credential_clinician_id_idx on credential (clinician_id);
