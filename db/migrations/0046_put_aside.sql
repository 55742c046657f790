-- Whoever wrote a comment sees it, marked, while it waits and when it was hidden or taken for spam.
create index comments_put_aside_idx on comments (post_id, author_id) where state <> 'approved';
drop index comments_waiting_idx;
