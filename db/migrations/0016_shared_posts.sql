-- Who holds a link to a draft asks for it as often as they like: its page is made when it is saved. Null for drafts from
-- before; theirs is made at the first visit.
alter table post_drafts add column body_html text;

-- The beginning of a text for members is part of that text, and lists show excerpts to everybody.
update posts set excerpt = '' where visibility = 'members' and own_excerpt = '' and excerpt <> '';

-- A series is known by its title, whatever its case: addresses drop what tells C from C++.
update posts set series_id = first.id
  from series join (select lower(title) as title, min(id) as id from series group by 1) as first
    on first.title = lower(series.title)
  where posts.series_id = series.id and series.id <> first.id;
delete from series where id not in (select min(id) from series group by lower(title));
create unique index series_title_idx on series (lower(title));
