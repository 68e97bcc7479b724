#!/usr/bin/env bash
# The command line as people meet it: help, versions, mistakes, pipes.
. "$(dirname "$0")/lib.sh"

exits "help answers" 0 "$MARSHAL" --help
has "help lists commands" "$work/out" "version"
exits "the version is said" 0 "$MARSHAL" --version
has "with the libraries" "$work/out" "libssh2 "
exits "no command is wrong usage" 2 "$MARSHAL"
exits "a wrong command is wrong usage" 2 "$MARSHAL" vresion
has "and names the nearest" "$work/err" "did you mean 'version'?"
check "nothing was printed as a result" test ! -s "$work/out"
exits "a full disk below stdout is told" 3 bash -c '"$MARSHAL" --help >/dev/full'
exits "a reader that leaves is no error" 0 bash -c 'set -o pipefail; "$MARSHAL" --help | true'
exits "help is a word too" 0 "$MARSHAL" help scan
has "and names the command" "$work/out" "Usage: marshal scan"
manual() {
	{ cat "$root/docs/marshal.1.scd"; echo; "$MARSHAL" manual; } | scdoc >"$work/marshal.1"
}
check "the manual page can be made" manual
check "it holds every command" test "$("$MARSHAL" --help | sed -n '/^Commands:/,/^$/p' | grep -c '^  [a-z]')" \
	-eq "$(grep -c '^\.SS marshal ' "$work/marshal.1")"

exits "the checks are listed" 0 "$MARSHAL" checks
check "one a line" grep -q "^mars.version  *blocks backup" "$work/out"
exits "one is told at length" 0 "$MARSHAL" checks vss.writers
has "with its command" "$work/out" "vssadmin list writers"
exits "as JSON, too" 0 "$MARSHAL" checks --json
is "all of them" "$(jq '.checks | length' "$work/out")" "$("$MARSHAL" checks | tail -n +2 | wc -l)"
exits "a wrong one is wrong usage" 2 "$MARSHAL" checks vss.writer
has "that names the nearest" "$work/err" "did you mean 'vss.writers'?"
exits "a code is explained" 0 "$MARSHAL" explain 0x1fbd3
has "in both forms" "$work/out" "0x1FBD3 (130003)"
exits "an event is" 0 "$MARSHAL" explain event 14 --json
is "as JSON" "$(jq -r '.topics[0].name' "$work/out")" "CloudBackup event 14"
exits "what nobody knows is wrong usage" 2 "$MARSHAL" explain 0x12345678

# --- names that are not UTF-8 ------------------------------------------------------------------
odd=$work/caf$'\xe9'
mkdir "$odd"
: >"$odd/hosts.ini"
exits "a path that is not UTF-8 is wrong usage" 2 "$MARSHAL" -i "$odd/hosts.ini" inventory list
has "with its bytes shown" "$work/err" 'not UTF-8: '
has "as they are" "$work/err" 'caf\xe9/hosts.ini'
exits "so is one in any option" 2 "$MARSHAL" --db="$odd/x.db" show web01
exits "and in an argument" 2 "$MARSHAL" facts import "$odd/hosts.ini"
exits "an inventory of the environment" 2 env MARSHAL_INVENTORY="$odd/hosts.ini" "$MARSHAL" inventory list
has "is named" "$work/err" 'MARSHAL_INVENTORY is not UTF-8'
exits "and so is a database" 2 env MARSHAL_DB="$odd/x.db" "$MARSHAL" report compliance
exits "and a home" 2 env XDG_STATE_HOME="$odd" "$MARSHAL" report compliance
check "nothing was made there" test "$(ls "$odd")" = hosts.ini
