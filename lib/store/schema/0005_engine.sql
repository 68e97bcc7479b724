-- lib/store/schema/0005_engine.sql - whether the service obengine stands still because of a run of ours,
-- so that reports of all hosts need no facts for it.

-- The journal's word: the run that began to change the host while obengine ran; '' once a look saw it
-- running again.
alter table host add column engine_changed_by text not null default '';
-- What the newest look at the service saw: '' it runs, or stands still and no run of ours is to blame,
-- else the run that the key on the server names, or the one above.
alter table host add column engine_stopped_by text not null default '';

-- Jobs of before: the newest that found obengine running (its memory says so) and whose own looks saw
-- it standing still last, where that is how it still is.
update host set engine_changed_by = coalesce((
    select r.name
    from job j join run r on r.id = j.run
    join fact f on f.host = j.host and f.name = (select w.id from word w where w.name = 'service.obengine')
    where j.host = host.id and j.changed <> 0
        and replace(j.memory, '"state":4', '') <> j.memory
        and replace(f.value, '"exists":true', '') <> f.value
        and replace(f.value, '"state":4', '') = f.value
        and f.since_utc_ms >= j.begun_utc_ms
        and (j.ended_utc_ms = 0 or f.since_utc_ms <= j.ended_utc_ms)
    order by r.begun_utc_ms desc, r.id desc limit 1), '');
update host set engine_stopped_by = engine_changed_by;

insert into schema_version (version) values (5);
