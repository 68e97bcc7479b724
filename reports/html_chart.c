/* html_chart.c - bars and the trend. A browser scales each picture to the place it has, so all
 * coordinates are shares of fixed sizes. */
#include "reports/html_chart.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "reports/html.h"
#include "scanner/judge.h"

enum { STACK_WIDTH = 1000, STACK_LEAST = 6, STACK_GAP = 2 };

void chart_stack(FILE *f, const struct chart_part *part, int count, const char *label)
{
	int64_t total = 0;
	double x = 0, scale;
	int shown = 0;

	for (int i = 0; i < count; i++) {
		total += part[i].n;
		shown += part[i].n > 0;
	}
	scale = total ? (double)(STACK_WIDTH - shown * STACK_LEAST) / (double)total : 0;
	fprintf(f,
		"<svg class=\"stack\" viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" "
		"role=\"img\" aria-label=\"",
		STACK_WIDTH);
	html_text(f, label);
	fputs("\">", f);
	for (int i = 0; i < count; i++) {
		double width = STACK_LEAST + (double)part[i].n * scale;

		if (part[i].n <= 0)
			continue;
		fprintf(f, "<rect class=\"%s\" x=\"%.1f\" width=\"%.1f\" height=\"10\"/>",
			part[i].area, x, width - STACK_GAP);
		x += width;
	}
	fputs("</svg>\n", f);
}

void chart_bar(FILE *f, int64_t part, int64_t whole, const char *area)
{
	double width = whole > 0 ? 100.0 * (double)part / (double)whole : 0;

	fprintf(f,
		"<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" "
		"aria-hidden=\"true\"><rect class=\"%s\" width=\"%.1f\" height=\"10\"/></svg>",
		area, part > 0 && width < 0.7 ? 0.7 : width);
}

void chart_dot(FILE *f, const char *area)
{
	fprintf(f,
		"<svg class=\"dot\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"%s\" "
		"width=\"10\" height=\"10\" rx=\"2\"/></svg>",
		area);
}

/* --- the trend ------------------------------------------------------------------------- */
/* From the bottom of the picture to its top: what is well, what is not, what nobody knows. */
static const struct { const char *title, *area; } layers[WEIGHT_NONE] = {
	[WEIGHT_GOOD] = { "compliant", "a1" },
	[WEIGHT_BEHIND] = { "behind", "a2" },
	[WEIGHT_BAD] = { "needs action", "a7" },
	[WEIGHT_UNKNOWN] = { "not known", "a3" },
};

/* Hosts of one layer on one day, and of all layers. */
static int64_t layer_of(const struct report *h, int day, int layer, int64_t *out_total)
{
	int64_t n = 0;

	*out_total = 0;
	for (int s = 0; s < STATUS_COUNT; s++) {
		int64_t hosts = report_cell(h, day, HISTORY_STATUS + s)->number;

		if (statuses[s].weight != WEIGHT_NONE)
			*out_total += hosts;
		if ((int)statuses[s].weight == layer)
			n += hosts;
	}
	return n;
}

/* The height of the upper edge of a layer on a day, 0 at the top of a picture 100 high. */
static double edge_of(const struct report *h, int day, int layers_below)
{
	int64_t total = 0, sum = 0;

	for (int i = 0; i < layers_below; i++)
		sum += layer_of(h, day, i, &total);
	return total ? 100 - 100 * (double)sum / (double)total : 100;
}

static void put_layer(FILE *f, const struct report *h, int layer)
{
	fprintf(f, "<path class=\"%s\" d=\"M", layers[layer].area);
	for (int day = 0; day < h->row_count; day++)
		fprintf(f, "%d %.1f ", day, edge_of(h, day, layer + 1));
	for (int day = h->row_count - 1; day >= 0; day--)
		fprintf(f, "%d %.1f ", day, edge_of(h, day, layer));
	fputs("Z\"/>", f);
}

