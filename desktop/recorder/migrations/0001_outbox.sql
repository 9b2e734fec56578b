-- The outbox: everything that is not yet acknowledged, and the state of everything that was.
-- Times are RFC 3339 in UTC; ids are UUIDs (16 bytes); samples count at 16 kHz.

CREATE TABLE account (
    clinician    BLOB PRIMARY KEY,
    device       BLOB NOT NULL,
    server       TEXT NOT NULL,
    email        TEXT NOT NULL,
    name         TEXT NOT NULL,
    device_name  TEXT NOT NULL,
    receipt_kid  TEXT NOT NULL,
    receipt_x    TEXT NOT NULL
);

CREATE TABLE recording (
    id              BLOB PRIMARY KEY,
    -- NULL until the workstation is enrolled
    owner           BLOB REFERENCES account (clinician),
    started_at      TEXT NOT NULL,
    -- what the server is told, JSON; never changed afterwards
    body            TEXT NOT NULL,
    -- as last said, JSON
    patient         TEXT,
    state           TEXT NOT NULL DEFAULT 'recording'
                    CHECK (state IN ('recording', 'finished', 'acknowledged', 'released')),
    recovered       INTEGER NOT NULL DEFAULT 0,
    wedged          TEXT,
    receipt         TEXT,
    acknowledged_at TEXT,
    stage           TEXT,
    reason          TEXT,
    note            BLOB,
    note_text       TEXT,
    CHECK ((receipt IS NULL) = (acknowledged_at IS NULL)),
    CHECK ((receipt IS NULL) = (state IN ('recording', 'finished')))
);
CREATE INDEX recording_by_owner ON recording (owner, started_at);

-- States only move forward, whoever asks.
CREATE TRIGGER recording_state_forward BEFORE UPDATE OF state ON recording
WHEN instr('recording finished acknowledged released', NEW.state)
   < instr('recording finished acknowledged released', OLD.state)
BEGIN
    SELECT RAISE(ABORT, 'a recording''s state only moves forward');
END;

CREATE TABLE chunk (
    recording BLOB NOT NULL REFERENCES recording (id),
    start     INTEGER NOT NULL,
    -- 16 bit little endian
    pcm       BLOB NOT NULL,
    PRIMARY KEY (recording, start)
);

CREATE TABLE segment (
    recording BLOB NOT NULL REFERENCES recording (id),
    seq       INTEGER NOT NULL,
    start     INTEGER NOT NULL,
    samples   INTEGER NOT NULL,
    speech    INTEGER NOT NULL,
    peak      INTEGER NOT NULL,
    sha256    BLOB NOT NULL,
    sent_at   TEXT,
    PRIMARY KEY (recording, seq)
);

-- Apart from its segment, which is read ten times a second and changed when it is acknowledged: SQLite
-- reads and writes a row with all that stands before the column in question. Deleted when the audio is released.
CREATE TABLE segment_audio (
    recording BLOB NOT NULL,
    seq       INTEGER NOT NULL,
    flac      BLOB NOT NULL,
    PRIMARY KEY (recording, seq),
    FOREIGN KEY (recording, seq) REFERENCES segment (recording, seq)
);

CREATE TABLE change (
    recording BLOB NOT NULL REFERENCES recording (id),
    number    INTEGER NOT NULL,
    at        TEXT NOT NULL,
    -- ChangeKind, JSON
    body      TEXT NOT NULL,
    sent_at   TEXT,
    PRIMARY KEY (recording, number)
);

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
