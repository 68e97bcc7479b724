-- lib/store/schema/0003_newest.sql - what is so now and what was so before lie apart, so that a
-- report of all hosts reads the newest in one piece, however long the past has become. Numbers that
-- change at every look are kept once, the newest: one text a host.

alter table host add column deep_utc_ms bigint not null default 0;   -- as facts_utc_ms, for deep facts
alter table host add column system_utc_ms bigint not null default 0; -- and for those only SYSTEM reads

-- Newest readings, packed: from single rows to one list a fact, then to one object a host.
create table packed_reading as
select r.host, r.fact, row_number() over (partition by r.host, r.fact order by w.name) as n,
       '"' || w.name || '":' || r.value as text
from fact f join host h on h.id = f.host
join reading r on r.host = f.host and r.fact = f.name
    and r.utc_ms = coalesce(f.confirmed_utc_ms, h.facts_utc_ms)
join word w on w.id = r.name
where f.until_utc_ms is null;
create index packed_reading_place on packed_reading (host, fact, n);

create table packed_list as
with recursive list (host, fact, n, text) as (
    select host, fact, n, text from packed_reading where n = 1
    union all
    select l.host, l.fact, p.n, l.text || ',' || p.text
    from list l join packed_reading p on p.host = l.host and p.fact = l.fact and p.n = l.n + 1
)
select host, fact, n, text from list;
create index packed_list_place on packed_list (host, fact, n);

create table packed_fact as
select f.host, row_number() over (partition by f.host order by w.name) as n,
       '"' || w.name || '":[' || f.ms
       || coalesce(',{' || (select l.text from packed_list l where l.host = f.host
                            and l.fact = f.name order by l.n desc limit 1) || '}', '')
       || ']' as text
from fact f join word w on w.id = f.name
where f.until_utc_ms is null;
create index packed_fact_place on packed_fact (host, n);

create table packed_host as
with recursive list (host, n, text) as (
    select host, n, text from packed_fact where n = 1
    union all
    select l.host, p.n, l.text || ',' || p.text
    from list l join packed_fact p on p.host = l.host and p.n = l.n + 1
)
select host, n, text from list;
create index packed_host_place on packed_host (host, n);

-- {"clock":[35,{"skew_ms":12,...}],"dotnet":[3],...}: what collecting the fact took on the host, and
-- its numbers. A fact that a look does not answer keeps its part.
create table reading_now (
    host  bigint primary key references host (id),
    value text not null
);
insert into reading_now (host, value)
select h.id, '{' || (select p.text from packed_host p where p.host = h.id
                     order by p.n desc limit 1) || '}'
from host h where exists (select 1 from packed_host p where p.host = h.id);
drop table packed_host;
drop table packed_fact;
drop table packed_list;
drop table packed_reading;
drop table reading;
alter table reading_now rename to reading;

alter table fact rename to fact_before;
create table fact_past (
    host         bigint not null references host (id),
    name         bigint not null references word (id),
    since_utc_ms bigint not null,
    until_utc_ms bigint not null,
    value        text,
    error        text,
    error_kind   text
);
insert into fact_past (host, name, since_utc_ms, until_utc_ms, value, error, error_kind)
select host, name, since_utc_ms, until_utc_ms, value, error, error_kind
from fact_before where until_utc_ms is not null;
create index fact_past_host on fact_past (host, name);

create table fact (
    host             bigint not null references host (id),
    name             bigint not null references word (id),
    depth            bigint not null,           -- 0 asked at every look, 1 deep, 2 by SYSTEM only
    since_utc_ms     bigint not null,
    confirmed_utc_ms bigint,                    -- null: at the host's time for that depth
    value            text,                      -- canonical JSON without readings; null: see error
    error            text,
    error_kind       text,
    primary key (host, name)
);
insert into fact
    (host, name, depth, since_utc_ms, confirmed_utc_ms, value, error, error_kind)
select host, name, 0, since_utc_ms, confirmed_utc_ms, value, error, error_kind
from fact_before where until_utc_ms is null order by host, name;
drop table fact_before;

alter table finding rename to finding_before;
create table finding_past (
    host         bigint not null references host (id),
    name         bigint not null references word (id),
    since_utc_ms bigint not null,
    until_utc_ms bigint not null,
    verdict      text not null,
    evidence     text not null                  -- the last there was for this verdict
);
insert into finding_past (host, name, since_utc_ms, until_utc_ms, verdict, evidence)
select host, name, since_utc_ms, until_utc_ms, verdict, evidence
from finding_before where until_utc_ms is not null;
create index finding_past_host on finding_past (host, name);
create index finding_past_until on finding_past (until_utc_ms);

create table finding (
    host         bigint not null references host (id),
    name         bigint not null references word (id),
    since_utc_ms bigint not null,
    verdict      text not null,
    evidence     text not null,
    primary key (host, name)
);
insert into finding (host, name, since_utc_ms, verdict, evidence)
select host, name, since_utc_ms, verdict, evidence
from finding_before where until_utc_ms is null order by host, name;
drop table finding_before;
create index finding_trouble on finding (host, name, verdict, since_utc_ms)
    where verdict <> 'pass' and verdict <> 'not applicable';

insert into schema_version (version) values (3);
