#!/bin/sh
# The schema and every statement of the store must be good SQL for PostgreSQL too: creates the
# schema on a throw-away server (a unix socket in a temporary folder, no port) and prepares each
# statement there with its declared types. Exit 77: skipped, the last line says why.
set -eu

check=${CHECK:-build/release/check}
bin=
for dir in /usr/lib/postgresql/*/bin; do
	[ -x "$dir/initdb" ] && bin=$dir
done
if [ -z "$bin" ]; then
	echo "skipped: no initdb below /usr/lib/postgresql"
	exit 77
fi
if [ ! -x "$check" ]; then
	echo "no '$check': make check first" >&2
	exit 1
fi

# PostgreSQL refuses to run as root.
as=
if [ "$(id -u)" = 0 ]; then
	if ! id postgres >/dev/null 2>&1; then
		echo "skipped: running as root and there is no user postgres"
		exit 77
	fi
	as="setpriv --reuid postgres --regid postgres --init-groups"
fi

dir=$(mktemp -d)
stop() {
	[ ! -f "$dir/data/postmaster.pid" ] ||
		(cd / && $as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1) || true
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT TERM

MARSHAL_SQL_OUT=$dir/all.sql CK_RUN_SUITE=store_sql "$check" >"$dir/check.log" 2>&1 || {
	cat "$dir/check.log" >&2
	exit 1
}
chmod 755 "$dir"
[ -z "$as" ] || chown -R postgres "$dir"
cd /
$as "$bin/initdb" -D "$dir/data" -A trust -U marshal -E UTF8 --locale C -N >"$dir/initdb.log" 2>&1 || {
	cat "$dir/initdb.log" >&2
	exit 1
}
$as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/server.log" \
	-o "-k '$dir' -c listen_addresses='' -c fsync=off" start >"$dir/start.log" 2>&1 || {
	cat "$dir/start.log" "$dir/server.log" >&2
	exit 1
}
$as "$bin/psql" -h "$dir" -U marshal -d postgres -X -q -v ON_ERROR_STOP=1 -f "$dir/all.sql" \
	>"$dir/psql.log" 2>&1 || {
	cat "$dir/psql.log" >&2
	exit 1
}
grep -q '^prepared [1-9]' "$dir/psql.log" || {
	echo "the script did not come to its end" >&2
	cat "$dir/psql.log" >&2
	exit 1
}
grep '^prepared' "$dir/psql.log"
