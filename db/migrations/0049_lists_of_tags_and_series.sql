-- The most used tags first, a page at a time.
create index tag_counts_posts_idx on tag_counts (posts desc, tag_id desc);

-- How many parts of a series readers find, and when the newest came, without opening a post. The words are those of isListed
-- in src/post-states/queries.ts.
create index posts_series_listed_idx on posts (series_id, published_at desc)
  where series_id is not null and published_at is not null and kind = 'post' and visibility in ('public', 'members');
