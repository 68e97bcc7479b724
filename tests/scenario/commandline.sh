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
