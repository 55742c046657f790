-- expands
-- 0067 makes a table that a program from before does not know, and takes nothing: that program goes on, as
-- `npm run faults -- two-versions` shows. Its file does not say so and ran already, so it is said here.
-- A job that such a program works on for longer than half a minute may be begun a second time, since that program
-- gives no sign of life; so may every job whose runner dies.
update schema_migrations set expands = true where name = '0067_job_runners';
