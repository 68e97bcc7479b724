# sql2c.awk - embeds lib/store/schema/NNNN_name.sql: writes the C file behind
# lib/store/schema.h. Run with literal.awk and LC_ALL=C; works with mawk, and without any *.sql.

FNR == 1 {
	file = FILENAME
	sub(/.*\//, "", file)
	sub(/\.sql$/, "", file)
	order[++count] = file
}

{
	text[count] = text[count] literal($0)
}

END {
	print "/* Written by scripts/sql2c.awk: do not edit. */"
	print "#include \"store/schema.h\"\n"
	print "const struct schema_step schema_steps[] = {"
	for (i = 1; i <= count; i++)
		printf "{ %d, \"%s\",\n%s},\n", substr(order[i], 1, 4) + 0, substr(order[i], 6), text[i]
	print "{ 0, 0, 0 }\n};"
}
