-- What the owner made of the blog's looks, each save a row of its own, so that any of the last ones can be had back.

create table theme_versions (
  number integer primary key check (number > 0),
  -- As src/themes/theme.ts describes it; custom CSS is in it as it was typed.
  theme jsonb not null check (jsonb_typeof(theme) = 'object'),
  created_at timestamptz not null default now(),
  created_by bigint references users on delete set null
);
create index theme_versions_created_by_index on theme_versions (created_by);

-- 0 is the look that Bloggy comes with. It only grows, so that a process can tell which of two it heard of is newer.
alter table settings add column theme_number integer not null default 0 check (theme_number >= 0);
-- A picture of the library in the header of every page: while it is, it does not count as unused.
alter table settings add column logo_id bigint references media on delete set null;
create index settings_logo_id_index on settings (logo_id);
