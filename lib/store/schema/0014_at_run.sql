-- lib/store/schema/0014_at_run.sql - who is at a run, what people noted of it, the fault of a job,
-- and what to do about that of a host.

-- The process (its row's id) that began the run or took it up last and did not end it; 0: nobody, or
-- an older program, which did not note it. A run that is `running` and whose process is gone died.
alter table run add column process bigint not null default 0;
-- Words of whoever began it: the number of a change.
alter table run add column note text not null default '';
-- The fault that ended the job, by its id; '': none did.
alter table job add column fault text not null default '';
-- What to do about the fault of the last look, where that is its own; '': what is said of the fault.
alter table host add column fault_hint text not null default '';

insert into schema_version (version) values (14);
