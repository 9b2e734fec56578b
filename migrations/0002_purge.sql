-- Discarded recordings are deleted for good after 30 days: audio, key, text and the unsigned note. The row stays,
-- with its history, to say that there was one.

alter table recording add column purged_at timestamptz;
create index recording_discarded_at_idx on recording (discarded_at)
    where discarded_at is not null and purged_at is null;

-- Versions of notes are never changed; they are deleted by a purge and by nothing else.
create function refuse_delete_unless_purging() returns trigger language plpgsql as $$
begin
    if coalesce(current_setting('medrecord.purging', true), '') <> 'on' then
        raise exception 'rows of % are never deleted', tg_table_name using errcode = 'restrict_violation';
    end if;
    return old;
end $$;

drop trigger note_version_immutable on note_version;
create trigger note_version_immutable before update on note_version
    for each row execute function refuse_change();
create trigger note_version_undeletable before delete on note_version
    for each row execute function refuse_delete_unless_purging();
