-- The epoch tells workstations that this database is not the one they knew, but a restored one: they then send again
-- what it lacks. Its mark is kept in the store of the keys, too, which no restore of the database takes back.

-- Higher than that of any epoch before; and how often the server looked, so that an older state of the same epoch
-- is told from a newer one.
alter table epoch add column generation integer not null default 1;
alter table epoch add column beat bigint not null default 0;
-- Workstations are told of an epoch once it is known which objects the restore lost.
alter table epoch add column checked_at timestamptz;

-- The row is here and its object is not: it is to be sent again.
alter table segment add column missing_at timestamptz;
create index segment_missing_idx on segment (recording_id) where missing_at is not null;

-- The one row is there from the beginning, so that servers that start at the same time wait for each other. Generation
-- 0: no epoch yet.
insert into epoch (id, generation, beat) values ('00000000-0000-0000-0000-000000000000', 0, 0);
