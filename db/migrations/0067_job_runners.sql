-- A runner of jobs that is killed leaves its job locked. The library takes it for dead after four hours, and we did after fifteen
-- minutes, since nothing told a dead runner from one that works on something long. Each says now that it lives.
-- After a crash of PostgreSQL the table is empty: whoever lives says so again, and the fifteen minutes stay for the others.
create unlogged table job_runners (
  id text primary key,
  seen_at timestamptz not null default now()
);
