#!/usr/bin/env bash
# locks.sh - hosts that another process holds: who it is, that one that cannot be seen from here counts
# as alive, and that a person can free its hosts.
# shellcheck source=tests/scenario/fleetlib.sh
. "$(dirname "$0")/fleetlib.sh"

mkdir -p "$F/hosts"
for name in web01 web02; do
	"$SIMHOST" --state "$name" >"$F/hosts/$name.json"
done
cat >"$inventory" <<END
all:
  vars: {ansible_connection: local, marshal_program: $SIMHOST}
  hosts: {web01: , web02: }
END
export MARSHAL_FLEET=$F
release() { "$MARSHAL" --db "$DB" upgrade release "$@"; }
# holds HOST PROCESS MACHINE PID STARTED SPACE: a holder, and its lease
holds() {
	sqlite3 "$DB" "insert into process (id, machine, pid, started, user_name, command, since_utc_ms, pid_space)
		values ($2, '$3', $4, '$5', 'eve', 'upgrade', 1700000000000, $6);
		insert or replace into lease (host, run, process, epoch, boot, until_ms, since_utc_ms)
		select id, 3, $2, 1, '${5%/*}', 9000000000000, 1700000000000 from host where name = '$1'"
}
locked() { sqlite3 -readonly "$DB" "select count(*) from lease where process <> 0"; }
# types WORD COMMAND: on a terminal; what it says is in $work/out
types() { script -qec "stty cols 300; $2" /dev/null <<<"$1" >"$work/out" 2>&1 | cat; }

exits "a scan" 0 marshal scan
exits "a host that nobody holds" 0 release web01
has "is said to be free" "$work/err" "web01: nobody holds it"
exits "a host that is not known" 2 release nobody

# --- held on a machine that cannot be asked ------------------------------------------------------
holds web01 5 controller-2 77 boot/1 1
exits "without a terminal nothing is freed" 2 release web01
has "it says who holds it" "$work/err" "web01' is held by upgrade (pid 77 on controller-2, user eve, since 2023-11-14"
is "and it stays" "$(locked)" 1
types web02 "$MARSHAL --db '$DB' upgrade release web01"
has "another word does not free it" "$work/out" "not confirmed"
is "it stays" "$(locked)" 1
types web01 "$MARSHAL --db '$DB' upgrade release web01"
has "its name does" "$work/out" "web01: free"
is "it is gone" "$(locked)" 0
exits "the host's trail" 0 marshal show web01 --all
has "says it was done by hand" "$work/out" "freed by hand: it was held by upgrade (pid 77 on controller-2"

# --- held by a process of this machine -----------------------------------------------------------
start sleep 60
tick=$(cut -d' ' -f22 "/proc/$started/stat")
boot=$(cat /proc/sys/kernel/random/boot_id)
space=$(stat -Lc %i /proc/self/ns/pid)
holds web01 6 "$(uname -n)" "$started" "$boot/$tick" "$space"
exits "one that is seen at work keeps it" 3 release web01
has "and is named" "$work/err" "which is at work on this machine"
if unshare --pid --fork --mount-proc true 2>/dev/null; then
	types web02 "unshare --pid --fork --mount-proc $MARSHAL --db '$DB' upgrade release web01"
	has "from a container it is another container's" "$work/out" "of another container on $(uname -n)"
	is "and stays" "$(locked)" 1
else
	skip "from a container it is another container's" "no pid namespaces for this user"
fi
sqlite3 "$DB" "update lease set until_ms = 1"
exits "one whose time is over by the clock of this boot" 0 release web01
has "holds it no more" "$work/err" "nobody holds it"
sqlite3 "$DB" "update lease set boot = 'another'"
exits "by that of another boot" 3 release web01
has "it may hold it still" "$work/err" "which is at work on this machine"
kill "$started"
wait "$started" 2>/dev/null
exits "once it is dead" 0 release web01
has "nobody holds it" "$work/err" "nobody holds it"
