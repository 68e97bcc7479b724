#!/usr/bin/env bash
# The command line as people meet it: help, versions, mistakes, pipes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/optionlib.sh"

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
# One that is written and not listed in main.c would be there for nobody.
written() {
	(cd "$root" && grep -rhA1 '^const struct cmd cmd_' --include='cmd_*.c' lib inventory scanner upgrader reports) |
		sed -n 's/.*\.name = "\(.*\)",/\1/p' | sort
}
listed() { "$MARSHAL" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z ]*[a-z]\)  .*/\1/p' | sort; }
is "every command that is written is listed" "$(listed)" "$(written)"
wide() {
	local command
	listed | while read -r command; do
		# shellcheck disable=SC2086      # words are wanted
		"$MARSHAL" $command --help | awk -v command="$command" 'length > 80 { print command ": " $0 }'
	done
}
is "help fits into 80 columns" "$(wide)" ""
manual() {
	{ cat "$root/docs/marshal.1.scd"; echo; "$MARSHAL" manual; } | scdoc >"$work/marshal.1"
}
check "the manual page can be made" manual
check "it holds every command" test "$("$MARSHAL" --help | sed -n '/^Commands:/,/^$/p' | grep -c '^  [a-z]')" \
	-eq "$(grep -c '^\.SS marshal ' "$work/marshal.1")"

# Each limit stands with its default where it is set, and in the manual as well.
without_defaults() {
	local command
	listed | while read -r command; do
		# shellcheck disable=SC2086      # words are wanted
		"$MARSHAL" $command --help | tr -s '\n ' ' ' >"$work/limits"
		grep -q -- ' --limit ' "$work/limits" || continue
		for limit in name=10s connect=10s handshake=15s sign-in=15s channel=10s; do
			grep -q -- "$limit" "$work/limits" || echo "$command: $limit"
		done
	done
}
is "help has the default of each limit of a line" "$(without_defaults)" ""
for said in 'scan probe=2m (deep 4m), host=5m' 'upgrade upload=15m, console=10m, stop=3m, start=3m, install=45m, verify=5m'; do
	check "help of ${said%% *} has those of its own" \
		grep -qF "${said#* }" <("$MARSHAL" "${said%% *}" --help | tr -s '\n ' ' ')
	check "so has the manual" grep -qF "${said#* }" <("$MARSHAL" manual)
done

# What the pages, and the messages of the program, tell people to type is there: each command, and each option in its help.
typed() {
	(cd "$root" && sed -n 's/^    \(marshal [^#]*\).*/\1/p' README.md docs/*.md
		grep -ohE '`marshal [^`]*`' README.md ARCHITECTURE.md docs/*.md
		find main.c lib inventory scanner upgrader reports -name '*.[ch]' -exec cat {} + | tr '\n\t' '  ' | sed 's/" *\\* *"//g' |
			grep -oE '`marshal [a-z][^`"]*`|(with|see|then|first|by):? marshal [a-z]+ [^;,."]*[;,."]' | sed 's/.*marshal /marshal /; s/[;,."]$//; s/%[a-z]*/X/g; s/\\n//g') |
		tr -d '`' | sed 's/[|>].*//; s/^marshal //; s/^-i [^ ]* //; s/ *$//; /^report [.][.][.]$/d' | sort -u
}
unknown() {
	local line command option
	# shellcheck disable=SC2086      # words are wanted
	listed | while read -r command; do "$MARSHAL" $command --help >"$work/help.$command"; done
	typed | while read -r line; do
		command=$(listed | while read -r command; do case "$line " in "$command "*) echo "$command" ;; esac; done | tail -1)
		case "$line" in
		--help | --version | COMMAND*) continue ;;
		esac
		[ -n "$command" ] || { echo "there is no marshal $line"; continue; }
		grep -oE -- ' --[a-z-]+' <<<"$line" | tr -d ' ' | while read -r option; do
			grep -qE -- "(^|[ ,])$option([ =,]|\$)" "$work/help.$command" || echo "$command has no $option: marshal $line"
		done
	done
}
is "pages and messages name commands and options that are there" "$(unknown)" ""
check "there are many" test "$(typed | wc -l)" -gt 120
is "README names every report" "$(listed | sed -n 's/^report //p')" \
	"$(sed -n 's/^    marshal report \([a-z]*\) .*/\1/p' "$root/README.md" | sort -u)"
