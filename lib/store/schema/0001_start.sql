-- lib/store/schema/0001_start.sql - what the first release keeps.
-- One text for SQLite and PostgreSQL: bigint only, ids made in C, times in milliseconds since 1970
-- (UTC). "" and 0 say "none" unless a column may be null.

create table schema_version (
    version bigint primary key
);

-- Commands at work that write. One that died is recognised by `started`, and swept up by the next.
create table process (
    id           bigint primary key,
    machine      text not null,
    pid          bigint not null,
    started      text not null,         -- boot id, start tick: a pid used again is another
    user_name    text not null,
    command      text not null,
    since_utc_ms bigint not null
);

create table setting (
    name  text primary key,
    value text not null
);

-- Names of facts, readings and checks, so that the long tables hold small numbers.
create table word (
    id   bigint primary key,
    name text not null unique
);

-- The inventory as last loaded, and the newest of what was seen. An unchanged look writes here only
-- (and its readings): a fact without a time of its own was confirmed at facts_utc_ms.
create table host (
    id           bigint primary key,
    name         text not null unique,
    address      text not null,
    owner        text not null,
    site         text not null,
    vault        text not null,
    cloud        text not null,
    mars         text not null,
    skip         bigint not null,
    gone_utc_ms  bigint not null default 0,
    status       text not null default '',
    version      text,                          -- null: never known; '': no agent
    seen_utc_ms  bigint not null default 0,     -- last look with a whole answer
    tried_utc_ms bigint not null default 0,     -- last look of any kind
    facts_utc_ms bigint not null default 0,     -- last look that brought facts
    fault        text not null default '',      -- of the last look
    fault_text   text not null default ''
);

create table scan (
    id           bigint primary key,
    patterns     text not null,
    hosts        bigint not null,
    seen         bigint not null default 0,
    faults       bigint not null default 0,
    how          text not null default '',      -- done, interrupted, deadline; '' under way or died
    actor        text not null,
    begun_utc_ms bigint not null,
    ended_utc_ms bigint not null default 0
);

create table look (
    host    bigint not null references host (id),
    utc_ms  bigint not null,
    scan    bigint references scan (id),        -- null outside a scan
    source  text not null,                      -- scan, upgrade, import
    took_ms bigint not null,
    fault   text not null default '',
    primary key (host, utc_ms)
);

-- A row holds from since_utc_ms to until_utc_ms; null is still so.
create table fact (
    host             bigint not null references host (id),
    name             bigint not null references word (id),
    since_utc_ms     bigint not null,
    until_utc_ms     bigint,
    confirmed_utc_ms bigint,                    -- null: at host.facts_utc_ms
    value            text,                      -- canonical JSON without readings; null: see error
    error            text,
    error_kind       text,
    ms               bigint not null            -- what collecting it took, when it changed
);
create unique index fact_now on fact (host, name) where until_utc_ms is null;

-- Numbers that change at every look. Ordered by look, so that one look touches one page.
create table reading (
    host   bigint not null references host (id),
    utc_ms bigint not null,
    fact   bigint not null references word (id),
    name   bigint not null references word (id),
    value  bigint not null,
    primary key (host, utc_ms, fact, name)
);

-- A row a verdict. While the verdict stays its evidence is kept up to date in place: free space is
-- another number every night, and a row for each would be most of the database.
create table finding (
    host         bigint not null references host (id),
    name         bigint not null references word (id),
    since_utc_ms bigint not null,
    until_utc_ms bigint,
    verdict      text not null,
    evidence     text not null
);
create unique index finding_now on finding (host, name) where until_utc_ms is null;

create table agent_version (
    host    bigint not null references host (id),
    utc_ms  bigint not null,
    version text not null,                      -- '': the agent was gone
    source  text not null,
    primary key (host, utc_ms)
);

create table run (
    id           bigint primary key,
    name         text not null unique,
    installer    text not null,
    sha256       text not null,
    target       text not null,
    options      text not null,                 -- JSON
    state        text not null,
    actor        text not null,
    begun_utc_ms bigint not null,
    ended_utc_ms bigint not null default 0
);

create table job (
    id             bigint primary key,
    run            bigint not null references run (id),
    host           bigint not null references host (id),
    position       bigint not null,
    state          text not null,               -- words of upgrader/job/job.c
    outcome        text not null,               -- '' while under way
    reason         text not null,
    version_before text not null,
    version_after  text not null,
    folder         text not null,
    memory         text not null,               -- JSON: what the steps remember
    changed        bigint not null,
    reboot_pending bigint not null,
    begun_utc_ms   bigint not null,
    ended_utc_ms   bigint not null,
    unique (run, host)
);

-- One change at a time on a host. `process` is no foreign key: a lock outlives its process.
create table host_lock (
    host         bigint primary key references host (id),
    run          bigint not null,
    process      bigint not null,
    since_utc_ms bigint not null
);

-- The trail. Ids grow with time, so they are the order.
create table event (
    id     bigint primary key,
    utc_ms bigint not null,
    host   bigint references host (id),
    run    bigint references run (id),
    kind   text not null,
    text   text not null,
    actor  text not null
);
create index event_run on event (run, id);
create index event_host on event (host, id);

insert into schema_version (version) values (1);
