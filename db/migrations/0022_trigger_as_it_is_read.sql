-- The same condition in the words that PostgreSQL reads back from itself: a comparison of rows came back from a dump, and
-- from the exchange of tables that an import does, in other words.
drop trigger posts_moment on posts;
create trigger posts_moment after update of published_at, kind, visibility on posts for each row
  when (old.published_at is distinct from new.published_at or old.kind is distinct from new.kind
    or old.visibility is distinct from new.visibility)
  execute function give_moment_of_post();
