#!/usr/bin/env bash
# reports.sh - reports and show as scripts and people call them, before any host was looked at:
# formats, files, exit statuses, mistakes.
. "$(dirname "$0")/lib.sh"

cat >"$work/inventory.yaml" <<'YAML'
all:
  hosts:
    web1: {ansible_user: admin, marshal_owner: "=HYPERLINK(1)"}
    web2: {marshal_skip: true}
    web10:
YAML
marshal() { "$MARSHAL" --db "$work/marshal.db" "$@"; }
with() { marshal -i "$work/inventory.yaml" "$@"; }

exits "without a database there is nothing to report" 3 marshal report compliance
has "and it says what to do" "$work/err" "scan first"
check "nor was one made" test ! -e "$work/marshal.db"

exits "a report makes no database of an inventory" 3 with report compliance
check "nor was one made of it" test ! -e "$work/marshal.db"
exits "a scan does, though its only host is skipped" 0 with scan web2
exits "an inventory alone is reported" 0 with report compliance
has "with hosts that were never seen" "$work/out" "never-seen"
has "and the share of all but the excluded" "$work/out" "compliant share: 0.0 %"
is "nobody but its owner may read the database" "$(stat -c %a "$work/marshal.db")" 600
exits "from then on without the inventory, too" 0 marshal report compliance --json
is "JSON has a row a host" "$(jq -r '[.rows[].host] | join(" ")' "$work/out")" "web1 web2 web10"
is "and a summary" "$(jq -c '[.summary.hosts, .summary.excluded]' "$work/out")" "[3,1]"

exits "CSV goes to a file" 0 marshal report compliance --format csv -o "$work/a.csv"
has "a formula is no formula there" "$work/a.csv" "\"'=HYPERLINK(1)\""
is "lines end as RFC 4180 says" "$(grep -c $'\r$' "$work/a.csv")" 4
exits "a file that cannot be made is told" 3 marshal report compliance -o "$work/none/a.csv"
exits "a full disk is told" 3 marshal report compliance -o /dev/full
check "nothing is left beside the files" test "$(find "$work" -name '*.csv*' | wc -l)" -eq 1

exits "an alarm rings" 1 marshal report compliance --fail-on outdated,never-seen
exits "or does not" 0 marshal report compliance --fail-on outdated --fail-on stale
exits "a word of before is taken" 1 marshal report compliance --fail-on never-scanned
has "and said to be another now" "$work/err" "never-scanned is called never-seen now"
exits "a severity is one as well" 0 marshal report compliance --fail-on stops-backups
exits "and so is a check" 0 marshal report compliance --fail-on backup.last
exits "an alarm on nothing known is refused" 2 marshal report compliance --fail-on broken
has "with the words there are" "$work/err" "needs-registration"
exits "patterns select" 0 with report compliance --format csv 'web1*'
is "those hosts" "$(tail -n +2 "$work/out" | cut -d, -f1 | paste -sd' ')" "web1 web10"
exits "patterns without an inventory are refused" 2 marshal report compliance web1
exits "so is a strange format" 2 marshal report compliance --format xml
exits "there is no run yet" 2 marshal report run last

exits "a host is shown" 0 marshal show web1
has "with its owner" "$work/out" "=HYPERLINK(1)"
exits "with its connection where an inventory is given" 0 with show web1
has "that is the user" "$work/out" "admin"
exits "as JSON" 0 marshal show web2 --json
is "with its status" "$(jq -r .status "$work/out")" excluded
exits "an unknown host is wrong usage" 2 marshal show wbe1
has "that names the nearest" "$work/err" "did you mean 'web1'"
printf 'all:\n  hosts:\n    web1:\n' >"$work/inventory.yaml"
exits "a smaller inventory" 0 with report compliance --json
is "is what counts" "$(jq .summary.hosts "$work/out")" 1
has "what it lacks is told" "$work/err" "the inventory has changed since it was last stored (hosts: 1 described otherwise there, $(($(marshal report compliance --json | jq .summary.hosts) - 1)) there alone)"
exits "to the database it did not leave" 0 marshal show web10
hasnt "as reports only read" "$work/out" "gone since"
exits "until a command takes the inventory over" 0 with recheck
exits "and nothing has changed any more" 0 with report compliance --json
hasnt "between the two" "$work/err" "the inventory has changed"
exits "a host that left is still known" 0 marshal show web10
has "and when it left" "$work/out" "gone since"

# To a locale with another encoding our texts are no text at all.
mkdir "$work/locales"
localedef -f EUC-JP -i ja_JP "$work/locales/ja_JP.EUC-JP" >"$work/out" 2>&1
if [ -f "$work/locales/ja_JP.EUC-JP/LC_CTYPE" ]; then
	printf 'all:\n  hosts:\n    web1: {marshal_skip: true, marshal_owner: "one…"}\n' >"$work/inventory.yaml"
	exits "an owner with a character of three bytes" 0 \
		"$MARSHAL" --db "$work/other.db" -i "$work/inventory.yaml" scan web1
	# glibc's newlocale(3) loses its copy of LOCPATH, and p11-kit, which comes with libcurl, calls it at its birth
	echo "leak:__argz_add_sep" >"$work/of_glibc"
	exits "is reported where the locale is not UTF-8" 0 env LOCPATH="$work/locales" LC_ALL=ja_JP.EUC-JP \
		LSAN_OPTIONS="suppressions=$work/of_glibc:print_suppressions=0" timeout 20 "$MARSHAL" --db "$work/other.db" report compliance --wide
	has "as it is" "$work/out" "one…"
else
	skip "a report where the locale is not UTF-8" "localedef makes no such locale here"
fi
