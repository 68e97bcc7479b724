# ps2c.awk - embeds the scripts that run on servers: writes the C file behind lib/transport/script.h. Reads
# lib/transport/scripts.txt first, which says of which parts each script is made, then the parts. The
# bootstrap stands alone. Run with literal.awk and LC_ALL=C; works with mawk.

# Fields of the struct: the path names all parts.
function entry(name,    i, n, part, path, code, bytes) {
	n = split(parts[name], part, " ")
	for (i = 1; i <= n; i++) {
		if (!(part[i] in text)) {
			print "scripts.txt: no file " part[i] >"/dev/stderr"
			failed = 1
		}
		path = path (i > 1 ? " " : "") part[i]
		code = code text[part[i]]
		bytes += len[part[i]]
	}
	return "\t.name = \"" name "\", .path = \"" path "\", .text =\n" code ",\n\t.len = " bytes "\n"
}

FILENAME ~ /scripts\.txt$/ {
	if ($0 !~ /^#/ && NF > 1) {
		name = $1
		order[++count] = name
		sub(/^[^ ]+ +/, "")
		parts[name] = $0
	}
	next
}

{
	sub(/\r$/, "")
	text[FILENAME] = text[FILENAME] literal($0)
	len[FILENAME] += length($0) + 1
}

END {
	print "/* Written by scripts/ps2c.awk: do not edit. */"
	print "#include \"transport/script.h\"\n"
	print "const struct script script_bootstrap = {\n" entry("bootstrap") "};\n"
	print "const struct script scripts[] = {"
	for (i = 1; i <= count; i++)
		if (order[i] != "bootstrap")
			print "{\n" entry(order[i]) "},"
	print "{ .name = NULL }\n};"
	exit failed
}
