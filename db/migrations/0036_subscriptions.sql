-- Who is told of comments by mail, what was told, and what a link in a mail ends.

-- Of a thread, or of a whole post. One that is muted says that its author wants to hear nothing of this post.
create table subscriptions (
  id bigint generated always as identity primary key,
  user_id bigint not null references users on delete cascade,
  post_id bigint not null references posts on delete cascade,
  thread_id bigint references comments on delete cascade,
  is_muted boolean not null default false,
  created_at timestamptz not null default now(),
  unique nulls not distinct (user_id, post_id, thread_id)
);
create index subscriptions_post_id_idx on subscriptions (post_id);
create index subscriptions_thread_id_idx on subscriptions (thread_id) where thread_id is not null;

-- Nobody is told twice, however often a comment is approved or a job runs.
create table comment_tellings (
  user_id bigint not null references users on delete cascade,
  comment_id bigint not null references comments on delete cascade,
  told_at timestamptz not null default now(),
  mailed_at timestamptz,
  primary key (user_id, comment_id)
);
create index comment_tellings_comment_id_idx on comment_tellings (comment_id);
create index comment_tellings_mailed_at_idx on comment_tellings (mailed_at);

create table unsubscribe_tokens (
  token_hash bytea not null,
  user_id bigint not null references users on delete cascade,
  post_id bigint not null references posts on delete cascade,
  created_at timestamptz not null default now(),
  primary key (token_hash, post_id),
  constraint unsubscribe_tokens_token_hash_check check (octet_length(token_hash) = 32)
);
create index unsubscribe_tokens_user_id_idx on unsubscribe_tokens (user_id);
create index unsubscribe_tokens_post_id_idx on unsubscribe_tokens (post_id);
create index unsubscribe_tokens_created_at_idx on unsubscribe_tokens (created_at);

-- Of comments on their own posts.
alter table users add column is_told_of_comments boolean not null default true;

-- Whoever approves a comment, and by whatever statement, its readers are told in that transaction.
create function enqueue_tellings() returns trigger language plpgsql as $$
begin
  perform graphile_worker.add_job('tell-of-comment', json_build_object('comment_id', new.id), max_attempts := 12);
  return null;
end $$;
create trigger comments_mail_new after insert on comments for each row
  when (new.body_format = 'markdown' and new.state = 'approved') execute function enqueue_tellings();
create trigger comments_mail_approved after update of state on comments for each row
  when (new.body_format = 'markdown' and old.state <> 'approved' and new.state = 'approved')
  execute function enqueue_tellings();
