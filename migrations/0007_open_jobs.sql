-- Rather fail and be tried again than let every upload wait behind a transaction that someone left open.
set local lock_timeout = '5s';
-- Every health check counts the jobs that are not done: without reading all that ever were.
create index job_open_idx on job (run_at) where state <> 'done';
