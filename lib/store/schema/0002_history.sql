-- lib/store/schema/0002_history.sql - what reports over time need: the groups of a host, what its
-- inventory expects of it, and each change of the word that stands for it.

alter table host add column groups text not null default '[]';     -- JSON, names sorted
alter table host add column time_zone text not null default '';    -- expected; Windows id
alter table host add column offline text not null default '';      -- source, copy; first backup by disk
alter table host add column first_utc_ms bigint not null default 0; -- came into the inventory; 0 unknown
alter table host add column shown text not null default '';        -- the word last written below

-- The word a report would have shown, a row only when it changed: the nine of the status, and `gone`
-- when no inventory named the host any more. `was` is the word before, '' for the first.
create table status_change (
    host   bigint not null references host (id),
    utc_ms bigint not null,
    was    text not null,
    status text not null,
    primary key (host, utc_ms)
);
create index status_change_time on status_change (utc_ms);
create index scan_begun on scan (begun_utc_ms);

-- What is known from before: the status holds at least since the newest change of a verdict.
update host set
    first_utc_ms = coalesce((select min(l.utc_ms) from look l where l.host = host.id), 0),
    shown = case when skip <> 0 or mars = 'none' or status = 'excluded' then 'excluded'
                 when status = '' then 'never-scanned' else status end;
insert into status_change (host, utc_ms, was, status)
select h.id, coalesce((select max(f.since_utc_ms) from finding f
                       where f.host = h.id and f.until_utc_ms is null), h.first_utc_ms), '', h.shown
from host h;
insert into status_change (host, utc_ms, was, status)
select h.id, h.gone_utc_ms, h.shown, 'gone' from host h
where h.gone_utc_ms > (select max(c.utc_ms) from status_change c where c.host = h.id);
update host set shown = 'gone' where gone_utc_ms <> 0;

insert into schema_version (version) values (2);