is "README names every exit status" \
	"$(sed -n 's/.*EXIT_[A-Z]* = .*/&/p' "$root/lib/base/cmd.h" | grep -oE '= [0-9]+' | tr -d '= ')" \
	"$(sed -n '/^| status | means/,/^$/s/^| \([0-9]*\) .*/\1/p' "$root/README.md")"
# A database may come from elsewhere: who reads one is tried with hostile ones, and who only writes,
# asks servers or reads no more than the policy is named here.
no_reader='db backup|facts import|keys scan|policy check|policy show|scan|test wsb|upgrade|upgrade approve|upgrade clean|upgrade drop|upgrade plan|upgrade release|upgrade restore|upgrade resume|upgrade stage|upgrade start|windows'
readers() {
	listed | while read -r command; do grep -qe '--db ' "$work/help.$command" && echo "$command"; done |
		grep -vxE "$no_reader" | grep -v '^report '
}
is "every command that reads a database is tried with hostile ones" "$(readers)" \
	"$(grep -oE '&cmd_[a-z_]+' "$root/tests/unit/reports/hostile.c" | sed 's/&cmd_//; /^report_$/d; s/_/ /g' | sort -u)"

exits "the checks are listed" 0 "$MARSHAL" checks
check "one a line" grep -q "^mars.version  *stops-backups" "$work/out"
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
exits "so is a negative number" 0 "$MARSHAL" explain -2147212538
has "which is an HRESULT" "$work/out" "0x80042306 VSS_E_PROVIDER_VETO"
exits "a code that no row has is not the end" 0 "$MARSHAL" explain 0x80780123
has "its family says whose it is" "$work/out" "An error of Windows Server Backup."
has "and where to look" "$work/out" "Get-WBJob -Previous 1"
exits "a whole message is read" 0 "$MARSHAL" explain Backup failed in 'C:\x\0x80070005,' see KB4096064 '(ID: 34506)'
is "the code in brackets first, no path" "$(grep -c '^0x.*, error of the agent' "$work/out") $(head -1 "$work/out")" \
	"2 0x86CA (34506), error of the agent"
exits "what nobody knows is wrong usage" 2 "$MARSHAL" explain nobody knows this
has "and the hint says what can be asked" "$work/err" "a whole message in quotes, or what is to be done: restore, system-state, update, wsb"

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

# --- no option is accepted without effect -----------------------------------------------------------
# refused WORD WORD COMMAND...: wrong usage, and both are named. A monitor is told in its own way.
refused() {
	local one=$1 other=$2 got=0 want=2 said
	shift 2
	[ "$1" != nagios ] || want=3
	said=$("$MARSHAL" "$@" 2>&1 </dev/null) || got=$?
	if [ "$got" -ne "$want" ]; then
		echo "exit status $got of: $*"
	elif [[ $said != *"$one"* || $said != *"$other"* ]]; then
		echo "'$one' and '$other' are not both named by: $*"
		echo "$said"
	else
		return 0
	fi
	return 1
}
while read -r one other line; do
	# shellcheck disable=SC2086
	check "$line" refused "$one" "$other" $line
