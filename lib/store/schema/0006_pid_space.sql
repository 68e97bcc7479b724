-- lib/store/schema/0006_pid_space.sql - in which pid namespace a process has its pid: in a container
-- the same pid is another process.

-- inode of /proc/self/ns/pid as the process saw its own; 0: not known
alter table process add column pid_space bigint not null default 0;

insert into schema_version (version) values (6);
