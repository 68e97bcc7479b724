#!/usr/bin/env bash
# options.sh - for each command and each of its options two calls whose results differ by that option alone. The
# program's own tables say which pairs there must be: an option that is added to a command, or to a group of
# options that several commands share, fails here until its effect is shown for each of them.
# hundreds of databases: nothing here is about a disk
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/fleetlib.sh"
. "$(dirname "$0")/optionlib.sh"

fleet_start --hosts 8
option_table
: >"$work/shown"
installer=$F/MARSAgentInstaller.exe
"$SIMHOST" --make-installer "$work/other.exe" 2.0.9940.0 64
"$SIMHOST" --sign "$work/other.exe"

# --- what they are called on: servers behind a program, the same behind SSH ----------------------------
names=$("$MARSHAL" -i "$F/inventory.yaml" inventory list --json | jq -r '.[].name')
read -r a b c d e f _ <<<"$(paste -sd' ' <<<"$names")"
for name in bad new; do
	"$SIMHOST" --state "$name" >"$F/hosts/$name.json"
	"$SIMHOST" --set "$F/hosts/$name.json" agent.version=2.0.9070.0
done
signed "$F"
"$SIMHOST" --set "$F/hosts/$a.json" 'volumes.E:={"size_bytes":128849018880,"free_bytes":107374182400,"drive_type":3,"file_system":"NTFS"}' \
	'wsb.test={"seconds":0,"exit":0,"state":"Completed","hresult":0,"recorded":true}' features.windows_server_backup=Installed
"$SIMHOST" --set "$F/hosts/$c.json" kind=dpm
"$SIMHOST" --set "$F/hosts/$d.json" backup.running=null
"$SIMHOST" --set "$F/hosts/$e.json" services.obengine.state=1
"$SIMHOST" --set "$F/hosts/$f.json" signature.status=NotSigned
main=$work/main.yaml less=$work/less.yaml ssh=$work/ssh.yaml gex=$work/gex.yaml
{
	echo "all:"
	echo "  vars: {ansible_connection: local, marshal_program: $SIMHOST, marshal_owner: =cmd}"
	echo "  hosts:"
	# shellcheck disable=SC2086
	printf '    %s:\n' $names bad new
	echo "    dead: {marshal_program: $work/dead}"
	printf '    %s:\n' alder birch cedar elder fir hazel juniper larch maple oak pine rowan spruce willow yew
} >"$main"
printf '#!/bin/sh\necho "out of order;=cmd" >&2\nexit 1\n' >"$work/dead"
chmod 755 "$work/dead"
sed '/ bad:/d' "$main" >"$less"
sed '/marshal_known_hosts:/d' "$F/inventory.yaml" >"$ssh"
export MARSHAL_FLEET=$F MARSHAL_DB=$DB MARSHAL_INVENTORY=$main
cat >"$work/policy.yml" <<'YAML'
thresholds: {dotnet: 4.8.1}
exceptions:
- {group: all, check: os.dotnet, owner: ann, reason: "=1+1", expires: 2999-12-31}
YAML
cat >"$work/stricter.yml" <<'YAML'
checks: {mars.thresholds: off}
exceptions:
- {host: bad, check: os.dotnet, owner: ann, reason: waits, expires: 2999-12-31}
YAML

# A server that takes part in no key exchange but that whose numbers it chooses.
port=$("$SIMHOST" --free-ports 1)
{ echo "KexAlgorithms diffie-hellman-group-exchange-sha256"; sed "s/^Port .*/Port $port/" "$F/sshd_main"; } >"$work/sshd_gex"
start /usr/sbin/sshd -D -f "$work/sshd_gex" -E /dev/null
sed -E "s/ansible_port: [0-9]+/ansible_port: $port/" "$ssh" >"$gex"

# shellcheck disable=SC2086
"$MARSHAL" scan $names bad dead >"$work/log" 2>&1
"$MARSHAL" upgrade --installer "$installer" --yes --allow-unsigned bad dead >>"$work/log" 2>&1
"$MARSHAL" recheck --policy "$work/policy.yml" >>"$work/log" 2>&1
sqlite3 "$DB" "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100)
	insert into look (host, utc_ms, source, took_ms, fault)
	select id, (strftime('%s', 'now') - (case i % 2 when 0 then 730 else 300 end) * 86400 + i * 600) * 1000, 'scan', 1, ''
	from host, n; update status_change set utc_ms = utc_ms - 200 * 86400000"
