-- lib/store/schema/0012_reason.sql - since when a finding has the reason that it has: a check that fails for
-- another reason than before goes on failing, but a backup from before that reason says nothing of it.

-- 0: since the verdict began, as far as is known
alter table finding add column reason_utc_ms bigint not null default 0;

insert into schema_version (version) values (12);
