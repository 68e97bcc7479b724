# ps2c.awk - embeds the scripts that run on servers: writes the C file behind lib/transport/script.h, of the texts as
# they are sent (sent.awk), of those that tasks run, and of the files as they are written. Run with literal.awk, sent.awk and LC_ALL=C; works
# with mawk.

function lines_of(text,    n, i, line, code) {
	n = split(text, line, "\n")
	for (i = 1; i < n; i++)
		code = code literal(line[i])
	if (line[n] != "") {                    # no line feed behind its last line
		code = code literal(line[n])
		sub(/\\n"\n$/, "\"\n", code)
	}
	return code
}

function id_of(name) {
	gsub(/-/, "_", name)
	return "SCRIPT_" toupper(name)
}

function entry(name, path, facts, text) {
	return "\t.name = \"" name "\", .path = \"" path "\",\n\t.facts = \"" facts "\", .text =\n" lines_of(text) ",\n\t.len = " length(text) "\n"
}

END {
	if (failed)
		exit 1
	print "/* Written by scripts/ps2c.awk: do not edit. */"
	print "#include \"transport/script.h\"\n"
	print "const struct script script_bootstrap = {\n" \
		entry("bootstrap", "lib/transport/bootstrap.ps1", "-", bootstrap) "};\n"
	print "_Static_assert(SCRIPT_COUNT == " call_count ", \"a row of scripts.txt is not in script.h, or the other way\");"
	print "const struct script scripts[SCRIPT_COUNT + 1] = {"
	for (c = 1; c <= call_count; c++) {
		text = sent(calls[c])
		print "[" id_of(calls[c]) "] = {\n" entry(calls[c], used, facts_of[calls[c]], text) "},"
	}
	print "};\n"
	print "const struct script script_tasks[] = {"
	for (i = 1; i <= task_count; i++) {
		text = task_text(tasks[i])
		print "{\n" entry(tasks[i], used, "-", text) "},"
	}
	print "{ .name = NULL }\n};\n"
	print "const struct script_at script_at[] = {"
	for (i = 1; i <= at_count; i++) {
		text = literal(at[ats[i]])
		sub(/\\n"\n$/, "\"", text)
		print "{ \"" ats[i] "\"," text " },"
	}
	print "{ NULL, NULL }\n};\n"
	print "const struct script script_files[] = {"
	for (i = 1; i <= file_count; i++)
		print "{\n" entry(files[i], files[i], "-", written[files[i]]) "},"
	print "{ .name = NULL }\n};"
}
