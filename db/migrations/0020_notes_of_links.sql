-- Two links to a post can be told apart, and a form for one that is sent again, by a reload, makes no second: nobody would
-- know of it.
alter table post_links add column note text not null default '' check (length(note) <= 100);
alter table post_links add column submission_key uuid;
alter table post_links add constraint post_links_submission_key_key unique (post_id, submission_key);
