-- lib/store/schema/0018_scan_process.sql - who is at a scan, so that one that died is told from one
-- that goes on.

-- The process (its row's id) that began it; 0: an older program, which did not note it. A scan
-- without an end whose process is gone died.
alter table scan add column process bigint not null default 0;

insert into schema_version (version) values (18);
