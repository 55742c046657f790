-- By which token of a program something was done. The name is kept: tokens end, and lines stay.
alter table audit_events add column token_name text;
-- The fewer lines, those that came by no page; an older Bloggy's have an origin in its own words. Small, so soon made.
create index audit_events_origin_idx on audit_events (origin, created_at desc, id desc) where origin <> 'web' and action <> 'legacy.event';
create index audit_events_token_idx on audit_events (token_name, created_at desc, id desc) where token_name is not null;
