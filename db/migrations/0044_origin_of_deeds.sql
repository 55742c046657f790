-- A line of the audit log says by itself that a command made it: commands connect under a name of their own.
alter table audit_events alter column origin
  set default case current_setting('application_name') when 'bloggy command' then 'command' else 'web' end;
