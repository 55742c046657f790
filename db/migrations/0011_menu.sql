-- Pages are in no list: the owner names those that readers should find.
alter table settings add column menu text not null default '' check (length(menu) <= 2000);
