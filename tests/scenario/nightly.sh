#!/usr/bin/env bash
# nightly.sh - the two ways in which README has marshal run every night, as they stand there: cron's line and systemd's
# unit, by a shell that has nothing but what they set. What is printed is what cron mails.
. "$(dirname "$0")/lib.sh"

mkdir -p "$work/bin" "$work/hosts" "$work/var"
ln -s "$MARSHAL" "$work/bin/marshal"
for name in web01 web02 sql01; do "$SIMHOST" --state "$name" >"$work/hosts/$name.json"; done
set_host() { "$SIMHOST" --set "$work/hosts/$1.json" "$2"; }     # set_host NAME PATH=VALUE
cat >"$work/fleet.yml" <<END
all:
  vars: {ansible_connection: local, marshal_program: $SIMHOST}
  hosts: {web01: , web02: , sql01: }
END

# The documents' lines, with places of this test in the place of the system's.
placed() { sed "s#/usr/local/bin#$work/bin#g; s#/etc/marshal/fleet.yml#$work/fleet.yml#g; s#/var/lib/marshal#$work/var#g"; }
sed -n '/^With cron/,/^`scan -q`/s/^    //p' "$root/README.md" | placed >"$work/crontab"
grep '^[A-Z_]*=' "$work/crontab" | grep -v ^MAILTO= >"$work/environment"
line=$(sed -n 's/^\(\S\+ \+\)\{5\}marshal \+//p' "$work/crontab")
is "README has one line for cron" "$(grep -c '^[0-9*]' "$work/crontab")" 1
is "of four commands" "$(grep -o 'marshal [a-z]' <<<"$line" | wc -l)" 4

# night: what cron mails of one, in $work/mail. Of marshal's own database only the place is the test's.
night() {
	mapfile -t given <"$work/environment"
	(cd "$HOME" && env -i HOME="$HOME" LOGNAME=marshal SHELL=/bin/sh "${given[@]}" MARSHAL_FLEET="$work" \
		/bin/sh -c "$line") >"$work/mail" 2>&1 </dev/null
}
night
is "the first night tells of three lines" "$(wc -l <"$work/mail")" 3
has "the database was not there" "$work/mail" "marshal.db' was not there: it is made anew"
has "and diff has nothing to compare with" "$work/mail" "there is no scan before the last one"
night
is "a quiet night mails nothing" "$(cat "$work/mail")" ""
set_host web02 services.obengine.state=Stopped
set_host sql01 faults.probe=program-failed
night
has "a night in which one got worse names it" "$work/mail" "web02"
has "and one that is not seen any more" "$work/mail" "sql01"
hasnt "not those that stand as before" "$work/mail" "web01"
has "who was not seen is in a file" "$HOME/scan.txt" "sql01"
check "the page is whole" grep -q '</html>' "$HOME/fleet.html"
exits "the copy is a database" 0 "$MARSHAL" --db "$HOME/night.db" db check

# --- systemd --------------------------------------------------------------------------------------
sed -n '/^With systemd/,/^Status 1/s/^    //p' "$root/README.md" | placed >"$work/units"
sed -n '/marshal.service/,/^# .*marshal.timer/p' "$work/units" >"$work/marshal.service"
allowed=$(sed -n 's/^SuccessExitStatus=//p' "$work/marshal.service")
is "README's unit takes hosts that were not seen for no failure" "$allowed" 1
failed=''
while read -r command; do
	environment=$(sed -n 's/^Environment=//p' "$work/marshal.service")
	# shellcheck disable=SC2086
	(cd / && env -i HOME="$HOME" PATH=/usr/bin:/bin "$environment" MARSHAL_FLEET="$work" $command) >>"$work/journal" 2>&1 </dev/null
	case $? in 0 | "$allowed") ;; *) failed+="$command; " ;; esac
done < <(sed -n 's/^ExecStart=//p' "$work/marshal.service")
is "each of its commands ends well" "$failed" ""
is "there are three" "$(grep -c ^ExecStart= "$work/marshal.service")" 3
check "they write the page" grep -q '</html>' "$work/var/fleet.html"
exits "and the copy" 0 "$MARSHAL" --db "$work/var/night.db" db check
if command -v systemd-analyze >/dev/null; then
	sed 's/^OnFailure=.*//; s/^User=.*/User=root/' "$work/marshal.service" >"$work/checked.service"
	exits "systemd finds nothing wrong with it" 0 systemd-analyze verify "$work/checked.service"
else
	skip "systemd finds nothing wrong with the unit" "no systemd-analyze found"
fi
