-- The calendar, the dashboard and the list of what waits ask for posts by their date, whoever may read them.
create index posts_published_idx on posts (published_at) where published_at is not null;

-- What is in the bin has no date, whoever sets one: the row is locked by then, so this sees what its holder before did.
create function refuse_date_in_bin() returns trigger language plpgsql as $$
begin
  if exists (select from post_bin where post_id = new.id) then
    raise exception 'Post % is in the bin.', new.id using errcode = 'check_violation', constraint = 'post_bin_has_no_date';
  end if;
  return new;
end $$;
create trigger posts_date_in_bin before update of published_at on posts
  for each row when (new.published_at is not null and old.published_at is distinct from new.published_at)
  execute function refuse_date_in_bin();
