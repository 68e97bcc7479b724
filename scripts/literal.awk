# literal.awk - one line of a file as a C string literal, for the scripts that embed files
# (embed.awk, sql2c.awk, ps2c.awk). Question marks go as octal: they could be trigraphs.

function literal(text) {
	gsub(/\\/, "&&", text)
	gsub(/"/, "\\\"", text)
	gsub(/\t/, "\\t", text)
	gsub(/\?/, "\\077", text)
	return "\t\"" text "\\n\"\n"
}
