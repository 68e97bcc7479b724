-- lib/store/schema/0016_plan.sql - plans of upgrades that wait for somebody to approve and start them.

-- A plan is a run that has not begun: its row in `run` and its jobs, and this.
create table plan (
    run              bigint primary key references run (id),
    name             text not null unique,      -- what people gave it, else the run's own name
    hash             text not null,             -- SHA-256 over all that it says
    policy           text not null,             -- SHA-256 of the policy that held
    expires_utc_ms   bigint not null,
    approved_hash    text not null default '',  -- '': nobody did
    approved_by      text not null default '',
    approved_utc_ms  bigint not null default 0
);

-- Its place among runs, where it was planned before it began: an id of then; 0: its own.
alter table run add column began bigint not null default 0;

insert into schema_version (version) values (16);
