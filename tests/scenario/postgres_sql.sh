#!/usr/bin/env bash
# postgres_sql.sh - the schema and every statement of the store must be good SQL for PostgreSQL too:
# creates the schema on a throw-away server (a unix socket in a temporary folder, no port), with rows
# of the first release that later steps must carry over, and prepares each statement there with its
# declared types.
# shellcheck source=tests/scenario/lib.sh
. "$(dirname "$0")/lib.sh"

text="the schema and every statement, prepared by PostgreSQL"
check=${CHECK:-$(dirname "$(readlink -f "$MARSHAL")")/check}
bin=
for dir in /usr/lib/postgresql/*/bin; do
	[ -x "$dir/initdb" ] && bin=$dir
done
if [ -z "$bin" ]; then
	skip "$text" "no initdb below /usr/lib/postgresql"
	exit 0
fi
as=()                                   # PostgreSQL refuses to run as root
if [ "$(id -u)" = 0 ]; then
	if ! id postgres >/dev/null 2>&1; then
		skip "$text" "running as root and there is no user postgres"
		exit 0
	fi
	as=(setpriv --reuid postgres --regid postgres --init-groups)
fi

stop_server() {
	[ ! -f "$work/data/postmaster.pid" ] ||
		(cd / && "${as[@]}" "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1)
}
at_end stop_server

prepare_all() {
	MARSHAL_SQL_OUT=$work/all.sql CK_RUN_SUITE=store_sql "$check" || return 1
	chmod 755 "$work"
	[ ${#as[@]} -eq 0 ] || chown -R postgres "$work"
	cd / || return 1
	"${as[@]}" "$bin/initdb" -D "$work/data" -A trust -U marshal -E UTF8 --locale C -N &&
		"${as[@]}" "$bin/pg_ctl" -D "$work/data" -w -l "$work/server.log" \
			-o "-k '$work' -c listen_addresses='' -c fsync=off" start &&
		"${as[@]}" "$bin/psql" -h "$work" -U marshal -d postgres -X -q \
			-A -t -v ON_ERROR_STOP=1 -f "$work/all.sql" &&
		return 0
	cat "$work/server.log"
	return 1
}
prepare_all >"$work/log" 2>&1
if grep -q '^prepared [1-9]' "$work/log"; then
	ok "$text"
else
	not_ok "$text"
	cat "$work/log"
fi
has "rows of the first release are carried over" "$work/log" \
	'carried over {"clock":[8,{"skew_ms":3,"utc_ms":4}],"scratch":[7,{"free_bytes":2}]}'
has "with the words they had" "$work/log" 'carried over 6'
