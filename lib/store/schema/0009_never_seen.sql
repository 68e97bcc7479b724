-- lib/store/schema/0009_never_seen.sql - what was never-scanned is never-seen: no look at the host ever
-- brought its facts, whether or not one was tried.

update status_change set status = 'never-seen' where status = 'never-scanned';
update status_change set was = 'never-seen' where was = 'never-scanned';
update host set shown = 'never-seen' where shown = 'never-scanned';

insert into schema_version (version) values (9);
