-- The foundation: who, about whom, what was recorded, what was made of it, and who did what.
-- Rules: forward-only; expand, then contract; the previous release keeps working on the new schema.

create table clinician (
    id            uuid primary key,
    email         text not null,
    name          text not null,
    role          text not null check (role in ('clinician', 'admin')),
    password_hash text not null,
    -- Terms the speech engine should know; short and relevant, never a general list.
    vocabulary    text[] not null default '{}',
    created_at    timestamptz not null default now(),
    disabled_at   timestamptz
);
create unique index clinician_email_key on clinician (lower(email));

-- A browser's session. The cookie holds a random token; here is its SHA-256.
create table session (
    token_hash       bytea primary key,
    clinician_id     uuid not null references clinician,
    created_at       timestamptz not null default now(),
    last_seen_at     timestamptz not null default now(),
    authenticated_at timestamptz not null default now(),
    expires_at       timestamptz not null,
    revoked_at       timestamptz
);

create table device (
    id           uuid primary key,
    name         text not null,
    platform     text not null,
    version      text not null,
    enrolled_at  timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    revoked_at   timestamptz
);

-- One credential for each clinician who uses a device: a family of rotated refresh tokens.
create table credential (
    id           uuid primary key,
    device_id    uuid not null references device,
    clinician_id uuid not null references clinician,
    created_at   timestamptz not null default now(),
    revoked_at   timestamptz
);
create index credential_device_id_idx on credential (device_id);

-- A token may be repeated until its successor is first used; after that a repeat revokes the family.
create table refresh_token (
    token_hash    bytea primary key,
    credential_id uuid not null references credential,
    parent_hash   bytea references refresh_token,
    issued_at     timestamptz not null default now(),
    used_at       timestamptz,
    voided_at     timestamptz
);
create index refresh_token_parent_hash_idx on refresh_token (parent_hash);

create table patient (
    id          uuid primary key,
    -- Entered on a workstation and not yet matched with the organisation's register.
    provisional boolean not null default true,
    name        text not null default '',
    mrn         text,
    birth_date  date,
    sex         text check (sex in ('female', 'male', 'other', 'unknown')),
    created_by  uuid not null references clinician,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);

create table encounter (
    id          uuid primary key,
    patient_id  uuid references patient,
    provisional boolean not null default true,
    created_by  uuid not null references clinician,
    started_at  timestamptz,
    created_at  timestamptz not null default now()
);

create table recording (
    id               uuid primary key,
    clinician_id     uuid not null references clinician,
    device_id        uuid not null references device,
    kind             text not null check (kind in ('dictation', 'consultation')),
    language         text not null,
    patient_id       uuid references patient,
    encounter_id     uuid references encounter,
    -- Not foreign keys: the other recording may arrive later.
    continues        uuid,
    replaces         uuid,
    replaces_start   bigint,
    replaces_samples bigint,
    started_at       timestamptz not null,
    -- SHA-256 of the creating request, to tell a repeat from a conflict.
    request_digest   bytea not null,
    stage            text not null default 'receiving' check
        (stage in ('receiving', 'transcribing', 'drafting', 'ready', 'no_speech', 'stuck', 'discarded')),
    reason           text,
    samples          bigint not null default 0,
    manifest         text,
    receipt          text,
    completed_at     timestamptz,
    discarded_at     timestamptz,
    created_at       timestamptz not null default now(),
    constraint recording_replaces_check check
        ((replaces is null) = (replaces_start is null) and (replaces is null) = (replaces_samples is null)),
    constraint recording_receipt_check check ((receipt is null) = (completed_at is null))
);
create index recording_clinician_id_idx on recording (clinician_id, created_at desc, id desc);

-- Append-only, numbered by the workstation without holes.
create table change (
    recording_id uuid not null references recording,
    number       integer not null check (number >= 0),
    at           timestamptz not null,
    change       jsonb not null,
    received_at  timestamptz not null default now(),
    primary key (recording_id, number)
);

-- The data key itself is an object of its own (keys/…), outside this database and its backups.
create table recording_key (
    recording_id uuid primary key references recording,
    key_id       uuid not null unique,
    created_at   timestamptz not null default now(),
    destroyed_at timestamptz
);

