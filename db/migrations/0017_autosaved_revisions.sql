-- What the editor saves by itself every few seconds is a kind of its own: the next one takes its place.
alter table post_revisions drop constraint post_revisions_kind_check;
alter table post_revisions add constraint post_revisions_kind_check
  check (kind in ('saved', 'published', 'restored', 'autosaved'));
