-- lib/store/schema/0010_severity.sql - what a failing check counts for on this host, where that is not
-- what the catalogue says: by the word of a policy, or because backups go through all the same. The
-- latter was a column of its own.

-- null: as the catalogue has it
alter table finding add column severity text;
alter table finding_past add column severity text;
alter table finding drop column contradicted;
alter table finding_past drop column contradicted;

insert into schema_version (version) values (10);
