-- Which parts of the sitemap have a post, as runs from one to another: an archive without gaps is one row, however many
-- posts it has. A job counts them again after a change, with the months and the tags. A part has the posts of a thousand
-- numbers: see postsInPart in src/sitemap/sitemap.ts.
create table sitemap_runs (
  first_part bigint primary key check (first_part >= 0),
  last_part bigint not null check (last_part >= first_part)
);

insert into sitemap_runs (first_part, last_part)
  select min(part), max(part) from (
      select part, part - row_number() over (order by part) as run from (
        select distinct (id - 1) / 1000 as part from posts
          where published_at is not null and published_at <= now() and visibility in ('public', 'members')) as parts) as runs
    group by run;

create trigger sitemap_runs_change_pages after insert or update or delete on sitemap_runs
  for each statement execute function change_lists();
