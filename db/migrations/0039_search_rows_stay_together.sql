-- Looking at the words of a found post costs one page instead of five: rows up to a page stay in one piece. Those that are
-- there already follow when they are written again.
alter table search_posts set (toast_tuple_target = 8160);
