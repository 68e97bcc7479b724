#!/usr/bin/env bash
# readers.sh - one account writes the database, a group reads it: what reads needs the right to read and
# nothing else, gets the answers that the writing account gets, and changes nothing - while a scan is at
# work, after it, after one that was killed, on a full disk and on one that may only be read.
# shellcheck source=tests/scenario/fleetlib.sh
. "$(dirname "$0")/fleetlib.sh"

if [ "$(id -u)" -ne 0 ] || ! command -v setpriv >/dev/null; then
	skip "a reading account" "only root can be two accounts"
	exit 0
fi
# Numbers that nobody has; the group by a name that this system has.
writer=61001 reader=61002 group=$(getent group | cut -d: -f1,3 | grep -vE '^root:|:0$' | head -n 1 | cut -d: -f1)
gid=$(getent group "$group" | cut -d: -f3)
as() { # as UID COMMAND...: that account, which is in the group
	local uid=$1
	shift
	setpriv --reuid "$uid" --regid "$uid" --groups "$gid" "$@"
}
chmod 755 "$work"
install -m 755 "$MARSHAL" "$work/program" && MARSHAL=$work/program
install -m 755 "$SIMHOST" "$work/simhost" && SIMHOST=$work/simhost
mkdir -p "$F/hosts" "$work/srv"
chown "$writer" "$work/srv" "$F/hosts"
for name in web01 web02 sql01; do "$SIMHOST" --state "$name" >"$F/hosts/$name.json"; done
chown "$writer" "$F/hosts"/*
cat >"$inventory" <<END
all:
  vars: {ansible_connection: local, marshal_program: $SIMHOST}
  hosts: {web01: , web02: , sql01: }
END
folder=$work/srv/marshal DB=$work/srv/marshal/marshal.db
export MARSHAL_FLEET=$F MARSHAL_DB=$DB MARSHAL_INVENTORY=$inventory HOME=$work/srv XDG_STATE_HOME=$work/srv/state
writes() { as "$writer" "$MARSHAL" "$@"; }
reads() { as "$reader" "$MARSHAL" "$@"; }
modes() { stat -c %a "$folder" "$DB" "$DB-wal" "$DB-shm" | paste -sd' '; }
# All that can be seen to change of the files: names, inodes, owners, modes, times and bytes.
files() { (cd "$folder" && stat -c '%n %i %a %u %g %s %y %z' . ./* && sha256sum ./*); }
slow() { for name in web01 web02 sql01; do "$SIMHOST" --set "$F/hosts/$name.json" "faults.probe=slow:$1"; done; }

"$SIMHOST" --make-installer "$work/installer.exe" 2.0.9300.0
commands=$work/commands
cat >"$commands" <<END
report compliance --format csv
report compliance --format json web01
report checks --format csv
report faults --format csv
report versions --format csv
report exceptions --format csv
report history --format csv
report run last
diff --format csv
show web01 --json
nagios
explain 0x1FBD3
db info
db info --json
db check
db prune --dry-run
policy show
policy show web01
policy check $work/policy.yml
recheck --dry-run
inventory list
inventory diff
windows web01
why web01
report compliance --format html
report compliance --format prometheus
keys pending
upgrade web01 web02 --installer $work/installer.exe --allow-unsigned -n
END
echo 'thresholds: {clock-warn: 2m}' >"$work/policy.yml"

# differ COMMAND...: for each line of standard input what the reader gets by that otherwise than the writer.
differ() {
	local line
	while read -r line; do
		for _ in 1 2 3 4; do # some tell ages, in seconds
			# shellcheck disable=SC2086
			{ writes $line </dev/null 2>&1; echo "status $?"; } >"$work/writer"
			# shellcheck disable=SC2086
			{ "$@" $line </dev/null 2>&1; echo "status $?"; } | sed "s#$work/full/marshal#$folder#" >"$work/reader"
			! cmp -s "$work/writer" "$work/reader" || break
		done
		cmp -s "$work/writer" "$work/reader" || echo "$line: $(diff "$work/writer" "$work/reader" | head -n 5)"
		case $line:$(tail -n 1 "$work/reader") in
		*run* | *:status\ [01] | nagios:status\ 2 | diff*:status\ 2) ;;
		*) echo "$line: $(tail -n 1 "$work/reader")" ;;
		esac
	done
}

# same_answers WHERE: each reading command says to the reader what it says to the writer, and no file changes.
same_answers() {
	local before
	before=$(files)
	is "$1: the reader gets what the writer gets" "$(differ reads <"$commands")" ""
	is "$1: and no file is changed by either" "$(files)" "$before"
}

# --- made for a group -----------------------------------------------------------------------------
exits "a database for a reading group" 0 writes scan --db-group "$group"
is "is 0640 in a folder of 0750, the files beside it too" "$(modes)" "750 640 640 640"
is "and all the group's" "$(stat -c %g "$folder" "$DB" "$DB-wal" "$DB-shm" | sort -u)" "$gid"
is "what is left beside it is empty" "$(stat -c %s "$DB-wal")" 0
exits "a second scan" 0 writes scan
same_answers "after a clean close"
has "the reader is not warned of whose it is" <(reads report versions 2>&1; echo none) none
hasnt "not by a word" <(reads report versions 2>&1) "belongs to"
exits "doctor as the reader" 0 reads doctor
hasnt "finds nothing wrong with the database" "$work/out" "belongs to another user"

# --- while a scan is at work, and after one that was killed -------------------------------------
slow 60000
start setpriv --reuid "$writer" --regid "$writer" --groups "$gid" "$MARSHAL" scan >/dev/null 2>&1
scan=$started
within 20 test -s "$DB-wal" || not_ok "a scan is at work"
sleep_until_quiet() { local a b; a=$(files); b=; while [ "$a" != "$b" ]; do b=$a; sleep 0.3; a=$(files); done; }
sleep_until_quiet
same_answers "while a scan is at work"
is "of all these only the scan is registered" "$(sql "select group_concat(command) from process")" scan
has "a report says that it goes on, and who is at it" <(reads report versions 2>&1) "is under way, scan (pid $scan on "
kill -9 "$scan"
wait "$scan" 2>/dev/null
check "a killed scan leaves a log" test -s "$DB-wal"
has "a report says that the scan died" <(reads report versions 2>&1) ", died: 0 of its "
same_answers "after a scan was killed"

# --- nothing can be written -----------------------------------------------------------------------
# reads_where WHERE COMMAND...: each of these says there what it says elsewhere.
reads_where() {
	is "$1: the reader gets the same" "$(differ "${@:2}" <<-END
		report checks --format csv
		report run last
		diff --format csv
		show web01 --json
		nagios
		explain 0x1FBD3
		db info
	END
	)" ""
}
limited() { (ulimit -f 0 && reads "$@"); }
reads_where "no file may grow" limited
chmod 550 "$folder"
reads_where "a folder that may only be read" reads
chmod 750 "$folder"
if unshare --mount true 2>/dev/null; then
	on_read_only() { unshare --mount sh -c "mount --bind '$folder' '$folder' && mount -o remount,bind,ro '$folder' &&
		exec setpriv --reuid $reader --regid $reader --groups $gid '$MARSHAL' \"\$@\"" - "$@"; }
	reads_where "a mount that may only be read" on_read_only
	on_full_disk() { unshare --mount sh -c "mount -t tmpfs -o size=8m,mode=755 none '$work/full' && cp -a '$folder' '$work/full/' &&
		cat /dev/zero >'$work/full/ballast' 2>/dev/null
		exec setpriv --reuid $1 --regid $1 --groups $gid env MARSHAL_DB='$work/full/marshal/marshal.db' '$MARSHAL' \"\$@\"" - "${@:2}"; }
	mkdir "$work/full"
	reads_where "a full disk" on_full_disk "$reader"
	reads_where "a full disk, as the writer" on_full_disk "$writer"
	exits "where a scan says that there is no room" 3 on_full_disk "$writer" scan
	has "as it is" "$work/err" "no room to write"
else
	skip "a mount that may only be read" "no mount namespaces"
	skip "a full disk" "no mount namespaces"
fi

# --- the reader changes nothing -------------------------------------------------------------------
before=$(files)
for line in "scan" "recheck" "db prune" "db rename web01 web02" "upgrade release web01" "facts import --host web01 /dev/null"; do
	# shellcheck disable=SC2086
	exits "the reader cannot: $line" 3 reads $line
	has "and is told who can" "$work/err" "belongs to user $writer, who alone writes to it"
done
check "nor by SQLite" bash -c "! $(declare -f as); ! gid=$gid as $reader sqlite3 '$DB' 'delete from event' 2>/dev/null"
check "nor is it replaced" bash -c "$(declare -f as); gid=$gid; cd '$folder'; ! as $reader mv -f marshal.db other.db 2>/dev/null && ! as $reader rm -f marshal.db-wal 2>/dev/null"
is "it is as it was" "$(files)" "$before"

# --- a reader in the middle -----------------------------------------------------------------------
slow 0
exits "the next scan puts right what the killed one left" 0 writes scan
is "and empties the log" "$(stat -c %s "$DB-wal")" 0
mkfifo "$work/page" && chown "$reader" "$work/page"
start setpriv --reuid "$reader" --regid "$reader" --groups "$gid" "$MARSHAL" report compliance --format csv -o "$work/page"
stuck=$started
open_database() { find "/proc/$stuck/fd" -lname "$DB" 2>/dev/null | grep -q .; }
within 10 open_database || not_ok "a report that waits for its page has the database open"
is "a report that waits for its page holds up no log" "$(as "$writer" sqlite3 "$DB" "pragma wal_checkpoint(truncate)")" "0|0|0"
exits "nor a scan" 0 writes scan
timeout 10 cat "$work/page" >/dev/null
wait "$stuck"
# one that stays in the middle of reading for long: the log grows, and is small again once it has gone
coproc HELD { exec setpriv --reuid "$reader" --regid "$reader" --groups "$gid" sqlite3 -readonly "$DB"; }
# shellcheck disable=SC2154 # of coproc
{ lib_started+=("$HELD_PID"); held=$HELD_PID; }
echo "begin; select 'reads', count(*) from host;" >&"${HELD[1]}"
read -t 10 -r line <&"${HELD[0]}"
is "somebody reads for long" "$line" "reads|3"
for _ in 1 2 3; do writes recheck --policy "$work/policy.yml" >/dev/null 2>&1 && writes scan --deep >/dev/null 2>&1; done
check "meanwhile the log is kept" test -s "$DB-wal"
eval "exec ${HELD[1]}>&-"
wait "$held" 2>/dev/null
exits "once that one has gone" 0 writes scan
is "the log is empty" "$(stat -c %s "$DB-wal")" 0
exits "and nothing is lost" 0 reads db check

# --- from before: a group that could write --------------------------------------------------------
as_before() { chmod 2770 "$folder" && chmod 660 "$DB" "$DB-wal" "$DB-shm"; }
as_before
chown "$reader" "$DB-wal"
exits "a reader leaves it as it is" 0 reads report versions
is "as wide as it was" "$(modes)" "2770 660 660 660"
exits "another account of the group writes no more" 3 reads scan
exits "the next command that writes" 0 writes scan
has "says that it is narrowed" "$work/err" "could be written by others than its owner (mode 0660): they may only read it from now on (mode 0640, its folder 0750)"
is "and it is" "$(modes)" "750 640 640 640"
is "a log that another account made is the writer's now" "$(stat -c %u "$DB-wal" "$DB-shm" | sort -u)" "$writer"
exits "the one behind it" 0 writes scan
hasnt "says nothing" "$work/err" "could be written"
chmod 600 "$DB" "$DB-wal" "$DB-shm"
exits "a database that is its owner's alone" 3 reads report versions
has "cannot be read" "$work/err" "cannot read '$DB': Permission denied"
has "which has a remedy" "$work/err" "--db-group"
exits "that helps" 0 writes scan --db-group "$group"
exits "at once" 0 reads report versions
chmod 700 "$folder"
exits "a folder that is closed" 3 reads report versions
has "is no database that is not there" "$work/err" "Permission denied"
chmod 600 "$DB"
exits "and the group is given no right that is none" 0 writes scan --db-group "$group"
has "without a word" "$work/err" "group '$group' cannot get at the database: folder '$folder' is closed to it (mode 0700)"
chown ":$gid" "$folder" && chmod 750 "$folder"

# --- an older marshal, and other programs -------------------------------------------------------
as "$writer" sqlite3 "$DB" "select count(*) from host; pragma wal_checkpoint(truncate)" >/dev/null
rm -f "$DB-wal" "$DB-shm"
exits "a file whose log another program took away" 3 reads report versions
has "wants a command that writes" "$work/err" "a command that writes, such as scan, makes it"
exits "its owner reads it all the same" 0 writes report versions
exits "and then the reader" 0 reads report versions
cp -a "$DB" "$work/older.db"
sqlite3 "$work/older.db" "pragma journal_mode = delete; delete from schema_version where version = (select max(version) from schema_version)" >/dev/null
chown "$writer:$gid" "$work/older.db"
exits "a database of an older schema" 3 reads --db "$work/older.db" report versions
has "says what brings it up to date" "$work/err" "run a command that writes, such as scan"

# --- a copy every night ---------------------------------------------------------------------------
mkdir "$work/backup" "$work/mine"
chown "$writer:$gid" "$work/backup" && chmod 750 "$work/backup" && chown "$reader" "$work/mine"
nightly=$(sed -n 's/^    marshal \(db backup .*[^ ]\) *#.*/\1/p' "$root/README.md" | sed "s,/backup/,$work/backup/,")
copy=${nightly##* }
check "the README has a command for it" test -n "$nightly"
for night in first second; do
	# shellcheck disable=SC2086
	exits "the $night night's copy" 0 writes $nightly
done
slow 3000
writes scan >/dev/null 2>&1 &
scan=$!
# shellcheck disable=SC2086
exits "while a scan is at work" 0 writes $nightly
# shellcheck disable=SC2086
exits "by the reader, elsewhere" 0 reads ${nightly/"$work/backup"/"$work/mine"}
wait "$scan"
is "it is one file" "$(find "$work/backup" -type f)" "$copy"
is "and may be read by who may read the database" "$(stat -c '%a %u %g' "$copy")" "640 $writer $gid"
is "the reader's too" "$(stat -c '%a %u %g' "$work/mine"/*)" "640 $reader $gid"
chmod 550 "$work/backup"
exits "it is read where nothing can be written" 0 reads --db "$copy" report compliance
exits "and is whole" 0 reads --db "$copy" db check
is "one file it stays" "$(find "$work/backup" -type f)" "$copy"

# --- the two accounts of the documents, set up as it stands there ---------------------------------
sed -n '/^## Two accounts/,/^## What/s/^    \([a-z].*\)/\1/p' "$root/docs/security.md" | sed 's/ *#.*//' >"$work/two"
sed -n '/^# ACCOUNTS/,/^# FILES/p' "$root/docs/marshal.1.scd" | sed -n '/^```/,/^```/{/^```/!p}' >"$work/manual"
is "the manual page and docs/security.md set up the same" "$(cat "$work/two")" "$(cat "$work/manual")"
is "in six commands" "$(wc -l <"$work/two")" 6
if unshare --mount true 2>/dev/null && command -v useradd runuser >/dev/null; then
	cp -a /etc "$work/etc" && mkdir "$work/bin" "$work/nowhere" && cp "$MARSHAL" "$work/bin/marshal"
	cp "$inventory" "$work/fleet.yml" && chmod -R a+rwX "$F/hosts"
	cat >"$work/setup" <<-END
		mount --bind '$work/etc' /etc && mount -t tmpfs none /var/lib && cd '$work' || exit 99
		unset MARSHAL_DB MARSHAL_INVENTORY
		grep -q ^nagios: /etc/passwd || useradd --system --home-dir '$work/nowhere' nagios || exit 98
		export PATH='$work/bin':\$PATH:/usr/sbin:/sbin
		set -x
	END
	cat "$work/two" >>"$work/setup"
	cat >>"$work/setup" <<-'END'
		set +x
		stat -c '%n %a %U %G' /var/lib/marshal /var/lib/marshal/*
		runuser -u nagios -- sh -c 'echo >/var/lib/marshal/new || rm -f /var/lib/marshal/marshal.db || echo >>/var/lib/marshal/marshal.db' 2>/dev/null
		echo "changed: $?"
	END
	unshare --mount bash "$work/setup" >"$work/out" 2>"$work/err"
	is "the one scans, the other looks, and changes nothing" "$(sed 's/ - .*//; /hosts:/d' "$work/out")" "MARSHAL CRITICAL
/var/lib/marshal 750 marshal marshal-read
/var/lib/marshal/marshal.db 640 marshal marshal-read
/var/lib/marshal/marshal.db-shm 640 marshal marshal-read
/var/lib/marshal/marshal.db-wal 640 marshal marshal-read
changed: 2"
	hasnt "and nothing is wrong with it" "$work/err" "warning: database"
else
	skip "the two accounts of the documents" "no mount namespaces, or no useradd and runuser"
fi
