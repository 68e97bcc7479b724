/* sql.c - the statements. Rules that keep one text good for both engines: bigint only, NULLS LAST
 * where a null could be sorted, no LIKE, no COLLATE, no FOR UPDATE, no INSERT OR REPLACE, texts are
 * sorted in C (their order in SQL is the database's locale on one side only). Readers of all hosts
 * and of one share a statement by asking for a range of ids, which both answer from the index. */
#include "store/engine/sql.h"

#define HOST_COLUMNS                                                                               \
	"id, name, address, owner, site, vault, cloud, mars, skip, gone_utc_ms, status, "          \
	"seen_utc_ms, tried_utc_ms, fault, fault_text, coalesce(version, ''), facts_utc_ms, "      \
	"groups, time_zone, offline, first_utc_ms, deep_utc_ms, system_utc_ms, "                   \
	"engine_changed_by, engine_stopped_by, computer_name, computer, machine, "                 \
	"machine_known, failed_looks, kind, not_by_ssh, fault_hint "
#define SCAN_COLUMNS                                                                               \
	"id, patterns, how, actor, hosts, seen, faults, begun_utc_ms, ended_utc_ms, process "      \
	"from scan "
#define RUN_COLUMNS                                                                                \
	"id, name, installer, sha256, target, options, state, actor, begun_utc_ms, "               \
	"ended_utc_ms, process, note, version from run "
#define JOB_COLUMNS                                                                                \
	"j.id, j.run, h.name, j.position, j.state, j.outcome, j.reason, j.version_before, "        \
	"j.version_after, j.folder, j.memory, j.changed, j.reboot_pending, j.begun_utc_ms, "       \
	"j.ended_utc_ms, j.fault, j.version, j.wave from job j join host h on h.id = j.host "
#define EVENT_COLUMNS                                                                              \
	"e.utc_ms, coalesce(h.name, ''), e.kind, e.text, e.actor, coalesce(e.run, 0) "             \
	"from event e left join host h on h.id = e.host "
/* Counted where it is written: one transaction writes at a time. */
#define EVENT_NUMBER "(select coalesce(max(number), 0) + 1 from event)"
#define PROCESS_COLUMNS                                                                            \
	"p.id, p.machine, p.pid, p.started, p.user_name, p.command, p.since_utc_ms, p.pid_space "
#define LEASE_COLUMNS                                                                              \
	PROCESS_COLUMNS ", l.since_utc_ms, l.run, h.name, coalesce(r.name, ''), l.host, l.epoch, " \
	"l.boot, l.until_ms, h.machine, h.machine_known, h.computer from lease l "                 \
	"join process p on p.id = l.process join host h on h.id = l.host "                         \
	"left join run r on r.id = l.run "
#define FINDING_COLUMNS "select host, name, verdict, since_utc_ms, severity, "
#define FINDINGS_NOW "from finding where host between $1 and $2 "
#define FINDINGS_THEN(evidence, which)                                                             \
	FINDING_COLUMNS evidence "from finding where since_utc_ms <= $1 " which "union all "       \
	FINDING_COLUMNS evidence "from finding_past "                                              \
	"where since_utc_ms <= $1 and until_utc_ms > $1 " which
/* Nor one that was dropped. */
#define IS_NO_PLAN "state <> 'planned' and state <> 'approved' and state <> 'dropped' "
/* A clock that was set back ends nothing before it began; 0 is no end. */
#define ENDED(time, begun)                                                                         \
	"case when " time " < " begun " and " time " <> 0 then " begun " else " time " end "
#define TROUBLE "and verdict <> 'pass' and verdict <> 'not applicable' "

