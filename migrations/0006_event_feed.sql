-- A server reads the events of everybody at once, and tells each stream its own.
create index event_all_idx on event (xid, id);
