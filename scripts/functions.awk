# functions.awk - finds the functions of a C file as we lay them out: the head begins at column
# one, braces of the body stand alone in column one. Prints `first last name parameters depth file`
# of each; with -v folder=FOLDER instead writes each file there without comments and texts, line by line.

# The line without what stands in comments, strings and character literals.
function stripped(line,    out, c, i, n) {
	n = length(line)
	for (i = 1; i <= n; i++) {
		c = substr(line, i, 1)
		if (in_comment) {
			if (c == "*" && substr(line, i + 1, 1) == "/") {
				in_comment = 0
				i++
			}
		} else if (quote != "") {
			if (c == "\\")
				i++
			else if (c == quote)
				quote = ""
		} else if (c == "/" && substr(line, i + 1, 1) == "*") {
			in_comment = 1
			i++
		} else if (c == "/" && substr(line, i + 1, 1) == "/") {
			break
		} else if (c == "\"" || c == "'") {
			quote = c
			out = out c c
		} else {
			out = out c
		}
	}
	quote = ""
	return out
}

# Parameters of a head: commas outside inner parentheses, one more where there is any.
function parameters(head,    i, c, level, count) {
	sub(/^[^(]*\(/, "", head)
	if (head ~ /^(void)?\)/)
		return 0
	count = 1
	for (i = 1; i <= length(head); i++) {
		c = substr(head, i, 1)
		if (c == "(")
			level++
		else if (c == ")" && level-- == 0)
			break
		else if (c == "," && level == 0)
			count++
	}
	return count
}

FNR == 1 {
	in_comment = inside = 0
	head = ""
	close(out)
	out = folder "/" FILENAME
}

{
	line = stripped($0)
	if (folder) {
		print line >out
		next
	}
}

inside {
	depth += gsub(/{/, "{", line) - gsub(/}/, "}", line)
	if (depth > deepest)
		deepest = depth
	if ($0 ~ /^}/) {
		print first, FNR, name, count, deepest, FILENAME
		inside = 0
		head = ""
	}
	next
}

line ~ /^\{[ \t]*$/ && head ~ /\)[ \t]*$/ {
	name = head
	sub(/\(.*/, "", name)
	sub(/.*[ \t*]/, "", name)
	if (name == "START_TEST" || name == "UNIT_SUITE") {
		name = head
		gsub(/.*\(|\).*/, "", name)
		count = 0
	} else {
		count = parameters(head)
	}
	inside = depth = deepest = 1
	next
}

line ~ /^[A-Za-z_]/ && line !~ /^(typedef|#)/ {
	head = line
	first = FNR
	next
}

line ~ /^[ \t]/ && head != "" && head !~ /[;{}]/ {
	sub(/^[ \t]+/, " ", line)
	head = head line
	next
}

{
	head = ""
}
