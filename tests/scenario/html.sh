#!/usr/bin/env bash
# html.sh - the HTML pages in a real headless Chromium: they show what they should, sort and filter,
# ask nobody for anything, and nothing that a hostile host says becomes more than text. With 10,000
# hosts, too. tests/tools/look_html.py has the cases.
. "$(dirname "$0")/lib.sh"

browser=
for name in chromium chromium-browser google-chrome chromium-headless-shell; do
	[ -n "$browser" ] || browser=$(command -v "$name")
done
if [ -z "$browser" ]; then
	skip html "there is no chromium"
	exit 0
fi

now=$(date +%s)000
marshal() { "$MARSHAL" --db "$work/$1.db" "${@:2}"; }
sql() { sqlite3 "$work/$1.db" >/dev/null; }

# A finding of a check on the hosts that a condition selects.
finding() {                             # finding DATABASE CHECK VERDICT CONDITION
	sql "$1" <<-SQL
		insert into word (id, name) select coalesce(max(id), 0) + 1, '$2' from word
			where not exists (select 1 from word where name = '$2');
		insert into finding (host, name, since_utc_ms, verdict, evidence)
			select host.id, word.id, $now, '$3', 'made up' from host, word
			where word.name = '$2' and ($4);
	SQL
}

# --- a small fleet in which everybody is hostile --------------------------------------------
cat >"$work/small.yaml" <<'YAML'
all:
  hosts:
    web1: {marshal_owner: "<script>pwned = 1</script>"}
    web2: {marshal_owner: "\"><img src=x onerror='pwned = 2'>", marshal_site: "</style><script>pwned = 3</script>"}
    web10:
    db1: {marshal_vault: "javascript:pwned=4"}
    db2: {marshal_skip: true}
    db3:
YAML
# A scan of nobody makes the database.
printf 'all: {hosts: {nobody: {marshal_skip: true}}}\n' >"$work/seed.yaml"
exits "a database is there" 0 marshal small -i "$work/seed.yaml" scan
exits "a fleet becomes known" 0 marshal small -i "$work/small.yaml" recheck
sql small <<SQL
update host set status = 'outdated', version = '2.0.9070.0', seen_utc_ms = $now, tried_utc_ms = $now
	where name in ('web1', 'web2');
update host set status = 'compliant', version = '2.0.10000.0', seen_utc_ms = $now, tried_utc_ms = $now,
	owner = 'a' || char(27) || '[31mb' || char(8238) || 'c' || char(8203) || 'd' where name = 'web10';
update host set status = 'compliant', version = '2.0.9938.0', seen_utc_ms = $now - 864000000, tried_utc_ms = $now,
	fault = 'refused', fault_text = '<svg onload="pwned = 5"> ' || char(27) || '[2J' || char(8238) || 'x'
	where name = 'db1';
update host set name = '<b onclick="pwned = 6">db3' where name = 'db3';
SQL
finding small mars.version fail "host.name like 'web%' and host.status = 'outdated'"
finding small os.clock warn "host.name = 'web10'"
for report in $(reports); do
	exits "$report is written" 0 marshal small report "$report" --format html -o "$work/$report.html"
done
exits "a page goes to standard output as well" 0 marshal small report checks --format html
has "whole" "$work/out" "</html>"

# --- ten thousand hosts ------------------------------------------------------------------------
cat >"$work/big.yaml" <<'YAML'
all:
  hosts:
    srv[00001:10000].corp.example:
  vars: {marshal_owner: windows team, marshal_site: Berlin, marshal_vault: vault-emea}
YAML
exits "a second database is there" 0 marshal big -i "$work/seed.yaml" scan
exits "ten thousand hosts become known" 0 marshal big -i "$work/big.yaml" recheck
sql big <<SQL
update host set status = case id % 5 when 0 then 'outdated' when 1 then 'at-risk' else 'compliant' end,
	version = '2.0.' || (9000 + id % 900) || '.0', seen_utc_ms = $now - (id % 1000) * 60000, tried_utc_ms = $now,
	fault = case id % 50 when 0 then 'no-answer' else '' end;
SQL
finding big mars.version fail "host.id % 5 = 0"
finding big scratch.free-space fail "host.id % 5 = 1"
finding big os.pending-reboot warn "host.id % 3 = 0"
finding big security.system-volume-information "not examined" "1"
begin=$(date +%s%N)
exits "their page is written" 0 marshal big report compliance --format html -o "$work/big.html"
echo "# written in $((($(date +%s%N) - begin) / 1000000)) ms, $(stat -c %s "$work/big.html") bytes"
check "in less than 8 MB" test "$(stat -c %s "$work/big.html")" -lt 8000000

# --- in the browser ------------------------------------------------------------------------------
check "every case was tried" python3 "$root/tests/tools/look_html.py" "$browser" "$work" >"$work/looked" 2>&1
cat "$work/looked"
bad=$(grep -c '^not ok - ' "$work/looked") || bad=0
[ "$lib_bad" -gt 0 ] || lib_bad=$bad
