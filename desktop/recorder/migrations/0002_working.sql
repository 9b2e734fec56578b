-- Working with recordings: the trash, what was said last about consent and the end, files as they came.

-- As last said; the history is in `change`.
ALTER TABLE recording ADD COLUMN discarded_at TEXT;
-- Consent, JSON
ALTER TABLE recording ADD COLUMN consent TEXT;
-- In samples: what begins here or later is left out
ALTER TABLE recording ADD COLUMN trimmed_to INTEGER;
-- Whether the server may have heard of it: set before it is told for the first time.
ALTER TABLE recording ADD COLUMN offered INTEGER NOT NULL DEFAULT 0;
UPDATE recording SET offered = 1 WHERE owner IS NOT NULL;
CREATE INDEX recording_discarded ON recording (discarded_at) WHERE discarded_at IS NOT NULL;

-- The file that a recording was imported from. Stays on this computer; deleted with the audio.
CREATE TABLE original (
    recording  BLOB PRIMARY KEY REFERENCES recording (id),
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes      BLOB NOT NULL
);
