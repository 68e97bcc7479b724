# optionlib.sh - the tables of commands and options, as the manual has them: `. .../optionlib.sh` behind lib.sh.
# shellcheck shell=bash disable=SC2154

# option_table: a line an option of a command into $work/options: command, option, its argument (- none), what is
# said of it. Those that all commands share are not in it; all commands go into $work/commands.
option_table() {
	"$MARSHAL" manual | sed 's/\\\(.\)/\1/g' | awk -F'\t' -v commands="$work/commands" '
		/^## marshal / {
			count = split($0, word, " "); command = word[3]
			if (count > 3 && word[4] ~ /^[a-z]+$/) command = command " " word[4]
			print command >commands
		}
		/^# OPTIONS/ { command = "" }
		/^\*-/ && command {
			option = $0; sub(/^\*(-[a-zA-Z], )?/, "", option); sub(/\*.*/, "", option)
			arg = $0; if (!sub(/^[^*]*\*[^*]*\* _/, "", arg)) arg = "-"; sub(/_$/, "", arg)
			getline; print command "\t" option "\t" arg "\t" $2
		}
		/^Also / && command {
			sub(/^Also /, ""); gsub(/[*,.]/, ""); count = split($0, word, " ")
			for (i = 1; i <= count; i++) print command "\t" word[i] "\tX\t"
		}' >"$work/options"
	check "the manual has all options" test "$(wc -l <"$work/options")" -gt 150
}
