/* output.c - a report goes to its file or to the terminal, whole or not at all. */
#include "reports/output.h"

#include "base/file.h"

int output_check(const struct output_opts *o, enum report_id report, enum report_format *out,
		 struct err *err)
{
	if (report_format_parse(o->json ? "json" : o->format, out, err) < 0)
		return err_in(err, "--format");
	return report_format_check(*out, report, err);
}

int output_put(const struct output_opts *o, const struct report *r, enum report_format format,
	       struct err *err)
{
	struct write_options options = { .wide = o->wide, .raw = o->raw, .bom = o->bom };
	struct file_out *out = file_out_open(o->file, err);

	if (!out)
		return -1;
	report_write(r, format, &options, file_out_stream(out));
	return file_out_commit(out, err);
}

int output_put_page(const struct output_opts *o, const struct page *page, struct err *err)
{
	struct file_out *out = file_out_open(o->file, err);

	if (!out)
		return -1;
	page_write(page, file_out_stream(out));
	return file_out_commit(out, err);
}
