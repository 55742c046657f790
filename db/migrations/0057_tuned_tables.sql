-- What PostgreSQL is told about tables whose rows live otherwise than most.

-- A statement is planned once for any value. By the average, a post has three comments and a person two posts, and reading
-- all of them and sorting looks as cheap as reading one page in order: until it is the post with 100,000. With as few
-- different values as this, the plan for any value is the one in order, which costs a quiet one nothing.
alter table comments alter column post_id set (n_distinct = 20);
alter table posts alter column author_id set (n_distinct = 20);
alter table post_authors alter column user_id set (n_distinct = 20);
analyze comments (post_id);
analyze posts (author_id);
analyze post_authors (user_id);

-- Rows that are counted up in their place: with room on each page, no index has to hear of it. No column of theirs that
-- changes is in an index. A row of posts or comments that changes is in several anyway, so room would not help them.
alter table reaction_counts set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
alter table attempts set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
alter table sessions set (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02);

-- Queues and journals: what is in them is gone soon, and a share of them says nothing. Whoever reads one passes by the dead.
alter table search_queue set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
alter table page_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
alter table comment_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
alter table idempotency_keys set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
-- Where it is made already; src/db/jobs-schema.ts says the same of a new one.
alter table if exists graphile_worker._private_jobs
  set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Rows that are only added: an index alone answers for those that were cleaned up, and the usual share of a large table
-- is too many to leave.
alter table audit_events set (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
alter table comments set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.02);
alter table posts set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05);
alter table post_tags set (autovacuum_vacuum_insert_scale_factor = 0.05);

-- post_links_submission_key_key begins with the same column.
drop index post_links_post_id_idx;
