-- A note follows its recordings (trimmed, said again, gone on with, discarded) until a person touches it.

-- Recordings that name another one are looked for by it.
create index recording_continues_idx on recording (continues) where continues is not null;
create index recording_replaces_idx on recording (replaces) where replaces is not null;

alter table note
    -- SHA-256 of the texts that the last draft was made from, in the order of reading. None: from before this column.
    add column basis bytea check (length(basis) = 32),
    -- The texts are others by now, and a person has edited the note: nothing is changed without their word.
    add column outdated boolean not null default false,
    -- The version on which a person asked to draft anew; void as soon as the note has another version.
    add column redraft_of integer;
