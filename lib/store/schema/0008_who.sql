-- lib/store/schema/0008_who.sql - who answers under the name of a host: what it shall call itself, what it
-- does, and which machine it is. Hashes: three words (SMBIOS UUID, MachineGuid, machine SID), - for one that
-- is not known; '' before a look asked.

alter table host add column computer_name text not null default '';    -- the inventory's own word; '' none
alter table host add column computer text not null default '';         -- what the server called itself last
alter table host add column machine text not null default '';          -- what answered last
alter table host add column machine_known text not null default '';    -- what shall answer

insert into schema_version (version) values (8);
