#!/usr/bin/env bash
# Facts collected by hand on a server that cannot be reached: every encoding of Windows, refusals.
. "$(dirname "$0")/fleetlib.sh"

fleet_start --hosts 5
a=$work/answer.txt
answer web01 >"$a"
facts=$(wc -l <"$a")
check "a server's answer has its facts" test "$facts" -gt 18
exits "it is taken before any scan, with the inventory" 0 marshal facts import "$a"
has "and told" "$work/out" "web01: $facts facts taken, status outdated"
is "nobody was asked for it" "$(sql "select count(*) from host where status <> ''")" 1
is "the look is an import" "$(sql "select source from look")" import
import() { "$MARSHAL" --db "$DB" facts import "$@"; }
# each a little later than the one before
sed 's/$/\r/' "$a" >"$work/crlf.txt"
exits "lines that end as Windows ends them" 0 import "$work/crlf.txt"
{ printf '\357\273\277'; cat "$work/crlf.txt"; } >"$work/utf8.txt"
exits "UTF-8 with a mark" 0 import "$work/utf8.txt"
{ printf '\377\376'; iconv -f UTF-8 -t UTF-16LE "$work/crlf.txt"; } >"$work/le.txt"
exits "UTF-16, little end first" 0 import "$work/le.txt"
{ printf '\376\377'; iconv -f UTF-8 -t UTF-16BE "$work/crlf.txt"; } >"$work/be.txt"
exits "UTF-16, big end first" 0 import "$work/be.txt"
{ echo '<<<answer 0123456789abcdef0123456789abcdef begin>>>'; echo; cat "$a"; } >"$work/marked.txt"
exits "markers do no harm" 0 import "$work/marked.txt"
exits "standard input" 0 bash -c "'$MARSHAL' --db '$DB' facts import - <'$a'"
exits "for a host of another name" 0 import --host sql01 "$a"
has "it is that host's" "$work/out" "sql01: $facts facts taken"
is "two are known" "$(sql "select count(*) from host where status = 'outdated'")" 2

# --- refused, and nothing of it is kept ------------------------------------------------------
refused() { # TEXT MESSAGE ARGUMENTS...
	local text=$1 message=$2
	shift 2
	exits "$text is refused" 2 import "$@"
	has "  the message" "$work/err" "$message"
	has "  what to do" "$work/err" "marshal: hint: "
}
exits "a scan comes later" 0 marshal scan
looks=$(sql "select count(*) from look")
refused "what is older" "host 'web01': newer facts are stored already" "$a"
refused "another computer's" "no host 'nosuch' in the inventory as last loaded" --host nosuch "$a"
refused "a host as an argument" "--host HOST says whose the answer is" sql01 "$a"
# whether the host is known here, and the file there, or not
for words in "sql01 $work/none" "sql77 $a" "sql77 $work/none" "sql01" "$a sql01"; do
	read -ra word <<<"$words"
	refused "'${words//$work\//}'" "--host HOST says whose the answer is" "${word[@]}"
done
refused "one file of two" "cannot open '$work/none'" "$work/none" "$a"
refused "what is not there" "cannot open '$work/none'" "$work/none"
head -c 400 "$MARSHAL" >"$work/binary"
refused "a program" "no line is a fact" "$work/binary"
: >"$work/empty"
refused "an empty file" "no line is a fact" "$work/empty"
printf '\377\376abc' >"$work/odd"
refused "half a character" "no UTF-16" "$work/odd"
{ answer app01; echo 'Done. Have a nice day!'; } >"$work/talk"
refused "facts with other lines" "1 lines are no facts, the first: " "$work/talk"
grep -v '"fact":"clock"' "$work/talk" | grep '^{' >"$work/timeless"
refused "facts without a time" "no fact 'clock' with a time in it" "$work/timeless"
grep '^{' "$work/talk" | grep -v '"fact":"host"' >"$work/nameless"
refused "facts without a name" "no fact 'host' in it: name the host with --host" "$work/nameless"
is "nothing of these was stored" "$(sql "select count(*) from look")" "$looks"
sleep 1
answer web01 >"$a"
exits "a newer one is taken" 0 import "$a"
