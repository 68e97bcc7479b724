/* reservation.c - reads the key that reserves a server for a run. */
#include "scanner/facts/reservation.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/facts/service.h"

enum { TEXT_MAX = 80 };

static int64_t number_or(const json_t *obj, const char *key, int64_t fallback)
{
	json_get_int(obj, key, &fallback);
	return fallback;
}

bool reservation_read(const json_t *marker, struct reservation *out)
{
	const char *run = json_get_str(marker, "run"), *phase = json_get_str(marker, "phase");
	const char *engine = json_get_str(marker, "engine");

	if (!json_is_object(marker))
		return false;
	*out = (struct reservation){
		.run = run ? run : "?",
		.controller = json_get_str(marker, "controller"),
		.phase = phase ? phase : "installing",
		.since_utc_ms = number_or(marker, "since_utc_ms", 0),
		.seen_utc_ms = number_or(marker, "seen_utc_ms", 0),
		.age_ms = number_or(marker, "age_ms", -1),
		.hold_ms = number_or(marker, "hold_ms", -1),
		.engine_ran = engine && strcmp(engine, "running") == 0,
	};
	out->installing = strcmp(out->phase, "installing") == 0;
	return true;
}

void reservation_text(const struct reservation *r, char *out, size_t size)
{
	AUTO_FREE char *run = text_printable(r->run, strlen(r->run), TEXT_MAX);
	const char *of = r->controller ? r->controller : "an older version of marshal";
	AUTO_FREE char *controller = text_printable(of, strlen(of), TEXT_MAX);
	bool ends = r->seen_utc_ms > 0 && r->hold_ms >= 0;
	char since[CLOCK_TEXT], seen[CLOCK_TEXT], until[CLOCK_TEXT] = "";

	clock_format_utc(r->since_utc_ms, since);
	clock_format_utc(r->seen_utc_ms, seen);
	if (ends)
		clock_format_utc(r->seen_utc_ms + r->hold_ms, until);
	snprintf(out, size, "by run %s of %s%s%s%s%s%s%s", run, controller, *since ? " since " : "",
		 since, *seen ? ", last seen " : "", seen, ends ? ", held until " : "", until);
}

/* As the fact says, or not known. */
static bool installer_works(const json_t *installers, bool not_known)
{
	int64_t count = not_known;
	bool busy = not_known;

	json_get_int(installers, "agent_installer", &count);
	json_get_bool(installers, "msi_busy", &busy);
	return count > 0 || busy;
}

bool reservation_overdue(const json_t *installers, int64_t later_ms)
{
	const json_t *marker = json_get_obj(installers, "marker");
	struct reservation r;

	if (!reservation_read(marker, &r) || installer_works(installers, true))
		return false;
	if (!json_get_str(marker, "run"))
		return true;
	return r.hold_ms >= 0 && r.age_ms >= 0 && r.age_ms + later_ms > r.hold_ms;
}

bool reservation_at_work(const json_t *installers)
{
	struct reservation r;

	if (!reservation_read(json_get_obj(installers, "marker"), &r))
		return false;
	if (r.installing)
		return installer_works(installers, false) && r.age_ms >= 0 && r.age_ms <= r.hold_ms;
	return strcmp(r.phase, "cycling") == 0 && r.age_ms >= 0 &&
	       r.age_ms < SAFETY_TASK_MINUTES * MINUTE_MS;
}

bool engine_stopped_by_us(const struct facts *facts, const char **out_run)
{
	const json_t *service = facts_value(facts, FACT_SERVICE_OBENGINE);
	const json_t *installers = facts_value(facts, FACT_INSTALLERS);
	struct reservation r;
	bool exists = false;
	int64_t state;

	json_get_bool(service, "exists", &exists);
	if (!exists || !json_get_int(service, "state", &state) || state == SERVICE_RUNNING ||
	    state == SERVICE_STARTING)
		return false;
	if (!reservation_read(json_get_obj(installers, "marker"), &r) || !r.engine_ran ||
	    reservation_at_work(installers))
		return false;
	if (out_run)
		*out_run = r.run;
	return true;
}
