# embed.awk - embeds text files as they are: reports/page.css becomes `const char page_css[]`,
# declared in the header named by -v header=. Run with literal.awk and LC_ALL=C; works with mawk.

FNR == 1 {
	name = FILENAME
	sub(/.*\//, "", name)
	gsub(/[^A-Za-z0-9]/, "_", name)
	order[++count] = name
}

{
	text[name] = text[name] literal($0)
}

END {
	print "/* Written by scripts/embed.awk: do not edit. */"
	print "#include \"" header "\"\n"
	for (i = 1; i <= count; i++)
		printf "const char %s[] =\n%s;\n", order[i], text[order[i]]
}
