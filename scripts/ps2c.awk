# ps2c.awk - embeds the scripts that run on servers: writes the C file behind
# lib/transport/script.h. Every *.ps1 becomes an entry of prelude.ps1 and its own text;
# bootstrap.ps1 stands alone. Run with LC_ALL=C; works with mawk, and without any *.ps1.

function base_name(path) {
	sub(/.*\//, "", path)
	sub(/\.ps1$/, "", path)
	return path
}

# One line as a C string literal. Bytes above ASCII and question marks (trigraphs) go as octal.
function literal(text,    i, c, out) {
	gsub(/\\/, "&&", text)
	gsub(/"/, "\\\"", text)
	gsub(/\t/, "\\t", text)
	gsub(/\?/, "\\077", text)
	return "\t\"" text "\\n\"\n"
}

function entry(name, path, text) {
	if (text == "")
		text = "\t\"\"\n"
	return "\t.name = \"" name "\", .path = \"" path "\", .text =\n" text ",\n"
}

FNR == 1 {
	name = base_name(FILENAME)
	path[name] = FILENAME
	order[++count] = name
}

{
	sub(/\r$/, "")
	text[name] = text[name] literal($0)
	len[name] += length($0) + 1
}

END {
	print "/* Written by scripts/ps2c.awk: do not edit. */"
	print "#include \"transport/script.h\"\n"
	print "const struct script script_bootstrap = {"
	printf "%s\t.len = %d\n};\n\n", entry("bootstrap", path["bootstrap"], text["bootstrap"]), len["bootstrap"]
	print "const struct script scripts[] = {"
	for (i = 1; i <= count; i++) {
		name = order[i]
		if (name == "bootstrap" || name == "prelude")
			continue
		printf "{\n%s\t.len = %d\n},\n", entry(name, path[name], text["prelude"] text[name]), len["prelude"] + len[name]
	}
	print "{ .name = NULL }\n};"
}
