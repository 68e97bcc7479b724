-- lib/store/schema/0008_who.sql - who answers under the name of a host: what it shall call itself.

alter table host add column computer_name text not null default '';    -- the inventory's own word; '' none

insert into schema_version (version) values (8);
