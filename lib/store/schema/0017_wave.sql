-- lib/store/schema/0017_wave.sql - in which wave of its run a host comes, so that who goes on with
-- the run keeps to them.

-- From 1 on; 0: in none, as before there were any.
alter table job add column wave bigint not null default 0;

insert into schema_version (version) values (17);
