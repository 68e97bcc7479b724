-- lib/store/schema/0011_tries.sql - how often a host was not reached in a row, and what kind of server
-- it is: that it never answered is other news than that nobody asked.

alter table host add column failed_looks bigint not null default 0;    -- since it was last seen whole
alter table host add column kind text not null default '';             -- plain, dpm, mabs, asr; '': not known

-- The newest upgrade of one host, which `show` asks for, among those of all.
create index job_host on job (host, id);

insert into schema_version (version) values (11);