create table segment (
    recording_id uuid not null references recording,
    seq          integer not null check (seq >= 0),
    start        bigint not null check (start >= 0),
    samples      integer not null check (samples between 1 and 480000),
    speech       integer not null check (speech between 0 and samples),
    peak         integer not null check (peak between 0 and 32768),
    sha256       bytea not null check (length(sha256) = 32),
    size_bytes   integer not null check (size_bytes > 0),
    received_at  timestamptz not null default now(),
    primary key (recording_id, seq)
);

-- The transcript: one text a segment, edits kept as versions; the highest version counts.
create table segment_text (
    recording_id uuid not null,
    seq          integer not null,
    version      integer not null check (version >= 1),
    text         text not null,
    -- Who wrote it: a provider and model, or a person.
    provider     text,
    model        text,
    author_id    uuid references clinician,
    created_at   timestamptz not null default now(),
    primary key (recording_id, seq, version),
    foreign key (recording_id, seq) references segment
);

create table note (
    id           uuid primary key,
    clinician_id uuid not null references clinician,
    patient_id   uuid references patient,
    state        text not null default 'draft' check (state in ('draft', 'signed')),
    version      integer not null default 1,
    recorded_at  timestamptz not null,
    signed_at    timestamptz,
    signed_by    uuid references clinician,
    sha256       bytea,
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    constraint note_signature_check check
        ((state = 'signed') = (signed_at is not null and signed_by is not null and sha256 is not null))
);

-- A note may rest on several recordings, and a recording is in one note.
create table note_recording (
    note_id      uuid not null references note,
    recording_id uuid not null unique references recording,
    position     integer not null,
    primary key (note_id, recording_id)
);

-- Content as JSON (NoteContent): evidence in it is (recording, seq). Never updated.
create table note_version (
    note_id    uuid not null references note,
    version    integer not null check (version >= 1),
    content    jsonb not null,
    -- A person, or the drafter that wrote it.
    author_id  uuid references clinician,
    drafter    text,
    created_at timestamptz not null default now(),
    primary key (note_id, version),
    constraint note_version_author_check check ((author_id is null) <> (drafter is null))
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger note_version_immutable before update or delete on note_version
    for each row execute function refuse_change();
create trigger change_immutable before update or delete on change
    for each row execute function refuse_change();
create trigger note_signed_immutable before update or delete on note
    for each row when (old.state = 'signed') execute function refuse_change();

-- The durable queue. Claimed with skip locked, leased, fenced by attempt.
create table job (
    id           uuid primary key,
    kind         text not null check (kind in ('transcribe', 'draft')),
    recording_id uuid not null references recording,
    -- Segment of a transcribe job.
    seq          integer,
    state        text not null default 'queued' check (state in ('queued', 'running', 'done', 'dead')),
    attempt      integer not null default 0,
    run_at       timestamptz not null default now(),
    leased_until timestamptz,
    -- Stable code of the last failure; never patient text.
    error        text,
    created_at   timestamptz not null default now(),
    finished_at  timestamptz,
    constraint job_seq_check check ((kind = 'transcribe') = (seq is not null)),
    constraint job_once_key unique nulls not distinct (recording_id, kind, seq)
);
create index job_due_idx on job (run_at) where state in ('queued', 'running');

-- What the clients are told. Ordered by (xid, id): a row is delivered once its xid is below
-- pg_snapshot_xmin, so that nothing that commits late is passed over.
create table event (
    id           bigint generated always as identity primary key,
    xid          xid8 not null default pg_current_xact_id(),
    clinician_id uuid not null references clinician,
    kind         text not null check (kind in ('recording', 'transcript', 'note')),
    recording_id uuid,
    note_id      uuid,
    at           timestamptz not null default now()
);
create index event_order_idx on event (clinician_id, xid, id);

-- Who did what to what; written in the transaction of the act. Never patient text.
create table audit_event (
    id           uuid primary key,
    at           timestamptz not null default now(),
    clinician_id uuid references clinician,
    device_id    uuid references device,
    action       text not null,
    recording_id uuid,
    note_id      uuid,
    details      jsonb not null default '{}'
);
create index audit_event_at_idx on audit_event (at);
create trigger audit_event_immutable before update or delete on audit_event
    for each row execute function refuse_change();

-- Changes with every restore, so that workstations send again what a backup lacks.
create table epoch (
    only_one boolean primary key default true check (only_one),
    id       uuid not null,
    began_at timestamptz not null default now()
);