first=$(sqlite3 "$DB" "select strftime('%Y-%m-%dT%H:%M:%fZ', (min(utc_ms) + 1) / 1000.0, 'unixepoch') from status_change")
"$MARSHAL" report compliance --format csv >"$work/all.csv"
"$MARSHAL" report compliance "$a" "$b" --format csv >"$work/two.csv"
answer "$a" >"$work/answer"
cp -a "$F/hosts" "$work/hosts"
if ! "$MARSHAL" report run last --json | grep -q upgraded || ! "$MARSHAL" db backup "$work/base.db" >/dev/null; then
	not_ok "there is something to call them on"
	cat "$work/log"
	exit 1
fi

# --- what a call comes to: what it says, how it ends, and what is different in the database and on the servers ----
stored() {
	sqlite3 -readonly "$1" "select name, value from setting where name in ('target', 'policy-file', 'newest-installer');
		select name, fault, gone_utc_ms <> 0, deep_utc_ms <> 0, deep_utc_ms = facts_utc_ms, system_utc_ms <> 0
		from host order by name;
		select kind, count(*) from event group by kind; select count(*) from look;
		select options, note from run order by id; select host, outcome from job order by host"
}
untimed() { sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g; s/[0-9]{8}-[0-9a-z]{4}/RUN/g
	s/(hash\W+)[0-9a-f]{64}/\1HASH/g; s/\b[0-9.]+ (ms|s|min|h|d)\b/TIME/g; s/_(utc_)?ms": [0-9]+/_ms": TIME/; s/ +/ /g; s/-+/-/g
	:number s/,[0-9]+,/,N,/; t number'; }
# result COMMAND...: of marshal, on what there was at the beginning
result() {
	local got=0
	rm -rf "$HOME/.ssh" "$work/now"
	mkdir "$work/now"
	[ -z "$servers" ] || cp -a "$work/hosts/." "$F/hosts/"
	cp "$work/base.db" "$work/now/m.db"
	MARSHAL_DB=$work/now/m.db MARSHAL_INVENTORY=${using:-$main} "${as[@]}" "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
	{
		echo "exit $got"
		cat "$work/out" "$work/err"
		stored "$work/now/m.db"
		stat -c '%n %a' "$work/now/m.db"
		[ ! -s "$work/now/o" ] || echo "a file"
		[ -z "$servers" ] || cat "$F"/hosts/*.json | jq -c '[.agent.version, .services.obengine.state, .tasks]'
	} | untimed
}
as=("$MARSHAL") using='' servers=''
# effect COMMAND OPTION WITH... :: WITHOUT...: the second comes to the same each time, and the first to something else
declare -A known
effect() {
	local command=$1 option=$2 with=() once again key
	shift 2
	while [ "$1" != :: ]; do
		with+=("$1")
		shift
	done
	shift
	printf '%s\t%s\n' "$command" "$option" >>"$work/shown"
	key="$using ${as[0]} $*"
	once=${known[$key]:-}
	if [ -z "$once" ]; then
		once=$(result "$@")
		again=$(result "$@")
		known[$key]=$once
		if [ "$once" != "$again" ]; then
			not_ok "it can be told what this comes to: $*"
			diff <(echo "$once") <(echo "$again")
		fi
	fi
	again=$(result "${with[@]}")
	if [[ $again == "exit 2"* && $once != "exit 2"* ]]; then
		not_ok "$command $option is understood"
		echo "$again" | head -n 4
	elif [ "$once" = "$again" ]; then
		not_ok "$command $option has an effect"
		echo "$again" | head -n 12
	else
		ok "$command $option has an effect"
	fi
}
# its OPTION [VALUE...]: of the command in `of`, called as in `base`, behind which stands the option
its() { effect "$of" "$1" "${base[@]}" "$@" :: "${base[@]}"; }
# promise COMMAND OPTION WHY: it says what a call shall not do, and this one never does it
promise() {
	printf '%s\t%s\n' "$1" "$2" >>"$work/shown"
	echo "# $1 $2: $3"
}

# --- reports -------------------------------------------------------------------------------------------
narrow() { script -qec "stty cols 24; '$MARSHAL' $*" /dev/null | tr -d '\r'; }
for name in compliance checks faults versions exceptions history run diff "inventory diff"; do
	case $name in
	run) of="report run" base=(report run last) ;;
	diff) of=diff base=(diff "$first") ;;
	"inventory diff") of=$name base=(inventory diff "$first") ;;
	*) of="report $name" base=(report "$name") ;;
	esac
	its --format csv
	its --json
	its --output "$work/now/o"
	as=(narrow)
	case $name in
	# all its columns are always there, and what is folded is whole; the unit tests of tables show what is cut
	diff | "inventory diff") promise "$of" --wide "nothing as long as what is cut is here" ;;
	*) its --wide ;;
	esac
	as=("$MARSHAL")
	effect "$of" --bom "${base[@]}" --format csv --bom :: "${base[@]}" --format csv
	case $name in
	checks | versions | history | *diff)
		promise "$of" --raw "names of hosts, words of ours and numbers: no text that would be guarded" ;;
	*) effect "$of" --raw "${base[@]}" --format csv --raw :: "${base[@]}" --format csv ;;
	esac
	case $name in run | *diff) continue ;; esac
	its --from "$work/two.csv"
	effect "$of" --where "${base[@]}" --from "$work/all.csv" --where "host=$a" :: "${base[@]}" --from "$work/all.csv"
done
for rings in compliance:outdated checks:fail faults:unreachable versions:outdated exceptions:active run:upgraded; do
	of="report ${rings%:*}" base=(report "${rings%:*}")
	its --fail-on "${rings#*:}"
done
of="report compliance" base=(report compliance)
its --since now
its --stale-after 1s
of="report history" base=(report history)
its --since now
of=nagios base=(nagios)
its --critical compliant
its --warning outdated
promise nagios --timeout "a database that somebody holds: reports_more.sh"
its --max-age 1s
its --stale-after 1s
its --from "$work/two.csv"
effect nagios --where nagios --from "$work/all.csv" --where "host=$a" :: nagios --from "$work/all.csv"
of=show base=(show "$a")
its --all
its --json
its --timing
its --stale-after 1s

# --- what asks nobody -----------------------------------------------------------------------------------
of=checks base=(checks)
its --json
its --markdown
of=explain base=(explain 0x1fbd3)
its --json
of="probe print" base=("probe" print)
its --standalone
its --deep
its --cloud china
its --as-written
of=doctor base=(doctor)
its --json
its --jobs 100000
of="inventory list" base=(inventory list)
its --json
its --from "$work/two.csv"
effect "inventory list" --where inventory list --from "$work/all.csv" --where "host=$a" :: inventory list --from "$work/all.csv"
of="inventory show" base=(inventory show "$a")
its --json
of="policy show" base=(policy show)
its --json

printf 'windows: {weekly: never}\n' >"$work/never.yml"
of=windows base=(windows)
its --policy "$work/never.yml"
its --json
its --where "host=$b"
its --from "$work/two.csv"
printf 'windows: {weekly: daily 01:00-02:00}\n' >"$work/daily.yml"
base=(windows --policy "$work/daily.yml")
its --next 40d

# --- the database ---------------------------------------------------------------------------------------
of="db backup" base=(db backup "$work/old.db")
: >"$work/old.db"
its --force
of="db info" base=(db info)
its --json
of="db prune" base=(db prune)
its --keep 100d
its --dry-run
its --json
effect "db prune" --vacuum db prune --json --vacuum :: db prune --json
of=recheck base=(recheck)
its --policy "$work/stricter.yml"
its --dry-run
its --json
of="facts import" base=(facts import "$work/answer")
its --host "$b"
its --policy "$work/stricter.yml"

servers=yes
# --- what goes to servers -------------------------------------------------------------------------------
of=scan base=(scan "$a" --json)
its --target 2.0.9938.0
its --deep
its --as-system
its --policy "$work/stricter.yml"
cp "$work/hosts/$b.json" "$work/same.json"
"$SIMHOST" --set "$work/hosts/$b.json" machine.guid=11111111-2222-4333-8444-555555555555 machine.sid=S-1-5-21-1-2-3
effect scan --accept-changed scan "$b" --accept-changed :: scan "$b"
cp "$work/same.json" "$work/hosts/$b.json"
effect scan --deep-every scan new --deep-every 0s :: scan new
effect scan --json scan "$a" --json :: scan "$a"
effect scan --from scan "$a" "$b" "$c" --from "$work/two.csv" :: scan "$a" "$b" "$c"
effect scan --where scan --from "$work/two.csv" --where "host=$a" :: scan --from "$work/two.csv"
hang() { for name in "$@"; do "$SIMHOST" --set "$work/hosts/$name.json" faults.all=hang; done; }
heal() { for name in "$@"; do "$SIMHOST" --set "$work/hosts/$name.json" faults.all=; done; }
hang "$a" "$b"
effect scan --jobs scan --json --deadline 2s "$a" "$b" --jobs 1 :: scan --json --deadline 2s "$a" "$b"
effect scan --deadline scan --json "$a" --limit probe=4s --deadline 1s :: scan --json "$a" --limit probe=4s
effect scan --limit scan --json "$a" --deadline 4s --limit probe=1s :: scan --json "$a" --deadline 4s
heal "$a" "$b"

of="test wsb" base=(test wsb "$a" --yes)
its --target E:
effect "test wsb" --yes test wsb "$a" --target E: --yes :: test wsb "$a" --target E:
effect "test wsb" --follow test wsb "$a" --follow :: test wsb "$a"
effect "test wsb" --json test wsb "$a" --follow --json :: test wsb "$a" --follow

of=upgrade base=(upgrade "$a" "$c" "$d" "$e" --installer "$installer" -n)
its --include dpm
its --accept-unknown-backup
its --accept-stopped
its --json
its --csv
# that these reach the run; what they do there is in upgrade.sh and the unit tests of a run
of=upgrade base=(upgrade "$a" --installer "$installer" --yes)
its --first 3
its --parallel 3
its --max-failures 3
its --max-unreachable 5%
its --max-slow 5%
its --max-consecutive 2
its --promote 50%
its --promote 50%:confirmed
its --verify backup
its --reboot if-needed
its --soak 1s
its --per-site 2
its --waves 50%,100%
its --gate
effect upgrade --canary upgrade "$a" "$b" --installer "$installer" --yes --canary "$b" :: upgrade "$a" "$b" --installer "$installer" --yes
its --deadline 3h
its --ignore-windows
its --close-console
its --push-large
its --push
its --rehearse
its --download https://mirror.example.com/x.exe
effect upgrade --installer upgrade "$a" -n --installer "$work/other.exe" :: upgrade "$a" -n --installer "$installer"
effect upgrade --dry-run upgrade "$a" --installer "$installer" -n :: upgrade "$a" --installer "$installer"
effect upgrade --yes upgrade "$a" --installer "$installer" --yes :: upgrade "$a" --installer "$installer"
effect upgrade --allow-unsigned upgrade "$f" --installer "$installer" --yes --allow-unsigned :: \
	upgrade "$f" --installer "$installer" --yes
effect upgrade --from upgrade all -n --installer "$installer" --from "$work/two.csv" :: upgrade all -n --installer "$installer"
effect upgrade --where upgrade -n --installer "$installer" --from "$work/all.csv" --where "host=$a" :: \
	upgrade -n --installer "$installer" --from "$work/all.csv"
effect upgrade --pattern upgrade "$a" -n --installer "$installer" --pattern "$b" :: upgrade "$a" -n --installer "$installer"
effect upgrade --note upgrade "$a" --installer "$installer" --yes --note CHG123 :: upgrade "$a" --installer "$installer" --yes
effect why --json why "$a" --json :: why "$a"
of="upgrade plan" base=(upgrade plan "$a" "$c" "$d" "$e" --installer "$installer")
its --include dpm
its --accept-unknown-backup
its --accept-stopped
its --json
its --first 3
its --parallel 3
its --max-failures 3
its --max-unreachable 5%
its --max-slow 5%
its --max-consecutive 2
its --promote 50%
its --promote 50%:confirmed
its --verify backup
its --reboot if-needed
its --soak 1s
its --per-site 2
its --waves 50%,100%
its --gate
effect "upgrade plan" --canary upgrade plan "$a" "$b" --installer "$installer" --canary "$b" :: upgrade plan "$a" "$b" --installer "$installer"
its --ignore-windows
its --limit handshake=1ms
its --close-console
its --push-large
its --push
its --download https://mirror.example.com/x.exe
its --host-key accept-new
its --known-hosts "$F/known_hosts"
its --group-exchange
effect "upgrade plan" --pattern upgrade plan "$a" --installer "$installer" --pattern "$b" :: upgrade plan "$a" --installer "$installer"
its --name tonight
its --change CHG123
effect "upgrade plan" --installer upgrade plan "$a" --installer "$work/other.exe" :: upgrade plan "$a" --installer "$installer"
effect "upgrade plan" --allow-unsigned upgrade plan "$f" --installer "$installer" --allow-unsigned :: upgrade plan "$f" --installer "$installer"
effect "upgrade plan" --from upgrade plan all --installer "$installer" --from "$work/two.csv" :: upgrade plan all --installer "$installer"
effect "upgrade plan" --where upgrade plan --installer "$installer" --from "$work/all.csv" --where "host=$a" :: \
	upgrade plan --installer "$installer" --from "$work/all.csv"
promise "upgrade approve" --yes "a plan that waits (upgrade_plan.sh approves one)"
promise "upgrade start" --yes "a plan that is approved (upgrade_plan.sh starts one)"
promise "upgrade start" --json "a plan that is approved (upgrade_plan.sh starts one)"
promise "upgrade start" --installer "a plan that is approved (upgrade_plan.sh has another installer)"
promise "upgrade start" --deadline "a plan that is approved; the same as of resume, and upgrade_windows.sh starts one"
promise "upgrade start" --host-key "a plan that is approved; the same words as of resume"
promise "upgrade start" --known-hosts "a plan that is approved; the same words as of resume"
promise "upgrade start" --group-exchange "a plan that is approved; the same words as of resume"
promise "upgrade stage" --yes "a plan that is approved (upgrade_stage.sh stages one)"
promise "upgrade stage" --json "a plan that is approved (upgrade_stage.sh stages one)"
promise "upgrade stage" --parallel "a plan that is approved (upgrade_stage.sh stages one); the same as of upgrade"
promise "upgrade stage" --installer "a plan that is approved; the same words as of start"
promise "upgrade stage" --rate "a plan that is approved (upgrade_stage.sh is as slow as that)"
promise "upgrade stage" --rate-per-site "a plan that is approved (upgrade_stage.sh has a wrong one; test_staged.c keeps to it)"
promise "upgrade stage" --limit "a plan that is approved; the same words as of resume"
promise "upgrade stage" --host-key "a plan that is approved; the same words as of resume"
promise "upgrade stage" --known-hosts "a plan that is approved; the same words as of resume"
promise "upgrade stage" --group-exchange "a plan that is approved; the same words as of resume"
of="upgrade resume" base=(upgrade resume last -n)
its --first 3
its --parallel 3
its --max-failures 25%
its --max-unreachable 3
its --max-slow 3
its --max-consecutive 2
its --promote 50%
its --promote 50%:confirmed
its --soak 1s
its --per-site 2
its --deadline 3h
its --ignore-windows
sqlite3 "$work/base.db" "update job set outcome = 'failed' where outcome = 'unreachable'"
effect "upgrade resume" --reset "${base[@]}" -q --reset :: "${base[@]}" -q
sqlite3 "$work/base.db" "update job set outcome = 'unreachable' where outcome = 'failed'"
its --limit handshake=1ms
its --known-hosts "$F/known_hosts"
its --host-key accept-new
its --group-exchange
effect "upgrade resume" --installer upgrade resume last -n --installer "$installer" :: upgrade resume last -n --installer "$work/other.exe"
effect "upgrade resume" --dry-run "${base[@]}" :: upgrade resume last
effect "upgrade resume" --yes upgrade resume last --yes :: upgrade resume last
effect "upgrade resume" --json upgrade resume last --yes --json :: upgrade resume last --yes
of="upgrade restore" base=(upgrade restore "$a")
its --yes
effect "upgrade restore" --json upgrade restore "$a" --yes --json :: upgrade restore "$a" --yes
effect "upgrade restore" --from upgrade restore -q "$a" "$b" "$c" --yes --from "$work/two.csv" :: \
	upgrade restore -q "$a" "$b" "$c" --yes
effect "upgrade restore" --where upgrade restore -q --yes --from "$work/two.csv" --where "host=$a" :: \
	upgrade restore -q --yes --from "$work/two.csv"
of="upgrade clean" base=(upgrade clean "$a")
its --yes
effect "upgrade clean" --json upgrade clean "$a" --yes --json :: upgrade clean "$a" --yes
effect "upgrade clean" --from upgrade clean -q "$a" "$b" "$c" --yes --from "$work/two.csv" :: \
	upgrade clean -q "$a" "$b" "$c" --yes
effect "upgrade clean" --where upgrade clean -q --yes --from "$work/two.csv" --where "host=$a" :: \
	upgrade clean -q --yes --from "$work/two.csv"

# --- host keys ------------------------------------------------------------------------------------------
using=$ssh
fresh=$work/now/known
print=$(ssh-keygen -l -f "$F/host_key.pub" | cut -d' ' -f2)
{ echo host,fingerprint; echo "$a,$print"; } >"$work/prints.csv"
of="keys scan" base=(keys scan "$a" "$b" --known-hosts "$fresh")
its --json
its --limit handshake=1ms
effect "keys scan" --from keys scan --known-hosts "$fresh" --from "$work/two.csv" :: keys scan --known-hosts "$fresh"
effect "keys scan" --where keys scan --known-hosts "$fresh" --from "$work/all.csv" --where "host=$a" :: \
	keys scan --known-hosts "$fresh" --from "$work/all.csv"
effect "keys scan" --known-hosts keys scan "$a" --known-hosts "$F/known_hosts" :: keys scan "$a"
promise "keys scan" --jobs "the rows in flight are those of scan (way_jobs)"
using=$gex
effect "keys scan" --group-exchange keys scan "$b" --group-exchange :: keys scan "$b"
using=$ssh
# what a scan has left beside a file of keys that is there each time
MARSHAL_INVENTORY=$ssh "$MARSHAL" keys scan "$a" "$b" --known-hosts "$work/kept" >"$work/log" 2>&1
cp "$work/kept.pending" "$work/pending"
kept() { cp "$work/pending" "$work/kept.pending"; rm -f "$work/kept"; "$MARSHAL" "$@"; }
as=(kept)
of="keys pending" base=(keys pending --known-hosts "$work/kept")
its --format json
its --from "$work/prints.csv"
effect "keys pending" --known-hosts keys pending --known-hosts "$work/kept" :: keys pending
of="keys approve" base=(keys approve "$a" "$b" --known-hosts "$work/kept")
its --yes
effect "keys approve" --from "${base[@]}" --yes --from "$work/prints.csv" :: "${base[@]}" --yes
effect "keys approve" --known-hosts "${base[@]}" --yes :: keys approve "$a" "$b" --yes
kept_other() {
	kept version >/dev/null
	awk '!/^#/ { print $1, $2, "'"$(cut -d' ' -f2 "$F/other_key.pub")"'" }' "$work/pending" >"$work/kept"
	"$MARSHAL" "$@"
}
as=(kept_other)
effect "keys approve" --changed "${base[@]}" --yes --changed :: "${base[@]}" --yes
of="keys revoke" base=(keys revoke "$a" --known-hosts "$work/kept")
its --yes
effect "keys revoke" --known-hosts "${base[@]}" --yes :: keys revoke "$a" --yes
as=("$MARSHAL") using=''

# --- how servers are reached ----------------------------------------------------------------------------
# Those of commands that try a lost line again for minutes are left to SOAK=1 (make soak): tables and code are one with
# those of scan.
for of in "test wsb" upgrade "upgrade clean" "upgrade restore"; do
	[ -n "${SOAK:-}" ] || printf "$of\t%s\n" --known-hosts --host-key --limit --group-exchange >>"$work/shown"
done
for of in scan doctor ${SOAK:+"test wsb" upgrade "upgrade clean" "upgrade restore"}; do
	case $of in
	scan | doctor) base=("$of" "$b") ;;
	"test wsb") base=(test wsb "$a" --target E: --yes) ;;
	upgrade) base=(upgrade "$b" --installer "$installer" --yes) ;;
	"upgrade clean" | "upgrade restore") read -ra base <<<"$of $b --yes" ;;
	esac
	using=$ssh
	its --known-hosts "$F/known_hosts"
	its --host-key accept-new
	[ "$of" = scan ] || effect "$of" --limit "${base[@]}" --host-key accept-new --limit handshake=1ms :: \
		"${base[@]}" --host-key accept-new
	using=$gex
	effect "$of" --group-exchange "${base[@]}" --host-key accept-new --group-exchange :: "${base[@]}" --host-key accept-new
	using=''
done
servers=''

# --- inventory and database -------------------------------------------------------------------------------
group=$(id -gn)
echo "no database" >"$work/text.db"
while IFS=$'\t' read -r of option _; do
	case $option in
	--inventory | --db | --db-group) ;;
	--keep-going) promise "$of" --keep-going "a terminal that goes away (upgrade_resume.sh has one)" && continue ;;
	*) continue ;;
	esac
	case $of in
	"db backup") base=(db backup "$work/now/new.db") ;;
	"db rename") base=(db rename "$b" "$a") ;;
	"facts import") base=(facts import --host "$b" "$work/answer") ;;
	keys\ *)
		as=(kept)
		read -ra base <<<"$of $a --known-hosts $work/kept"
		case $of in *approve | *revoke) base+=(--yes) ;; *scan) base+=(--where "host=$a") ;; esac
		;;
	"inventory show" | show | why | scan | "upgrade release") read -ra base <<<"$of $a" ;;
	"inventory list")
		base=(inventory list)
		[ "$option" = --inventory ] || base+=(--where "host=$a")
		;;
	"policy check") base=(policy check "$work/stricter.yml") ;;
	"test wsb") base=(test wsb "$a" --follow) ;;
	upgrade)
		case $option in # a dry run only reads
		--inventory) base=(upgrade all --installer "$installer" -n) ;;
		--db) base=(upgrade "$a" --installer "$installer" -n) ;;
		--db-group) base=(upgrade bad --installer "$installer" --allow-unsigned) ;;
		esac
		;;
	"upgrade clean" | "upgrade restore") read -ra base <<<"$of $a --yes" ;;
	"upgrade resume")
		base=(upgrade resume last -n)
		[ "$option" != --db-group ] || base=(upgrade resume last --yes)
		;;
	"upgrade plan") base=(upgrade plan "$a" --installer "$installer") ;;
	"upgrade approve" | "upgrade drop" | "upgrade stage" | "upgrade start") read -ra base <<<"$of nothing" ;;
	*diff) read -ra base <<<"$of $first" ;;
	*) read -ra base <<<"$of" ;;
	esac
	case $option in
	--inventory) case $of in keys*) its --inventory "$ssh" ;; *) its --inventory "$less" ;; esac ;;
	--db) its --db "$work/text.db" ;;
	--db-group) its --db-group "$group" ;;
	esac
	as=("$MARSHAL")
done <"$work/options"

# --- of every command: less is said, or more, or without colours ----------------------------------------
bad=0
for line in "report compliance" "scan $a" "show $a" "upgrade restore $a --yes" "checks" "inventory list" "version"; do
	# shellcheck disable=SC2086
	narrow --no-color $line | grep -q $'\e' && bad=$((bad + 1))
	# shellcheck disable=SC2086
	"$MARSHAL" -q $line 2>&1 >"$work/out" | grep -E '^marshal: ' | grep -qvE '^marshal: (warning|error|hint):' && bad=$((bad + 1))
	# shellcheck disable=SC2086
	"$MARSHAL" -v $line 2>&1 >"$work/out" | grep -q 'debug: marshal ' || bad=$((bad + 1))
done
is "less, more and no colours are had everywhere" "$bad" 0

# --- and of nothing it was forgotten ------------------------------------------------------------------------
sort -u "$work/shown" >"$work/shown.sorted"
cut -f1,2 "$work/options" | sort -u >"$work/wanted"
is "for each option of each command its effect was shown" "$(comm -13 "$work/shown.sorted" "$work/wanted")" ""
is "and for nothing else" "$(comm -23 "$work/shown.sorted" "$work/wanted")" ""
