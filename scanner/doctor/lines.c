/* lines.c - see lines.h. */
#include "scanner/doctor/lines.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/mem.h"
#include "base/term.h"
#include "base/text.h"

enum {
	TEXT_MAX = 900,
	WHAT_WIDTH = 14,
	TOOK_WIDTH = 9,
	FOUND_AT = 2 + 6 + WHAT_WIDTH + TOOK_WIDTH      /* the column */
};

static const struct { const char *name; enum term_color color; } words[] = {
	[HEALTH_OK] = { "ok", TERM_GREEN },
	[HEALTH_WARN] = { "warn", TERM_YELLOW },
	[HEALTH_FAIL] = { "fail", TERM_RED },
};

const char *health_name(enum health health)
{
	return words[health].name;
}

void doctor_release(struct doctor *d)
{
	for (int i = 0; i < d->count; i++) {
		struct doctor_part *part = &d->part[i];

		for (int k = 0; k < part->count; k++) {
			free(part->line[k].found);
			free(part->line[k].means);
			free(part->line[k].remedy);
		}
		free(part->line);
		free(part->title);
	}
	free(d->part);
	*d = (struct doctor){ .count = 0 };
}

static char *printable(const char *text)
{
	return text ? text_printable(text, strlen(text), TEXT_MAX) : NULL;
}

void doctor_part(struct doctor *d, const char *kind, const char *name)
{
	AUTO_FREE char *shown = printable(name);

	MEM_GROW(d->part, d->count, d->cap);
	d->part[d->count++] =
		(struct doctor_part){ .title = xasprintf("%s%s%s", kind, *name ? " " : "", shown) };
}

static struct doctor_line *last(struct doctor *d)
{
	struct doctor_part *part = &d->part[d->count - 1];

	INSIST(d->count > 0 && part->count > 0);
	return &part->line[part->count - 1];
}

void doctor_say(struct doctor *d, enum health health, const char *what, const char *fmt, ...)
{
	struct doctor_part *part = &d->part[d->count - 1];
	char text[TEXT_MAX];
	va_list args;

	INSIST(d->count > 0);
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	MEM_GROW(part->line, part->count, part->cap);
	part->line[part->count++] = (struct doctor_line){
		.health = health,
		.what = what,
		.found = printable(text),
		.took_ms = -1,
	};
}

void doctor_advise(struct doctor *d, const char *means, const char *remedy)
{
	struct doctor_line *line = last(d);

	line->means = printable(means);
	line->remedy = printable(remedy);
}

void doctor_took(struct doctor *d, int64_t ms)
{
	last(d)->took_ms = ms;
}

int doctor_counted(const struct doctor *d, enum health health)
{
	int count = 0;

	for (int i = 0; i < d->count; i++)
		for (int k = 0; k < d->part[i].count; k++)
			count += d->part[i].line[k].health == health;
	return count;
}

static void print_line(const struct doctor_line *line, FILE *f)
{
	int width = term_width(f);
	char took[CLOCK_TEXT] = "";

	if (line->took_ms >= 0)
		clock_format_duration(line->took_ms, took);
	fprintf(f, "  %s%-4s%s  %-*s%*s", term_color(f, words[line->health].color),
		words[line->health].name, term_color(f, TERM_PLAIN), WHAT_WIDTH, line->what,
		TOOK_WIDTH - 2, took);
	fputs(*line->found ? "  " : "", f);
	term_wrap(f, line->found, FOUND_AT, FOUND_AT, width);
	if (line->means) {
		fprintf(f, "%*s", FOUND_AT, "");
		term_wrap(f, line->means, FOUND_AT, FOUND_AT, width);
	}
	if (line->remedy) {
		fprintf(f, "%*s-> ", FOUND_AT, "");
		term_wrap(f, line->remedy, FOUND_AT + 3, FOUND_AT + 3, width);
	}
}

void doctor_print(const struct doctor *d, int part, FILE *f)
{
	fprintf(f, "%s%s%s%s\n", part > 0 ? "\n" : "", term_color(f, TERM_BOLD),
		d->part[part].title, term_color(f, TERM_PLAIN));
	for (int i = 0; i < d->part[part].count; i++)
		print_line(&d->part[part].line[i], f);
	fflush(f);
}

static json_t *line_json(const struct doctor_line *line)
{
	json_t *one = json_pack("{s:s, s:s, s:s, s:s?, s:s?}", "what", line->what, "verdict",
				health_name(line->health), "found", line->found, "means",
				line->means, "remedy", line->remedy);

	json_object_set_new(one, "took_ms",
			    line->took_ms < 0 ? json_null() : json_integer(line->took_ms));
	return one;
}

json_t *doctor_json(const struct doctor *d)
{
	json_t *parts = json_array();

	for (int i = 0; i < d->count; i++) {
		json_t *lines = json_array();

		for (int k = 0; k < d->part[i].count; k++)
			json_array_append_new(lines, line_json(&d->part[i].line[k]));
		json_array_append_new(
			parts, json_pack("{s:s, s:o}", "part", d->part[i].title, "lines", lines));
	}
	return json_pack("{s:i, s:i, s:i, s:i, s:o}", "schema", 1, "ok",
			 doctor_counted(d, HEALTH_OK), "warn", doctor_counted(d, HEALTH_WARN),
			 "fail", doctor_counted(d, HEALTH_FAIL), "parts", parts);
}
