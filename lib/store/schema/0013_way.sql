-- lib/store/schema/0013_way.sql - of hosts with two ways, which of them led there.

-- Why the way that led there last was WinRM and not SSH; '': it was SSH, or there is one way.
alter table host add column not_by_ssh text not null default '';

insert into schema_version (version) values (13);
