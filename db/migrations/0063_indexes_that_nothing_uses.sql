-- Found by test/index-use.slow.test.ts. Whoever looks for a scheduled post knows its number, and the moment of the next one is
-- read from posts; guests without comments are looked for whether they confirmed or not.
drop index scheduled_posts_appears_idx;
drop index guests_unconfirmed_idx;
