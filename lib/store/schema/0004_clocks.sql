-- lib/store/schema/0004_clocks.sql - the history in the order in which it was seen, though a clock that
-- was wrong may have said another.

-- What the host's own clock said when the version was first seen: times of its backups are of that
-- clock, and ours may have been wrong.
alter table agent_version add column host_utc_ms bigint not null default 0; -- 0 unknown

-- The version that was written last is the one the host has. Where another has a later time, a clock
-- was ahead when that was seen: the last one comes right behind it.
update agent_version
set utc_ms = 1 + (select max(x.utc_ms) from agent_version x where x.host = agent_version.host)
where version = (select h.version from host h where h.id = agent_version.host)
  and utc_ms = (select max(x.utc_ms) from agent_version x
                where x.host = agent_version.host and x.version = agent_version.version)
  and utc_ms < (select max(x.utc_ms) from agent_version x where x.host = agent_version.host);

insert into schema_version (version) values (4);