/* clang-format off */
const struct sql_text sql_texts[SQL_COUNT] = {
	[SQL_VERSION_NOW] = { "version_now", "",
		"select coalesce(max(version), 0) from schema_version" },

	[SQL_ID_LAST] = { "id_last", "",
		"select coalesce(max(id), 0) from (select max(id) as id from event "
		"union all select max(id) from scan union all select max(id) from run "
		"union all select max(id) from process) as all_ids" },

	[SQL_PROCESS_ADD] = { "process_add", "itittt" "ii",
		"insert into process (id, machine, pid, started, user_name, command, since_utc_ms, "
		"pid_space) values ($1, $2, $3, $4, $5, $6, $7, $8)" },
	[SQL_PROCESS_DROP] = { "process_drop", "i",
		"delete from process where id = $1" },
	[SQL_PROCESS_LIST] = { "process_list", "",
		"select " PROCESS_COLUMNS "from process p order by p.since_utc_ms, p.id" },

	[SQL_SETTING_PUT] = { "setting_put", "tt",
		"insert into setting (name, value) values ($1, $2) "
		"on conflict (name) do update set value = excluded.value" },
	[SQL_SETTING_ADD] = { "setting_add", "tt",
		"insert into setting (name, value) values ($1, $2) on conflict (name) do nothing" },
	[SQL_SETTING_GET] = { "setting_get", "t",
		"select value from setting where name = $1" },

	[SQL_WORDS] = { "words", "",
		"select id, name from word order by id" },
	[SQL_WORD_ADD] = { "word_add", "it",
		"insert into word (id, name) values ($1, $2)" },

	[SQL_HOST_MAX] = { "host_max", "",
		"select coalesce(max(id), 0) from host" },
	[SQL_HOST_NEXT] = { "host_next", "i",
		"select coalesce(min(id), 0) from host where id >= $1" },
	/* Writes nothing for a host that is as it was: every command hands its inventory over. */
	[SQL_HOST_PUT] = { "host_put", "itttttttittti" "t",
		"insert into host (id, name, address, owner, site, vault, cloud, mars, skip, "
		"groups, time_zone, offline, first_utc_ms, computer_name) "
		"values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
		"on conflict (name) do update set address = excluded.address, owner = "
		"excluded.owner, "
		"site = excluded.site, vault = excluded.vault, cloud = excluded.cloud, "
		"mars = excluded.mars, skip = excluded.skip, groups = excluded.groups, "
		"time_zone = excluded.time_zone, offline = excluded.offline, "
		"computer_name = excluded.computer_name, gone_utc_ms = 0 "
		"where (host.address, host.owner, host.site, host.vault, host.cloud, host.mars, "
		"host.skip, host.groups, host.time_zone, host.offline, host.computer_name, "
		"host.gone_utc_ms) <> (excluded.address, excluded.owner, excluded.site, "
		"excluded.vault, "
		"excluded.cloud, excluded.mars, excluded.skip, excluded.groups, "
		"excluded.time_zone, excluded.offline, excluded.computer_name, 0)" },
	[SQL_HOST_PRESENT] = { "host_present", "",
		"select id, name from host where gone_utc_ms = 0" },
	[SQL_HOST_GONE] = { "host_gone", "ii",
		"update host set gone_utc_ms = $2 where id = $1" },
	[SQL_HOST_FIND] = { "host_find", "t",
		"select id, seen_utc_ms, tried_utc_ms, facts_utc_ms, fault, fault_text, status, "
		"version, mars, skip, gone_utc_ms, shown, deep_utc_ms, system_utc_ms, "
		"engine_changed_by, engine_stopped_by, computer, machine, machine_known, "
		"failed_looks, kind, not_by_ssh, fault_hint from host where name = $1" },
	[SQL_HOST_LOOKED] = { "host_looked", "iiiitttt" "iittittt",
		"update host set seen_utc_ms = $2, tried_utc_ms = $3, facts_utc_ms = $4, fault = "
		"$5, "
		"fault_text = $6, status = $7, version = $8, deep_utc_ms = $9, "
		"system_utc_ms = $10, engine_changed_by = $11, engine_stopped_by = $12, "
		"failed_looks = $13, kind = $14, not_by_ssh = $15, fault_hint = $16 "
		"where id = $1" },
	[SQL_HOST_MACHINE] = { "host_machine", "ittt",
		"update host set computer = $2, machine = $3, machine_known = $4 where id = $1" },
	[SQL_MACHINES] = { "machines", "",
		"select h.name, h.machine_known, h.machine, case when h.machine = h.machine_known "
		"then 0 else coalesce((select max(e.utc_ms) from event e where e.host = h.id "
		"and e.kind = 'machine-changed'), 0) end "
		"from host h where h.machine_known <> '' and h.gone_utc_ms = 0" },
	[SQL_NOT_BY_SSH] = { "not_by_ssh", "",
		"select name, not_by_ssh from host where not_by_ssh <> '' and gone_utc_ms = 0" },
	[SQL_FAULT_SINCE] = { "fault_since", "t",
		"select h.name, min(l.utc_ms) from host h join look l on l.host = h.id "
		"where h.fault = $1 and h.gone_utc_ms = 0 and l.utc_ms > coalesce((select "
		"max(o.utc_ms) from look o where o.host = h.id and o.fault <> $1), -1) "
		"group by h.name" },
	[SQL_HOST_NAME] = { "host_name", "it",
		"update host set name = $2 where id = $1" },
	/* What the inventory says of another one. */
	[SQL_HOST_TAKES] = { "host_takes", "ii",
		"update host set (address, owner, site, vault, cloud, mars, skip, groups, "
		"time_zone, offline, computer_name, gone_utc_ms) = (select n.address, n.owner, "
		"n.site, n.vault, n.cloud, n.mars, n.skip, n.groups, n.time_zone, n.offline, "
		"n.computer_name, n.gone_utc_ms from host n where n.id = $2) where id = $1" },
	[SQL_HOST_LEFT] = { "host_left", "ii",
		"update host set gone_utc_ms = $2, computer = '', machine = '', "
		"machine_known = '' where id = $1" },
	[SQL_HOST_ENGINE] = { "host_engine", "it",
		"update host set engine_changed_by = $2 where id = $1" },
	[SQL_HOSTS_STOPPED] = { "hosts_stopped", "",
		"select name, case when engine_stopped_by <> '' then engine_stopped_by "
		"else engine_changed_by end, case when engine_stopped_by <> '' then 1 else 0 end "
		"from host where (engine_stopped_by <> '' or engine_changed_by <> '') "
		"and gone_utc_ms = 0" },
	[SQL_HOST_JUDGED] = { "host_judged", "it",
		"update host set status = $2 where id = $1 and status <> $2" },
	[SQL_HOSTS] = { "hosts", "iii",
		"select " HOST_COLUMNS "from host where (gone_utc_ms = 0 or $1 <> 0) and id > $2 "
		"order by id limit $3" },
	[SQL_HOST_NAMED] = { "host_named", "it",
		"select " HOST_COLUMNS "from host where (gone_utc_ms = 0 or $1 <> 0) and name = "
		"$2" },

	[SQL_HOST_NAMES] = { "host_names", "",
		"select id, name from host order by id" },
	[SQL_HOSTS_SHOWN] = { "hosts_shown", "",
		"select id, status, mars, skip, gone_utc_ms, shown from host order by id" },
	[SQL_HOST_SHOWN] = { "host_shown", "it",
		"update host set shown = $2 where id = $1" },
	/* The newest time under which something of a host is kept. Facts change with a look. */
	[SQL_HISTORY_LAST] = { "history_last", "i",
		"select coalesce(max(utc_ms), 0) from ("
		"select max(utc_ms) as utc_ms from look where host = $1 "
		"union all select max(utc_ms) from status_change where host = $1 "
		"union all select max(utc_ms) from agent_version where host = $1 "
		"union all select max(since_utc_ms) from finding where host = $1) as kept" },
	[SQL_STATUS_ADD] = { "status_add", "iitt",
		"insert into status_change (host, utc_ms, was, status) values ($1, $2, $3, $4) "
		"on conflict (host, utc_ms) do update set status = excluded.status" },
	[SQL_STATUS_CHANGES] = { "status_changes", "i",
		"select c.utc_ms, h.name, c.was, c.status from status_change c "
		"join host h on h.id = c.host where c.utc_ms > $1 order by c.utc_ms, c.host" },

	[SQL_SCAN_BEGIN] = { "scan_begin", "ititii",
		"insert into scan (id, patterns, hosts, actor, begun_utc_ms, process) "
		"values ($1, $2, $3, $4, $5, $6)" },
	[SQL_SCAN_END] = { "scan_end", "iti",
		"update scan set how = $2, ended_utc_ms = " ENDED("$3", "begun_utc_ms") "where id = $1" },
	[SQL_SCAN_COUNT] = { "scan_count", "iii",
		"update scan set seen = seen + $2, faults = faults + $3 where id = $1" },
	[SQL_SCAN_LAST] = { "scan_last", "",
		"select " SCAN_COLUMNS "order by id desc limit 1" },
	[SQL_SCANS] = { "scans", "ii",
		"select " SCAN_COLUMNS "where begun_utc_ms >= $1 order by id desc limit $2" },

	[SQL_LOOK_ADD] = { "look_add", "iiitit",
		"insert into look (host, utc_ms, scan, source, took_ms, fault) "
		"values ($1, $2, $3, $4, $5, $6) on conflict (host, utc_ms) do update set "
		"scan = excluded.scan, source = excluded.source, took_ms = excluded.took_ms, "
		"fault = excluded.fault" },

	[SQL_FACTS_NOW] = { "facts_now", "i",
		"select name, depth, confirmed_utc_ms, value, error, error_kind from fact "
		"where host = $1" },
	[SQL_FACT_PAST] = { "fact_past", "iii",
		"insert into fact_past (host, name, since_utc_ms, until_utc_ms, value, error, "
		"error_kind) select host, name, since_utc_ms, $3, value, error, error_kind "
		"from fact where host = $1 and name = $2" },
	[SQL_FACT_PUT] = { "fact_put", "iiiittt",
		"insert into fact (host, name, depth, since_utc_ms, value, error, error_kind) "
		"values ($1, $2, $3, $4, $5, $6, $7) on conflict (host, name) do update set "
		"depth = excluded.depth, since_utc_ms = excluded.since_utc_ms, "
		"confirmed_utc_ms = null, value = excluded.value, error = excluded.error, "
		"error_kind = excluded.error_kind" },
	[SQL_FACT_CONFIRM] = { "fact_confirm", "iiii",
		"update fact set confirmed_utc_ms = $3, depth = $4 where host = $1 and name = $2" },
	[SQL_FACTS] = { "facts", "ii",
		"select f.host, f.name, f.value, f.error, f.error_kind, "
		"coalesce(f.confirmed_utc_ms, case f.depth when 0 then h.facts_utc_ms "
		"when 1 then h.deep_utc_ms else h.system_utc_ms end) "
		"from fact f join host h on h.id = f.host "
		"where f.host between $1 and $2 order by f.host, f.name" },
	[SQL_FACT_WITH] = { "fact_with", "ttt",
		"select h.name, f.since_utc_ms, f.value from word w cross join host h "
		"join fact f on f.host = h.id and f.name = w.id "
		"where w.name = $1 and (replace(f.value, $2, '') <> f.value "
		"or replace(f.value, $3, '') <> f.value)" },

	[SQL_FACT_ONCE_WITH] = { "fact_once_with", "tt",
		"select h.name, 0 from word w cross join host h "
		"join fact f on f.host = h.id and f.name = w.id "
		"where w.name = $1 and replace(f.value, $2, '') <> f.value union all "
		"select h.name, max(p.until_utc_ms) from word w cross join host h "
		"join fact_past p on p.host = h.id and p.name = w.id "
		"where w.name = $1 and replace(p.value, $2, '') <> p.value group by h.name" },

	[SQL_READING_GET] = { "reading_get", "i",
		"select value from reading where host = $1" },
	[SQL_READING_PUT] = { "reading_put", "it",
		"insert into reading (host, value) values ($1, $2) "
		"on conflict (host) do update set value = excluded.value" },
	[SQL_READINGS] = { "readings", "ii",
		"select host, value from reading where host between $1 and $2 order by host" },

	[SQL_FINDINGS_NOW] = { "findings_now", "i",
		"select name, verdict, evidence, severity from finding where host = $1" },
	[SQL_FINDING_PAST] = { "finding_past", "iii",
		"insert into finding_past (host, name, since_utc_ms, until_utc_ms, verdict, "
		"evidence, severity) "
		"select host, name, since_utc_ms, $3, verdict, evidence, severity "
		"from finding where host = $1 and name = $2" },
	[SQL_FINDING_PUT] = { "finding_put", "iiittt",
		"insert into finding (host, name, since_utc_ms, verdict, evidence, severity) "
		"values ($1, $2, $3, $4, $5, $6) on conflict (host, name) do update set "
		"since_utc_ms = excluded.since_utc_ms, verdict = excluded.verdict, "
		"evidence = excluded.evidence, severity = excluded.severity, reason_utc_ms = 0" },
	/* The index of what is in trouble has all of it. */
	[SQL_FINDINGS_FAILING] = { "findings_failing", "",
		"select h.name, w.name, case when f.reason_utc_ms = 0 then f.since_utc_ms "
		"else f.reason_utc_ms end, f.evidence from finding f "
		"join host h on h.id = f.host join word w on w.id = f.name "
		"where f.verdict = 'fail' and f.verdict <> 'pass' "
		"and f.verdict <> 'not applicable'" },
	[SQL_FINDING_PASSING] = { "finding_passing", "t",
		"select h.name, w.name, f.since_utc_ms from word w cross join host h "
		"join finding f on f.host = h.id and f.name = w.id "
		"where w.name = $1 and f.verdict = 'pass'" },
	[SQL_FINDING_DROP] = { "finding_drop", "ii",
		"delete from finding where host = $1 and name = $2" },
	[SQL_FINDING_EVIDENCE] = { "finding_evidence", "iitti",
		"update finding set evidence = $3, severity = $4, "
		"reason_utc_ms = case when $5 = 0 then reason_utc_ms else $5 end "
		"where host = $1 and name = $2" },
	[SQL_FINDINGS] = { "findings", "ii",
		FINDING_COLUMNS "evidence " FINDINGS_NOW "order by host, name" },
	[SQL_FINDINGS_BARE] = { "findings_bare", "ii",
		FINDING_COLUMNS "'' " FINDINGS_NOW "order by host, name" },
	[SQL_TROUBLE] = { "trouble", "ii",
		FINDING_COLUMNS "evidence " FINDINGS_NOW TROUBLE "order by host, name" },
	[SQL_TROUBLE_BARE] = { "trouble_bare", "ii",
		FINDING_COLUMNS "'' " FINDINGS_NOW TROUBLE "order by host, name" },

	/* In no order: that of the rows on the disk is the quickest. */
	[SQL_MOMENT_STATUS] = { "moment_status", "i",
		"select host, utc_ms, status from status_change where utc_ms <= $1" },
	[SQL_MOMENT_FIRST] = { "moment_first", "",
		"select coalesce(min(utc_ms), 0) from status_change" },
	[SQL_MOMENT_VERSIONS] = { "moment_versions", "i",
		"select host, utc_ms, version from agent_version where utc_ms <= $1" },
	/* one row of the index a host: of a year there are millions */
	[SQL_MOMENT_LOOKS] = { "moment_looks", "i",
		"select h.id, coalesce((select l.fault from look l where l.host = h.id "
		"and l.utc_ms <= $1 order by l.utc_ms desc limit 1), '') from host h" },
	[SQL_MOMENT_FINDINGS] = { "moment_findings", "i",
		FINDINGS_THEN("evidence ", "") },
	[SQL_MOMENT_FINDINGS_BARE] = { "moment_findings_bare", "i",
		FINDINGS_THEN("'' ", "") },
	[SQL_MOMENT_TROUBLE] = { "moment_trouble", "i",
		FINDINGS_THEN("evidence ", TROUBLE) },
	[SQL_MOMENT_TROUBLE_BARE] = { "moment_trouble_bare", "i",
		FINDINGS_THEN("'' ", TROUBLE) },
	[SQL_MOMENT_EXAMINED] = { "moment_examined", "tti",
		"select f.verdict from host h join word w on w.name = $2 "
		"join finding f on f.host = h.id and f.name = w.id "
		"where h.name = $1 and f.since_utc_ms <= $3 "
		"union all select p.verdict from host h join word w on w.name = $2 "
		"join finding_past p on p.host = h.id and p.name = w.id "
		"where h.name = $1 and p.since_utc_ms <= $3 and p.until_utc_ms > $3" },

	[SQL_AGENT_VERSION_ADD] = { "agent_version_add", "iitti",
		"insert into agent_version (host, utc_ms, version, source, host_utc_ms) "
		"values ($1, $2, $3, $4, $5) "
		"on conflict (host, utc_ms) do update set version = excluded.version, "
		"source = excluded.source, host_utc_ms = excluded.host_utc_ms" },
	[SQL_AGENT_VERSIONS] = { "agent_versions", "t",
		"select v.version, v.utc_ms, v.source from agent_version v join host h on h.id = "
		"v.host "
		"where h.name = $1 order by v.utc_ms" },
	[SQL_AGENT_VERSIONS_ALL] = { "agent_versions_all", "",
		"select h.name, v.utc_ms, v.version, v.host_utc_ms from agent_version v "
		"join host h on h.id = v.host "
		"order by v.host, v.utc_ms" },
	[SQL_AGENT_BLANKS] = { "agent_blanks", "t",
		"select h.name, v.utc_ms, f.value from word w cross join agent_version v "
		"join host h on h.id = v.host join fact f on f.host = v.host and f.name = w.id "
		"and f.since_utc_ms <= v.utc_ms where w.name = $1 and v.version = '' union all "
		"select h.name, v.utc_ms, p.value from word w cross join agent_version v "
		"join host h on h.id = v.host join fact_past p on p.host = v.host "
		"and p.name = w.id and p.since_utc_ms <= v.utc_ms and p.until_utc_ms > v.utc_ms "
		"where w.name = $1 and v.version = ''" },

	[SQL_RUN_ADD] = { "run_add", "itttttttiit",
		"insert into run (id, name, installer, sha256, target, options, state, actor, "
		"begun_utc_ms, process, note) "
		"values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)" },
	[SQL_RUN_STATE] = { "run_state", "itiii",
		"update run set state = $2, ended_utc_ms = " ENDED("$3", "begun_utc_ms") ", "
		"process = $4, version = version + 1 where id = $1 and version = $5" },
	[SQL_RUN_NOW] = { "run_now", "i",
		"select state, name from run where id = $1" },
	[SQL_RUN_HOLDER] = { "run_holder", "i",
		"select " PROCESS_COLUMNS "from process p join run r on r.process = p.id "
		"where r.id = $1" },
	[SQL_SCAN_HOLDER] = { "scan_holder", "i",
		"select " PROCESS_COLUMNS "from process p join scan s on s.process = p.id "
		"where s.id = $1" },
	[SQL_RUNS_IN_STATE] = { "runs_in_state", "ti",
		"select " RUN_COLUMNS "where state = $1 order by id desc limit $2" },
	[SQL_RUN_NAMED] = { "run_named", "t",
		"select " RUN_COLUMNS
		"where name = $1 or id in (select run from plan where name = $1)" },
	[SQL_RUN_OF_ID] = { "run_of_id", "i",
		"select " RUN_COLUMNS "where id = $1" },
	[SQL_RUN_LAST] = { "run_last", "",
		"select " RUN_COLUMNS "where " IS_NO_PLAN
		"order by case when began > 0 then began else id end desc limit 1" },
	[SQL_RUN_NAMES] = { "run_names", "i",
		"select name from run where " IS_NO_PLAN "order by id desc limit $1" },
	[SQL_RUN_BEGAN] = { "run_began", "iii",
		"update run set begun_utc_ms = $2, began = $3 where id = $1" },
	[SQL_PLAN_ADD] = { "plan_add", "ittti",
		"insert into plan (run, name, hash, policy, expires_utc_ms) "
		"values ($1, $2, $3, $4, $5)" },
	[SQL_PLAN_NAMED] = { "plan_named", "t",
		"select p.run, p.name, p.hash, p.policy, p.expires_utc_ms, p.approved_hash, "
		"p.approved_by, p.approved_utc_ms, r.name from plan p join run r on r.id = p.run "
		"where p.name = $1 or r.name = $1" },
	[SQL_PLAN_NAMES] = { "plan_names", "i",
		"select p.name from plan p join run r on r.id = p.run "
		"where r.state = 'planned' or r.state = 'approved' order by p.run desc limit $1" },
	[SQL_PLAN_APPROVE] = { "plan_approve", "itti",
		"update plan set approved_hash = $2, approved_by = $3, approved_utc_ms = $4 "
		"where run = $1" },
	[SQL_PLAN_NAME] = { "plan_name", "it",
		"update plan set name = $2 where run = $1" },
	[SQL_RUNS_OF_HOSTS] = { "runs_of_hosts", "",
		"select h.name, r.name, r.state, coalesce(p.name, ''), "
		"coalesce(p.expires_utc_ms, 0), j.state, j.outcome, j.folder, j.begun_utc_ms from job j join run r on r.id = j.run "
		"join host h on h.id = j.host left join plan p on p.run = r.id" },

	[SQL_JOB_ADD] = { "job_add", "iiiittttttt" "iiiiti",
		"insert into job (id, run, host, position, state, outcome, reason, version_before, "
		"version_after, folder, memory, changed, reboot_pending, begun_utc_ms, "
		"ended_utc_ms, fault, wave) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		"$12, $13, $14, $15, $16, $17)" },
	[SQL_JOB_MOVE] = { "job_move", "iittttttt" "iiiit",
		"update job set state = $3, outcome = $4, reason = $5, version_before = $6, "
		"version_after = $7, folder = $8, memory = $9, changed = $10, reboot_pending = "
		"$11, "
		"begun_utc_ms = $12, ended_utc_ms = " ENDED("$13", "$12") ", fault = $14, "
		"version = version + 1 where id = $1 and version = $2" },
	[SQL_JOB_STATE] = { "job_state", "i",
		"select j.state, h.name from job j join host h on h.id = j.host where j.id = $1" },
	[SQL_JOB_EVENT] = { "job_event", "iiittt",
		"insert into event (id, utc_ms, host, run, kind, text, actor, number) "
		"select $1, $2, j.host, j.run, $4, $5, $6, " EVENT_NUMBER " "
		"from job j where j.id = $3" },
	[SQL_JOBS] = { "jobs", "i",
		"select " JOB_COLUMNS "where j.run = $1 order by j.position, j.id" },
	[SQL_JOBS_OF_HOST] = { "jobs_of_host", "ti",
		"select " JOB_COLUMNS "join run r on r.id = j.run where h.name = $1 "
		"order by case when r.began > 0 then r.began else r.id end desc limit $2" },
	[SQL_JOB_LAST] = { "job_last", "t",
		"select " JOB_COLUMNS "where h.name = $1 and (j.version_after <> '' or j.outcome = 'agent-gone') "
		"order by j.id desc limit 1" },

	[SQL_LEASES_HELD] = { "leases_held", "t",
		"select " LEASE_COLUMNS "where l.process > 0 and ($1 = '' or h.name = $1) "
		"order by l.host" },
	[SQL_LEASE_TAKE] = { "lease_take", "iiitii",
		"insert into lease (host, run, process, epoch, boot, until_ms, since_utc_ms) "
		"values ($1, $2, $3, 1, $4, $5, $6) "
		"on conflict (host) do update set run = excluded.run, process = excluded.process, "
		"epoch = lease.epoch + 1, boot = excluded.boot, until_ms = excluded.until_ms, "
		"since_utc_ms = excluded.since_utc_ms" },
	[SQL_LEASE_EPOCH] = { "lease_epoch", "i",
		"select epoch from lease where host = $1" },
	[SQL_LEASE_KEEP] = { "lease_keep", "iiiiti",
		"update lease set boot = $5, until_ms = $6 "
		"where host = $1 and run = $2 and process = $3 and epoch = $4" },
	[SQL_LEASE_GIVE] = { "lease_give", "iiii",
		"update lease set process = 0 "
		"where host = $1 and run = $2 and process = $3 and epoch = $4" },
	[SQL_LEASES_RENEW] = { "leases_renew", "iti",
		"update lease set boot = $2, until_ms = $3 where process = $1" },

	[SQL_TABLE_ROWS] = { "table_rows", "",
		"select 'host', count(*) from host "
		"union all select 'scan', count(*) from scan "
		"union all select 'look', count(*) from look "
		"union all select 'fact', count(*) from fact "
		"union all select 'fact_past', count(*) from fact_past "
		"union all select 'reading', count(*) from reading "
		"union all select 'finding', count(*) from finding "
		"union all select 'finding_past', count(*) from finding_past "
		"union all select 'status_change', count(*) from status_change "
		"union all select 'agent_version', count(*) from agent_version "
		"union all select 'run', count(*) from run "
		"union all select 'job', count(*) from job "
		"union all select 'event', count(*) from event "
		"union all select 'setting', count(*) from setting "
		"union all select 'word', count(*) from word "
		"union all select 'process', count(*) from process "
		"union all select 'lease', count(*) from lease "
		"union all select 'plan', count(*) from plan" },
	[SQL_LOOK_TIMES] = { "look_times", "",
		"select coalesce(min(utc_ms), 0), coalesce(max(utc_ms), 0) from look" },
	[SQL_PAST_LOOKS] = { "past_looks", "ii",
		"select host, utc_ms, fault, source from look where host between $1 and $2 "
		"order by host, utc_ms" },
	/* All times at which something of a host became otherwise, but for past facts. */
	[SQL_PAST_CHANGES] = { "past_changes", "ii",
		"select host, since_utc_ms from fact where host between $1 and $2 "
		"union select host, since_utc_ms from finding where host between $1 and $2 "
		"union select host, since_utc_ms from finding_past where host between $1 and $2 "
		"union select host, until_utc_ms from finding_past where host between $1 and $2 "
		"union select host, utc_ms from status_change where host between $1 and $2 "
		"union select host, utc_ms from agent_version where host between $1 and $2" },
	/* Past facts; of those that ended by then, which time it was that the fact had that
	 * value, and of how many. */
	[SQL_PAST_FACTS] = { "past_facts", "iii",
		"select host, name, since_utc_ms, until_utc_ms, row_number() over (partition by "
		"host, name, value, error, until_utc_ms <= $3 order by since_utc_ms), "
		"count(*) over (partition by host, name, value, error, until_utc_ms <= $3), "
		"coalesce(length(value), 0) from fact_past where host between $1 and $2" },
	[SQL_LOOK_DROP] = { "look_drop", "ii",
		"delete from look where host = $1 and utc_ms = $2" },
	[SQL_PAST_FACT_DROP] = { "past_fact_drop", "iii",
		"delete from fact_past where host = $1 and name = $2 and since_utc_ms = $3" },

	[SQL_EVENT_ADD] = { "event_add", "iiiittt",
		"insert into event (id, utc_ms, host, run, kind, text, actor, number) "
		"values ($1, $2, $3, $4, $5, $6, $7, " EVENT_NUMBER ")" },
	[SQL_EVENTS] = { "events", "i",
		"select " EVENT_COLUMNS "order by e.number desc limit $1" },
	[SQL_EVENTS_RUN] = { "events_run", "tii",
		"select " EVENT_COLUMNS "where e.run = $2 and ($1 = '' or h.name = $1) "
		"order by e.number desc limit $3" },
	[SQL_RUN_TRAIL] = { "run_trail", "ii",
		"select " EVENT_COLUMNS "where e.run = $1 and e.host is null "
		"order by e.number desc limit $2" },
	[SQL_EVENTS_HOST] = { "events_host", "ti",
		"select " EVENT_COLUMNS "where h.name = $1 order by e.number desc limit $2" },
};
/* clang-format on */
