#!/usr/bin/env bash
# probe_print.sh - `marshal probe print` shows the bytes of the files, and docs/security.md has their
# hashes.
. "$(dirname "$0")/lib.sh"

sed -n 's/^call \([^ ]*\) .*/\1/p' "$root/lib/transport/scripts.txt" >"$work/scripts"
while read -r name; do
	exits "probe print $name" 0 "$MARSHAL" probe print "$name"
	"$root/scripts/as-sent" "$name" >"$work/sent"
	sum=$(sha256sum <"$work/sent" | cut -c1-64)
	has "probe print $name has the hash of its text" "$work/out" "$sum"
	sed -n "/^### $name, as sent/,/^### Requests/p" "$work/out" | sed '1,2d;$d' | sed '$d' >"$work/text"
	check "probe print $name shows it, byte by byte" cmp "$work/sent" "$work/text"
	has "docs/security.md has that hash of $name" "$root/docs/security.md" "$sum"
	has "probe print $name shows a request" "$work/out" '{"op":"'
	exits "probe print $name --as-written" 0 "$MARSHAL" probe print "$name" --as-written
	(cd "$root" && sed -n 's/^### //p' "$work/out" | while read -r file; do printf '\n### %s\n\n' "$file" && cat "$file"; done) >"$work/files"
	check "shows the files it is made of" cmp "$work/files" "$work/out"
done <"$work/scripts"
# What tasks run, and the command that a log shows: its base64 is that text.
sed -n 's/^task \([^ ]*\) .*/\1/p' "$root/lib/transport/scripts.txt" >"$work/tasks"
while read -r name; do
	exits "probe print $name" 0 "$MARSHAL" probe print "$name"
	"$root/scripts/as-sent" "$name" >"$work/sent"
	sum=$(sha256sum <"$work/sent" | cut -c1-64)
	has "probe print $name has the hash of its text" "$work/out" "$sum"
	has "docs/security.md has that hash of $name" "$root/docs/security.md" "$sum"
	is "and the text, byte by byte" "$(sed "0,/^### $name, as it runs/d" "$work/out" | sed 1d | head -c "$(wc -c <"$work/sent")" | sha256sum)" \
		"$(sha256sum <"$work/sent")"
	[ "$name" = task-look ] && continue     # has two words more, new each time
	is "and its command is of that text" \
		"$(grep -o 'EncodedCommand .*' "$work/out" | cut -d' ' -f2 | base64 -d | iconv -f utf-16le | sha256sum)" "$(sha256sum <"$work/sent")"
done <"$work/tasks"
is 'all tasks are there' "$(paste -sd' ' "$work/tasks")" 'task-install task-backup task-timed task-boot task-look'
# What an upgrade sends, by its texts: docs/performance.md says it to a tenth.
sent=0
for name in probe-deep stage-open stage-check console-wait probe-upgrade engine-cycle install-start install-wait probe-upgrade clean probe-deep; do
	sent=$((sent + $("$root/scripts/as-sent" "$name" | base64 -w0 | wc -c)))
done
said=$(sed -n 's/.* Of its bytes \([0-9]*\) KB are texts.*/\1/p' "$root/docs/performance.md")
check "docs/performance.md says what an upgrade sends: $sent bytes, said $said KB" \
	test $((sent > said * 1000 ? sent - said * 1000 : said * 1000 - sent)) -lt $((sent / 10))
exits 'probe print --deep' 0 "$MARSHAL" probe print --deep
has 'it asks for the deep facts' "$work/out" '"deep":true'
has 'with the script that knows them' "$work/out" "'vss.writers' = {"
has 'and has for all facts what a call leaves them' "$work/out" '"all_ms":225000}'
exits 'probe print of the fast facts' 0 "$MARSHAL" probe print
hasnt 'the fast probe does not carry the deep facts' "$work/out" vssadmin
has 'and has less time for all of them' "$work/out" '"all_ms":105000}'
"$MARSHAL" probe print >"$work/out"
command=$(grep '^powershell.exe' "$work/out")
is 'the command holds the bootstrap, byte by byte' \
	"$(echo "${command##* }" | base64 -d | iconv -f utf-16le | sha256sum)" \
	"$("$root/scripts/as-sent" bootstrap | sha256sum)"
check 'the command is short enough for cmd.exe' test "${#command}" -lt 8191
is 'output is plain ASCII' "$(LC_ALL=C grep -cP '[^\x00-\x7f]' "$work/out")" 0
exits 'probe print --standalone' 0 "$MARSHAL" probe print --standalone --cloud usgov
has 'it asks the login URL of its cloud' "$work/out" '"login_hosts":["login.microsoftonline.us"]'
has 'by hand no call ends' "$work/out" '"all_ms":null}'
exits 'in the China cloud' 0 "$MARSHAL" probe print --standalone --cloud china
has 'it asks that of China' "$work/out" '"login_hosts":["login.chinacloudapi.cn"]'
exits 'an unknown script' 2 "$MARSHAL" probe print nothing
exits 'an unknown cloud' 2 "$MARSHAL" probe print --cloud mars
exits 'a step by hand' 2 "$MARSHAL" probe print clean --standalone
