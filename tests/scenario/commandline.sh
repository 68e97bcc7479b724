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
