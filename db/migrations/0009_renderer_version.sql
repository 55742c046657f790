-- When the program learns to render better, a job renders again what an older one made.
alter table posts add column renderer_version integer not null default 1;
create index posts_renderer_idx on posts (renderer_version, id) where body_format = 'markdown';
