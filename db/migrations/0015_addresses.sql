-- Where a redirect leads on this blog, in the form in which addresses are compared: circles are looked for in it.
alter table redirects add column to_path text;
update redirects set to_path = rtrim(split_part(split_part(to_address, '?', 1), '#', 1), '/') where to_address like '/%';

-- Whether somebody chose the address of a draft; one that nobody chose follows the title.
alter table posts add column has_chosen_slug boolean not null default false;
