-- lib/store/schema/0007_contradicted.sql - findings that a backup contradicts: what stops backups, seen
-- on an earlier day than the last good one.

-- 1: the status does not follow from it
alter table finding add column contradicted bigint not null default 0;
alter table finding_past add column contradicted bigint not null default 0;

insert into schema_version (version) values (7);
