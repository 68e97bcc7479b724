# sent.awk - the scripts that run on servers as they are sent: of lib/transport/scripts.txt, a text a call, made of
# what this kind of call uses of the files named there, without comments, blank lines and indentation. It reads
# scripts.txt first, then those files; a text has them in the order of scripts.txt. Works with mawk; LC_ALL=C.
#
# A file is made of items, each beginning in column one: functions, and variables that hold a block or a list. A call
# takes what its last line names, and what that names in turn; names of functions hold -Our and are unique, and so are
# those of variables. Of a table of facts (a row begins four blanks in) a call takes the rows of its own facts. What
# stands before the first function of the first file goes into every text.
#
# A task runs a text that a call makes on the server: what Get-OurTaskAction puts together, or one block alone.
#
# With -v call=NAME prints that text, of a task as well; with -v lines=FILE too where each of its lines comes from: "file:line".

function fail(what) {
	print "scripts.txt: " what >"/dev/stderr"
	failed = 1
	exit 1
}

# A line as it is sent; "" for one that is not. Texts of several lines go as they are.
function shrunk(line) {
	if (here) {
		here = line !~ /^["']@/
		return line
	}
	here = line ~ /@["']$/
	sub(/^[ \t]+/, "", line)
	if (line ~ /^#/)
		return ""
	sub(/  #.*$/, "", line)
	sub(/[ \t]+$/, "", line)
	return line
}

function item(name) {
	if (name in begun)
		fail(FILENAME ": a second " name)
	begun[name] = ++items
	names[items] = name
	file_of[items] = FILENAME
	return items
}

# Gives the line to an item.
function give(to, line,    text) {
	text = shrunk(line)
	if (text != "") {
		body[to] = body[to] text "\n"
		place[to] = place[to] FILENAME ":" FNR "\n"
	}
}

FILENAME ~ /scripts\.txt$/ {
	if ($1 == "file")
		files[++file_count] = $2
	if ($1 == "call") {
		calls[++call_count] = $2
		facts_of[$2] = $3
		text = $0
		sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "", text)
		ends[$2] = text
	}
	if ($1 == "task") {
		tasks[++task_count] = $2
		block[$2] = $3
		alone[$2] = $4 == "alone"
	}
	if ($1 == "at") {
		value = $0
		sub(/^at +[a-z]+ +/, "", value)
		ats[++at_count] = $2
		at[$2] = value
	}
	next
}

{
	sub(/\r$/, "")
	written[FILENAME] = written[FILENAME] $0 "\n"
}

# One text of its own, all of it.
FILENAME ~ /bootstrap\.ps1$/ {
	text = shrunk($0)
	if (text != "")
		bootstrap = bootstrap text "\n"
	next
}

# The rows of a table of facts are items of their own.
table && /^    '[^']+' = \{/ {
	row = $0
	sub(/^    '/, "", row)
	sub(/'.*/, "", row)
	now = item("fact " row)
	row_of[now] = table
}
table && /^}/ {
	closes[++items] = table
	file_of[items] = FILENAME
	give(items, $0)
	table = now = 0
	next
}
table {
	give(now, $0)
	next
}

/^\$[A-Za-z]+ = \[ordered\]@\{$/ {
	table = item($1)
	now = table
	give(now, $0)
	next
}
/^function / {
	name = $2
	sub(/\(.*/, "", name)
	now = item(name)
	seen_function = 1
}
/^\$[A-Za-z]+ = / && seen_function {
	now = item($1)
}
{
	if (!now && $0 !~ /^(#.*)?$/) {
		if (seen_function)
			fail(FILENAME ":" FNR ": stands in no function")
		if (!head)
			head = item("head")
		give(head, $0)
		next
	}
	if (now)
		give(now, $0)
	# a line that stands alone, or the end of a block
	if (now && (/^[})]/ || (/^(function|\$)/ && !/^function .*[^}]$/ && !/[{(]$/)))
		now = 0
}

# Takes what a text names, and what that names.
function reach(text,    word, i) {
	while (match(text, /[A-Z][A-Za-z]+-Our[A-Za-z0-9]+|\$[A-Za-z]+/)) {
		word = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		if (word ~ /^[A-Z]/ && !(word in begun))
			fail("no function " word)
		if ((word in begun) && !taken[begun[word]])
			take(begun[word])
	}
}

function take(i) {
	taken[i] = 1
	reach(body[i])
}

# Whether a call asks the fact: fast ones stand in the first table.
function is_asked(call, i,    name, list) {
	name = substr(names[i], 6)
	list = "," facts_of[call] ","
	return list == ",deep," || (list == ",fast," && row_of[i] == begun["$facts"]) || index(list, "," name ",")
}

function sent(call,    f, i, n, part, some, text) {
	split("", taken)
	where = used = ""
	n = split(facts_of[call], part, ",")
	for (i = 1; i <= n; i++)
		if (part[i] !~ /^(-|fast|deep)$/ && !(("fact " part[i]) in begun))
			fail(call ": no fact " part[i])
	taken[head] = 1
	reach(ends[call])
	for (i = 1; i <= items; i++)
		if ((i in row_of) && taken[row_of[i]] && is_asked(call, i))
			take(i)
	for (f = 1; f <= file_count; f++) {
		some = 0
		for (i = 1; i <= items; i++) {
			if (i in closes)
				taken[i] = taken[closes[i]]
			if (file_of[i] != files[f] || !taken[i])
				continue
			text = text body[i]
			where = where place[i]
			some = 1
		}
		if (some)
			used = used (used == "" ? "" : " ") files[f]
	}
	return text ends[call] "\n"
}

# What stands between the braces of a variable that holds a block.
function inside(name,    text) {
	if (!(name in begun))
		fail("no block " name)
	text = body[begun[name]]
	sub(/^[^{]*\{/, "", text)
	sub(/\}\n$/, "", text)
	return text
}

# The first line of a task's text, out of the text between quotes that Get-OurTaskAction has for it.
function given(action,    i, at_name, place) {
	if (!match(action, /\$given = "[^\n]*"\n/))
		fail("Get-OurTaskAction gives no names")
	action = substr(action, RSTART + 10, RLENGTH - 12)
	gsub(/`\$/, "$", action)
	for (i = 1; i <= at_count; i++) {
		at_name = "$($at." ats[i] ")"
		while ((place = index(action, at_name)))
			action = substr(action, 1, place - 1) at[ats[i]] substr(action, place + length(at_name))
	}
	return action
}

# The functions that Get-OurTaskAction names, each once: in place of them what all such tasks use, and no more.
function named(action, list,    n, word, i, t, count) {
	action = substr(action, index(action, "$names = "))
	action = substr(action, 1, index(action, "$text = "))
	while (match(action, /'[A-Z][A-Za-z]+-Our[A-Za-z0-9]+'/)) {
		list[++n] = substr(action, RSTART + 1, RLENGTH - 2)
		action = substr(action, RSTART + RLENGTH)
	}
	split("", taken)
	reach(inside("$taskHead"))
	for (t = 1; t <= task_count; t++)
		if (!alone[tasks[t]])
			reach(inside(block[tasks[t]]))
	for (i = 1; i <= items; i++)
		count += taken[i]
	for (i = 1; i <= n; i++)
		if (!(list[i] in begun) || !taken[begun[list[i]]])
			fail("Get-OurTaskAction names " list[i] ", which no task uses")
	if (count != n)
		fail("Get-OurTaskAction names " n " functions, and its tasks use " count + 0)
	return n
}

function task_text(task,    action, text, list, n, i, some) {
	if (alone[task]) {
		used = file_of[begun[block[task]]]
		return "& {" inside(block[task]) "}"
	}
	action = body[begun["Get-OurTaskAction"]]
	n = named(action, list)
	text = given(action) "\n" inside("$taskHead")
	for (i = 1; i <= n; i++) {
		some = body[begun[list[i]]]
		sub(/\n$/, "", some)
		text = text "\n" some
	}
	used = file_of[begun["Get-OurTaskAction"]] " " file_of[begun[block[task]]]
	return text "\n" inside(block[task])
}

END {
	if (!failed && call == "bootstrap") {
		printf "%s", bootstrap
	} else if (!failed && (call in block)) {
		printf "%s", task_text(call)
	} else if (!failed && call != "") {
		if (!(call in ends))
			fail("no call " call)
		printf "%s", sent(call)
		if (lines)
			printf "%slib/transport/scripts.txt:0\n", where >lines
	}
	if (failed)
		exit 1
}