done <<'EOT'
--json --format report compliance --json --format csv
--json --format diff --format json --json
--wide --json report checks --wide --json
--wide table report compliance --format csv --wide
--wide table report run --wide --format html
--raw csv report faults --raw
--bom csv report faults --format jsonl --bom
--raw --json report faults --json --raw
--all --json show web01 --all --json
--timing --json show web01 --timing --json
--all --timing show web01 --timing --all
--stale-after --timing show web01 --timing --stale-after 3d
--vacuum --dry-run db prune -n --vacuum
--db-group --dry-run db prune -n --db-group users
--inventory --dry-run recheck -n -i hosts.ini
--db-group --dry-run recheck -n --db-group users
--db --inventory policy check policy.yml -i hosts.ini --db x.db
--markdown --json checks --json --markdown
--markdown vss.writers checks vss.writers --markdown
--deep stage probe print stage --deep
--cloud stage probe print stage --cloud china
--standalone clean probe print clean --standalone
--deep --standalone probe print --deep --standalone
--deep-every --deep scan --deep --deep-every 2d
--yes --dry-run upgrade web01 --installer x.exe -n -y
--yes --dry-run upgrade resume last -n -y
--json --dry-run upgrade resume last -n --json
--yes --follow test wsb web01 --follow --yes
--target --follow test wsb web01 --follow --target E:
--quiet --verbose inventory list -q -v
--limit twice scan --limit probe=5s --limit connect=1s --limit probe=9s
--installer twice upgrade web01 --installer old.exe --installer new.exe -n
--db twice --db x.db report compliance --db y.db
--limit host upgrade web01 --installer x.exe --limit host=5s
--limit probe test wsb web01 --target E: --limit probe=5s
EOT

option_table
declare -A as_typed                     # "COMMAND OPTION": as it is typed there, with a value that is one
while IFS=$'\t' read -r command option argument _; do
	case $argument in
	-) as_typed["$command $option"]=$option ;;
	TIME) as_typed["$command $option"]="$option 2d" ;;
	N) as_typed["$command $option"]="$option 5" ;;
	*) as_typed["$command $option"]="$option x" ;;
	esac
done <"$work/options"
bad=0 rules=0
broken() { rules=$((rules + 1)); refused "$@" || bad=$((bad + 1)); }
# walk COMMAND OPTION TEXT: every "not with" and "only with" of the text is kept
walk() {
	local command=$1 option=$2 other values word
	local -a one second
	read -ra one <<<"$command ${as_typed["$command $option"]}"
	while read -r other; do
		case $other in
		"") ;;
		"an argument") broken "$option" "'x'" "${one[@]}" x ;;
		*)
			read -ra second <<<"${as_typed["$command $other"]}"
			broken "$option" "$other" "${one[@]}" "${second[@]}" ;;
		esac
	done < <(grep -o 'not with [^);]*' <<<"$3" | sed 's/not with //; s/, /\n/g')
	while read -r other values; do
		case $other in
		"") ;;
		the)
			broken "$option" "'x'" "${one[@]}" x ;;
		*)
			[ "$values" = table ] || broken "$option" "$other" "${one[@]}"  # that is the default
			for word in ${values:+x}; do
				broken "$option" "$other" "${one[@]}" "$other" "$word"
			done ;;
		esac
	done < <(grep -o 'only with [^)]*' <<<"$3" | sed 's/only with //; s/, /\n/g')
}
# shellcheck disable=SC2094
while IFS=$'\t' read -r command option _ text; do
	case $text in
	*'(not with '* | *'(only with '* | *'; only with '*) walk "$command" "$option" "$text" ;;
	esac
done <"$work/options"
check "each of the $rules rules of the tables is kept" test "$bad" -eq 0
check "and there are many" test "$rules" -gt 100

# What is typed, not what the environment names for all commands.
bad=0
while read -r command; do
	for option in --inventory --db --db-group; do
		[ -z "${as_typed["$command $option"]:-}" ] || continue
		# shellcheck disable=SC2086
		refused "$option" "$command" $command "$option" x || bad=$((bad + 1))
	done
done <"$work/commands"
check "what a command does not read is refused" test "$bad" -eq 0
exits "but not what the environment names" 0 env MARSHAL_INVENTORY=none MARSHAL_DB=none MARSHAL_POLICY=none \
	"$MARSHAL" explain 0x1fbd3
has "and the refusal says so" <("$MARSHAL" explain 0x1fbd3 -i x 2>&1) '$MARSHAL_INVENTORY names one for all commands'
