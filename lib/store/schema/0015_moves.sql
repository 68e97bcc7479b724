-- lib/store/schema/0015_moves.sql - who may move what: a host is leased for a while and not locked for good, a
-- run or a job is moved by who saw it as it is, and the trail has an order of its own.

-- Raised by each move. Who names another one than this moves nothing: somebody else was quicker.
alter table run add column version bigint not null default 0;
alter table job add column version bigint not null default 0;

-- What was blocked for now said so in its memory.
update job set outcome = 'blocked-now'
    where outcome = 'blocked' and replace(memory, '"held":true', '') <> memory;

-- A row for each host that was ever changed. `process` is who holds it, 0 for nobody; no foreign key, since
-- the row outlives it. `epoch` is raised each time that the host is taken. It holds until `until_ms` by the
-- clock of `boot`: that of one boot of one machine, which goes on while the machine sleeps.
create table lease (
    host         bigint primary key references host (id),
    run          bigint not null,
    process      bigint not null,
    epoch        bigint not null,
    boot         text not null,
    until_ms     bigint not null,
    since_utc_ms bigint not null
);
-- Locks knew no end: theirs is that of another boot.
insert into lease (host, run, process, epoch, boot, until_ms, since_utc_ms)
    select host, run, process, 1, '', 0, since_utc_ms from host_lock;
drop table host_lock;
create index lease_process on lease (process);

-- Counted up where it is written: ids are made before that, by more than one process.
alter table event add column number bigint not null default 0;
update event set number = n.number
    from (select id, row_number() over (order by id) as number from event) as n where n.id = event.id;
create unique index event_number on event (number);
drop index event_run;
drop index event_host;
create index event_run on event (run, number);
create index event_host on event (host, number);

insert into schema_version (version) values (15);
