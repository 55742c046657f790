-- What readers search: a table beside the posts, filled by a job, so that no save waits for it or fails because of it. A
-- post for everybody has one row; one for members has two, of which strangers search the one without its text. There is no
-- foreign key to posts: its check would hold a post that somebody is about to save (docs/decisions/0024).
create table search_posts (
  post_id bigint not null,
  audience text not null,
  published_at timestamptz not null,
  -- Of the post, and of the rules that the row was made by.
  version integer not null,
  made_by integer not null,
  config text not null,
  -- Short and never out of line: all that is found is put in a first order by it.
  title_words tsvector not null,
  words tsvector not null,
  -- What snippets are cut from.
  body text not null,
  constraint search_posts_pkey primary key (post_id, audience),
  constraint search_posts_audience_check check (audience in ('all', 'strangers', 'members'))
);
-- A search reads the list of what is not in the index yet from end to end, so that list is kept short.
create index search_posts_words_idx on search_posts using gin (words) with (gin_pending_list_limit = 1024);
create index search_posts_newest_idx on search_posts (published_at desc, post_id desc);
-- How common a word is decides the plan of a search; PostgreSQL keeps the ten thousand commonest then.
alter table search_posts alter column words set statistics 1000;

-- Posts that changed. Rows are only added and taken away, so that two who save never meet here.
create table search_queue (
  id bigint not null generated always as identity,
  post_id bigint not null,
  constraint search_queue_pkey primary key (id)
);

-- How far the walk through all posts came that finds those without a row; null when it has been to the end. How many
-- imports were complete when it began: with another number, there is something to find again.
create table search_state (
  id boolean not null default true,
  swept_to bigint,
  imports_seen integer not null default 0,
  constraint search_state_pkey primary key (id),
  constraint search_state_id_check check (id)
);
insert into search_state (swept_to) values (0);

-- The dictionaries in use: a word that is looked for may be a word of any.
create table search_languages (
  config text not null,
  constraint search_languages_pkey primary key (config)
);

-- Words that are proposed, each with a post that everybody can see and that has it.
create table search_words (
  word text not null,
  -- Without accents, as words are compared.
  folded text not null,
  posts integer not null,
  witness bigint not null,
  constraint search_words_pkey primary key (word)
);
create index search_words_folded_idx on search_words (folded);
create index search_words_witness_idx on search_words (witness);
do $$
begin
  create extension if not exists pg_trgm;
  create index search_words_trgm_idx on search_words using gin (folded gin_trgm_ops);
exception when insufficient_privilege or feature_not_supported or undefined_file or undefined_object then
  raise notice 'Search proposes no other spelling: %', sqlerrm;
end
$$;

create function note_for_search() returns trigger language plpgsql as $$
begin
  -- An import changes very many. The walk finds those whose row is gone.
  if current_setting('bloggy.brings_many', true) = 'yes' then
    delete from search_posts where post_id = new.id;
    return null;
  end if;
  insert into search_queue (post_id) values (new.id);
  -- The queue of jobs is made after the first migrations.
  if to_regnamespace('graphile_worker') is not null then
    perform graphile_worker.add_job('index-posts', '{}'::json, max_attempts := 12, priority := 5);
  end if;
  return null;
end
$$;

-- A row that the job is writing right now is left to the job, which comes again: a save waits for nobody.
create function forget_for_search() returns trigger language plpgsql as $$
begin
  delete from search_posts where (post_id, audience) in (
    select post_id, audience from search_posts where post_id = old.id for update skip locked);
  if tg_op = 'DELETE' and exists (select from search_posts where post_id = old.id) then
    insert into search_queue (post_id) values (old.id);
  end if;
  return null;
end
$$;

-- An import brings a million rows at once and has them found by the walk through all posts instead.
create trigger posts_search_added after insert on posts for each row
  when (new.published_at is not null and current_setting('bloggy.brings_many', true) is distinct from 'yes')
  execute function note_for_search();

create trigger posts_search_changed after update on posts for each row
  when ((new.published_at is not null or old.published_at is not null) and (
    old.version is distinct from new.version or old.body_html is distinct from new.body_html
    or old.excerpt is distinct from new.excerpt or old.title is distinct from new.title
    or old.published_at is distinct from new.published_at or old.kind is distinct from new.kind
    or old.visibility is distinct from new.visibility or old.author_id is distinct from new.author_id))
  execute function note_for_search();

-- What is hidden is not found from this moment on, however long the queue is.
create trigger posts_search_hidden after update of published_at, visibility on posts for each row
  when (old.published_at is not null and (old.published_at is distinct from new.published_at
    or old.visibility is distinct from new.visibility))
  execute function forget_for_search();

create trigger posts_search_deleted after delete on posts for each row execute function forget_for_search();