static const char *day_text(const struct report *h, int day)
{
	const char *text = report_cell(h, day, HISTORY_DAY)->text;

	return text ? text : "";
}

static void put_picture(FILE *f, const struct report *h)
{
	int last = h->row_count - 1;

	fputs("<div class=\"trend\"><div class=\"y\" aria-hidden=\"true\"><span>100 %</span>"
	      "<span>50 %</span><span>0 %</span></div>\n",
	      f);
	fprintf(f,
		"<svg viewBox=\"0 0 %d 100\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"Shares of compliant, behind, failing and unknown hosts a day, "
		"as areas; the tables below have the numbers\">",
		last);
	for (size_t i = 0; i < ARRAY_LEN(layers); i++)
		put_layer(f, h, (int)i);
	for (int y = 25; y < 100; y += 25)
		fprintf(f, "<line x2=\"%d\" y1=\"%d\" y2=\"%d\"/>", last, y, y);
	fputs("</svg>\n<div class=\"x\" aria-hidden=\"true\"><span>", f);
	html_text(f, day_text(h, 0));
	fputs("</span><span>", f);
	if (last >= 4)
		html_text(f, day_text(h, last / 2));
	fputs("</span><span>", f);
	html_text(f, day_text(h, last));
	fputs("</span></div></div>\n", f);
}

/* Legend and answer in one: how each layer stood then and stands now. */
static void put_legend(FILE *f, const struct report *h)
{
	int last = h->row_count - 1;
	int days[] = { 0, last > 45 ? last - 30 : -1, last };

	fputs("<table><thead><tr><th scope=\"col\">SHARE OF HOSTS</th>", f);
	for (size_t i = 0; i < ARRAY_LEN(days); i++)
		if (days[i] >= 0) {
			fputs("<th scope=\"col\" class=\"n\">", f);
			html_text(f, day_text(h, days[i]));
			fputs("</th>", f);
		}
	fputs("</tr></thead>\n<tbody>\n", f);
	for (size_t layer = 0; layer < ARRAY_LEN(layers); layer++) {
		fputs("<tr><th scope=\"row\">", f);
		chart_dot(f, layers[layer].area);
		fprintf(f, " %s</th>", layers[layer].title);
		for (size_t i = 0; i < ARRAY_LEN(days); i++) {
			int64_t total, n;

			if (days[i] < 0)
				continue;
			n = layer_of(h, days[i], (int)layer, &total);
			fputs("<td class=\"n\">", f);
			html_share(f, n, total);
			fputs("</td>", f);
		}
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table>\n", f);
}

static void put_days(FILE *f, const struct report *h)
{
	int64_t total;

	fputs("<details><summary>Every day as numbers</summary>\n<div class=\"scroll\"><table>"
	      "<caption>Hosts at the end of each day (UTC), newest first</caption><thead><tr>"
	      "<th scope=\"col\">DAY</th><th scope=\"col\" class=\"n\">COUNTED</th>",
	      f);
	for (size_t i = 0; i < ARRAY_LEN(layers); i++)
		fprintf(f, "<th scope=\"col\" class=\"n\">%s</th>", layers[i].title);
	fputs("<th scope=\"col\" class=\"n\">COMPLIANT</th></tr></thead>\n<tbody>\n", f);
	for (int day = h->row_count - 1; day >= 0; day--) {
		int64_t compliant = layer_of(h, day, 0, &total);

		fputs("<tr><th scope=\"row\">", f);
		html_text(f, day_text(h, day));
		fprintf(f, "</th><td class=\"n\">%" PRId64 "</td>", total);
		for (size_t i = 0; i < ARRAY_LEN(layers); i++)
			fprintf(f, "<td class=\"n\">%" PRId64 "</td>",
				layer_of(h, day, (int)i, &total));
		fputs("<td class=\"n\">", f);
		html_share(f, compliant, total);
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody></table></div></details>\n", f);
}

void chart_trend(FILE *f, const struct report *history)
{
	put_picture(f, history);
	put_legend(f, history);
	put_days(f, history);
}
