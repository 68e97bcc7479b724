/* test_moves.c - one host's way along the edges: how it ends for everything that can go wrong,
 * and that a crash, a lost line or an interruption at any moment comes to the same end. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/insist.h"
#include "base/mem.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/upgrader/fakefleet.h"
#include "tests/unit/unit.h"

enum { MOMENTS = 20 };          /* more operations than an upgrade has */

static struct fake_fleet f;
static struct run run;
static struct upgrade_terms terms;

static void setup(void)
{
	fake_fleet_of_one(&f, &terms);
}

static void teardown(void)
{
	fake_fleet_release(&f);
}

/* The key of a run that another controller lost long ago. */
#define LOST(state, ran) \
	{ .phase = state, .run = "old-1", .controller = "box-1", .engine_ran = ran }
#define HELD(state) \
	{ .phase = state, .run = "old-1", .controller = "box-1", .hold_ms = INT64_C(4000000000000) }

/* clang-format off */
static const struct {
	const char *label;
	struct fake_host host;          /* what differs from a healthy one */
	bool close_console;
	enum outcome want;
	const char *reason;
	bool changed;
	int started;
	int engine;                     /* at the end */
	bool leaves_some;
} cases[] = {
	{ "all goes well", { .polls = 2 }, 0, OUTCOME_UPGRADED, "", true, 1, 4, false },
	{ "reboot required", { .polls = 1, .exit = 3010 }, 0, OUTCOME_UPGRADED,
	  "a reboot is pending", true, 1, 4, false },
	{ "fatal error", { .polls = 1, .exit = 1603 }, 0, OUTCOME_FAILED, "1603: The installation failed. Read OBInstaller", true,
	  1, 4, false },
	{ "one that no table has", { .polls = 1, .exit = 4711 }, 0, OUTCOME_FAILED,
	  "4711: No code of the agent; as a system error of Windows it has a text. `net helpmsg 4711`", true, 1, 4, false },
	{ "another install", { .polls = 1, .exit = 1618 }, 0, OUTCOME_FAILED, "1618: Another", true,
	  1, 4, false },
	{ "zero and nothing done", { .polls = 1, .old_version = true }, 0, OUTCOME_FAILED,
	  "said 0 but cbengine.exe is still 2.0.9070.0", true, 1, 4, false },
	{ "another program than the service runs", { .polls = 1, .service_runs = "2.0.9070.0" }, 0, OUTCOME_FAILED,
	  "cbengine.exe is 2.0.9999.0, but the service obengine runs 2.0.9070.0", true, 1, 4, false },
	{ "configuration lost", { .polls = 1, .config_lost = true }, 0, OUTCOME_DAMAGED,
	  "scratch location (Config) is no longer as before (was 'C:\\S')", true, 1, 4, false },
	{ "configuration written otherwise", { .polls = 1, .config_rewritten = true }, 0,
	  OUTCOME_UPGRADED, "", true, 1, 4, false },
	{ "engine left manual", { .polls = 1, .start_after = 3 }, 0, OUTCOME_DAMAGED,
	  "start type of obengine is no longer as before (was automatic, is manual)", true, 1, 4, false },
	{ "encryption key lost by one that fails",
	  { .polls = 1, .loses = "encryption", .exit = 1603 }, 0, OUTCOME_DAMAGED,
	  "the encryption key is gone; the installer ended with 1603: The installation failed. Read OBInstaller", true, 1, 4, false },
	{ "agent lost", { .polls = 1, .loses = "agent", .exit = 1603 }, 0, OUTCOME_AGENT_GONE,
	  "run the installer on the server by hand", true, 1, 4, false },
	{ "hangs stopping after the installer", { .polls = 1, .loses = "stop" }, 0,
	  OUTCOME_NEEDS_HANDS, "obengine was running and is stopping now", true, 1, 4, false },
	{ "hangs stopping in the cycle",
	  { .refuse_op = "engine-cycle", .refuse_code = "stop-hangs" }, 0, OUTCOME_NEEDS_HANDS,
	  "is not killed: sign in", false, 0, 4, false },
	{ "backup running", { .backup = true }, 0, OUTCOME_BLOCKED_NOW, "a backup is running", false, 0,
	  4, false },
	{ "silent", { .silent = true }, 0, OUTCOME_UNREACHABLE, "silent", false, 0, 4, false },
	{ "new already", { .version = "2.0.9999.0" }, 0, OUTCOME_CURRENT, "2.0.9999.0 already",
	  false, 0, 4, false },
	{ "console closed in time", { .consoles = 2, .polls = 1 }, 0, OUTCOME_UPGRADED, "", true, 1,
	  4, false },
	{ "console stays", { .consoles = FAKE_NEVER }, 0, OUTCOME_BLOCKED_NOW, "CORP\\anna (session 2)",
	  false, 0, 4, false },
	{ "console ended by us", { .consoles = FAKE_NEVER, .polls = 1 }, 1, OUTCOME_UPGRADED, "",
	  true, 1, 4, false },
	{ "folder there", { .refuse_op = "stage-open", .refuse_code = "folder-exists" }, 0,
	  OUTCOME_BLOCKED, "exists already", false, 0, 4, false },
	{ "no room", { .refuse_op = "stage-open", .refuse_code = "disk-full" }, 0, OUTCOME_BLOCKED,
	  "no room", false, 0, 4, false },
	{ "not signed", { .refuse_op = "stage-check", .refuse_code = "not-signed" }, 0,
	  OUTCOME_FAILED, "not validly signed", false, 0, 4, false },
	{ "arrives broken", { .refuse_op = "stage-check", .refuse_code = "hash-mismatch" }, 0,
	  OUTCOME_FAILED, "not the one that was sent", false, 0, 4, false },
	{ "login closed", { .refuse_op = "engine-cycle", .refuse_code = "login-closed" }, 0,
	  OUTCOME_BLOCKED, "nothing was stopped", false, 0, 4, false },
	{ "no safety task", { .refuse_op = "engine-cycle", .refuse_code = "task-denied" }, 0,
	  OUTCOME_STEP_BLOCKED, "nothing was stopped", false, 0, 4, false },
	{ "disabled meanwhile", { .refuse_op = "engine-cycle", .refuse_code = "start-disabled" }, 0,
	  OUTCOME_BLOCKED, "nothing was stopped", false, 0, 4, false },
	{ "a code of tomorrow", { .refuse_op = "engine-cycle", .refuse_code = "xyz" }, 0,
	  OUTCOME_FAILED, "engine-cycle: played", false, 0, 4, false },
	{ "engine stays down", { .engine_stays_down = true }, 0, OUTCOME_FAILED,
	  "does not start again (played); obengine is stopped (start-failed); the host itself "
	  "tries every five minutes for a day; left on the host: marker, safety-task, boot-task",
	  true, 0, 1, true },
	{ "install task denied", { .refuse_op = "install-start", .refuse_code = "task-denied" }, 0,
	  OUTCOME_STEP_BLOCKED, "task could not be registered", true, 0, 4, false },
	{ "still at work", { .polls = 1, .keeps_working = true }, 0, OUTCOME_UNCERTAIN,
	  "still at work", true, 1, 4, true },
	{ "another run upgrades it before it is ours", { .brought_at = "stage-open" }, 0,
	  OUTCOME_CURRENT, "has version 2.0.9999.0 already", false, 0, 4, false },
	{ "backup begins right before the cycle", { .backup_at = "engine-cycle" }, 0,
	  OUTCOME_BLOCKED_NOW, "for now: a backup is running; `upgrade resume`", false, 0, 4, false },
	{ "backup begins right after the cycle", { .backup_at = "install-start" }, 0,
	  OUTCOME_BLOCKED_NOW, "for now: a backup is running; `upgrade resume`", true, 0, 4, false },
	{ "backup begins before a console is ended",
	  { .backup_at = "console-wait", .consoles = FAKE_NEVER }, 1, OUTCOME_BLOCKED_NOW,
	  "for now: a backup is running; `upgrade resume`", false, 0, 4, false },
	{ "backup not known any more",
	  { .refuse_op = "engine-cycle", .refuse_code = "backup-unknown" }, 0, OUTCOME_BLOCKED_NOW,
	  "for now: whether a backup is running is not known", false, 0, 4, false },
	{ "locked for ever", { .refuse_op = "console-wait", .refuse_code = "locked" }, 0,
	  OUTCOME_BLOCKED_NOW, "for now: another call is at work", false, 0, 4, false },
	{ "installer leaves it stopped", { .polls = 1, .installer_stops_engine = true }, 0,
	  OUTCOME_UPGRADED, "", true, 1, 4, false },
	{ "reserved by another", { .key = HELD("reserved") }, 0, OUTCOME_BLOCKED_NOW,
	  "the host is reserved by run old-1 of box-1 since 1970-01-01T00:00:01Z, last seen "
	  "1970-01-01T00:00:02Z", false, 0, 4, true },
	{ "another's installer", { .key = HELD("installing") }, 0, OUTCOME_BLOCKED_NOW,
	  "an installer was started by run old-1 of box-1", false, 0, 4, true },
	{ "an older version's", { .key = { .phase = "installing", .run = "old-1" } }, 0,
	  OUTCOME_BLOCKED_NOW, "of an older version", false, 0, 4, true },
	{ "reserved by one that is gone", { .polls = 1, .key = LOST("cycling", false) }, 0,
	  OUTCOME_UPGRADED, "", true, 1, 4, false },
	{ "left stopped by one that is gone",
	  { .polls = 1, .engine = 1, .key = LOST("reserved", true) }, 0, OUTCOME_UPGRADED, "", true,
	  1, 4, false },
	{ "left stopped and current",
	  { .engine = 1, .version = "2.0.9999.0", .key = LOST("installing", true) }, 0,
	  OUTCOME_CURRENT, "run old-1 left obengine stopped; it was started", false, 0, 4, true },
	{ "left stopped and does not start",
	  { .engine = 1, .engine_stays_down = true, .key = LOST("reserved", true) }, 0,
	  OUTCOME_BLOCKED, "run old-1 left obengine stopped, and it does not start again", false, 0,
	  1, true },
	{ "left stopped, an installer works",
	  { .engine = 1, .foreign_installer = true, .key = LOST("reserved", true) }, 0,
	  OUTCOME_BLOCKED_NOW,
	  "for now: an installer is at work on the host until 1970-01-01T00:00:03Z", false, 0, 1,
	  true },
	{ "stopped by a person", { .engine = 1, .key = LOST("reserved", false) }, 0,
	  OUTCOME_BLOCKED, "found stopped", false, 0, 1, true },
	{ "the reservation is gone at the cycle",
	  { .refuse_op = "engine-cycle", .refuse_code = "reservation-lost" }, 0, OUTCOME_BLOCKED_NOW,
	  "for now: the reservation of this run is gone", false, 0, 4, false },
	{ "the reservation is gone at the installer",
	  { .refuse_op = "install-start", .refuse_code = "reservation-lost" }, 0, OUTCOME_BLOCKED_NOW,
	  "for now: the reservation of this run is gone", true, 0, 4, false },
	{ "taken over meanwhile", { .refuse_op = "install-start", .refuse_code = "reserved" }, 0,
	  OUTCOME_BLOCKED_NOW, "for now: the host is reserved", true, 0, 4, false },
};
/* clang-format on */

static void use(struct fake_host *h, const struct fake_host *from)
{
	const char *name = h->name, *version = from->version ? from->version : h->version;

	*h = *from;
	h->name = name;
	h->version = version;
	h->engine = from->engine ? from->engine : 4;
}

/* The store says whose doing a stopped obengine is. */
static void check_blame(const char *label, const char *want)
{
	struct host_rows rows;
	struct err err;

	ck_assert_int_eq(store_hosts(f.store, "h1", 0, &rows, &err), 0);
	ck_assert_msg(strcmp(rows.row->engine_stopped_by, want) == 0, "%s: stopped by '%s'", label,
		      rows.row->engine_stopped_by);
	host_rows_release(&rows);
}

static const char *whose_fault(int i)
{
	if (cases[i].want == OUTCOME_NEEDS_HANDS && f.host[0].started > 0)
		return run.row.name;    /* it still stops */
	if (f.host[0].engine == 4)
		return "";
	if (cases[i].host.engine == 0)
		return run.row.name;
	return cases[i].host.key.engine_ran ? cases[i].host.key.run : "";
}

START_TEST(a_job_ends_as_the_host_lets_it)
{
	const struct job *j;

	use(&f.host[0], &cases[_i].host);
	terms.close_console = cases[_i].close_console;
	fake_run(&f, &run, &terms);
	j = fake_job(&run, "h1");
	ck_assert_msg(outcome_from_name(j->row.outcome) == cases[_i].want, "%s: %s (%s)",
		      cases[_i].label, j->row.outcome, j->row.reason);
	ck_assert_msg(*cases[_i].reason ? strstr(j->row.reason, cases[_i].reason) != NULL :
					  !*j->row.reason,
		      "%s: '%s'", cases[_i].label, j->row.reason);
	ck_assert_msg(j->row.changed == cases[_i].changed, "%s: changed", cases[_i].label);
	ck_assert_msg(f.host[0].started == cases[_i].started, "%s: started %d", cases[_i].label,
		      f.host[0].started);
	ck_assert_msg(f.host[0].engine == cases[_i].engine, "%s: engine %d", cases[_i].label,
		      f.host[0].engine);
	ck_assert_msg(fake_is_clean(&f.host[0]) != cases[_i].leaves_some, "%s: something is left",
		      cases[_i].label);
	ck_assert_int_eq(j->row.reboot_pending, f.host[0].exit == 3010);
	check_blame(cases[_i].label, whose_fault(_i));
	fake_run_release(&run);
}
END_TEST

static void check_upgraded(const char *label)
{
	const struct job *j = fake_job(&run, "h1");

	ck_assert_msg(strcmp(j->row.outcome, "upgraded") == 0, "%s %d%s: %s (%s, %s)", label, f.at,
		      f.effect ? " after" : "", j->row.outcome, j->row.state, j->row.reason);
	ck_assert_msg(f.host[0].started == 1, "%s %d: started %d times", label, f.at,
		      f.host[0].started);
	ck_assert_msg(fake_is_clean(&f.host[0]), "%s %d: something is left", label, f.at);
	ck_assert_msg(f.host[0].engine == 4, "%s %d: engine", label, f.at);
	ck_assert_str_eq(j->row.after, "2.0.9999.0");
}

/* Returns whether the moment was reached. */
static bool move_to(int moment, bool effect, int play)
{
	f.play = play;
	f.at = moment;
	f.effect = effect;
	fake_run(&f, &run, &terms);
	return f.ops > moment;
}

START_TEST(a_crash_at_any_moment_comes_to_the_same_end)
{
	if (move_to(_i / 2, _i % 2, PLAY_CRASH)) {
		ck_assert_int_ne(run.broken.code, ERR_NONE);
		fake_run_release(&run);
		f.play = PLAY_ON;
		fake_resume(&f, &run, "last");
	}
	check_upgraded("crash");
	fake_run_release(&run);
}
END_TEST

static struct fake_host *kept;          /* outlives the process that fails */

static void mistake(void *ctx)
{
	(void)ctx;
	memcpy(kept, f.host, sizeof(f.host));
	INSIST(!"a mistake of ours");
}

/* Unlike a crash that is only played, the process ends: what the next one has is the database. */
START_TEST(a_mistake_of_ours_at_any_moment_comes_to_the_same_end)
{
	int status;
	pid_t child;

	kept = mmap(NULL, sizeof(f.host), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		    0);
	ck_assert(kept != MAP_FAILED);
	store_close(f.store);           /* its thread would not be in the child */
	child = fork();
	f.store = open_at(f.db);
	f.called = mistake;
	if (child == 0) {
		ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
		move_to(_i, true, PLAY_CALL);
		_exit(0);               /* the moment was not reached */
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status)) {
		memcpy(f.host, kept, sizeof(f.host));
		fake_resume(&f, &run, "last");
		check_upgraded("mistake");
		fake_run_release(&run);
	}
}
END_TEST

static void note_state(void *ctx)
{
	((bool *)ctx)[fake_job(&run, "h1")->state] = true;
}

/* The moments of these tests: at each edge of a job one, and not all are reached. */
START_TEST(every_edge_has_its_moment)
{
	bool at[JOB_STATE_COUNT] = { false }, last = true;

	for (int moment = 0; moment < MOMENTS; moment++) {
		teardown();
		setup();
		f.called = note_state;
		f.called_ctx = at;
		last = move_to(moment, true, PLAY_CALL);
		fake_run_release(&run);
	}
	ck_assert(!last);
	for (const struct edge *e = edges; e->work && e->from != JOB_UNDO; e++)
		ck_assert_msg(at[e->during] || e->wanted, "nothing fails while a job is %s",
			      job_state_name(e->during));
}
END_TEST

START_TEST(two_crashes_in_a_row_come_to_the_same_end)
{
	if (move_to(_i, true, PLAY_CRASH)) {
		fake_run_release(&run);
		f.at = 1;               /* in the middle of taking it up */
		fake_resume(&f, &run, "last");
		fake_run_release(&run);
		f.play = PLAY_ON;
		fake_resume(&f, &run, "last");
	}
	check_upgraded("two crashes");
	fake_run_release(&run);
}
END_TEST

START_TEST(a_line_lost_at_any_moment_costs_a_reconnect)
{
	move_to(_i / 2, _i % 2, PLAY_LOSE);
	if (f.at == 0)
		ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "unreachable");
	else
		check_upgraded("line lost");
	fake_run_release(&run);
}
END_TEST

START_TEST(a_second_interrupt_at_any_moment_can_be_resumed)
{
	const struct job *j;

	if (move_to(_i, true, PLAY_STOP_TWICE) && strcmp(run.row.state, "done") != 0) {
		j = fake_job(&run, "h1");
		ck_assert_str_eq(run.row.state, "interrupted");
		if (strcmp(j->row.outcome, "cancelled") == 0) {
			ck_assert_msg(!j->row.changed, "moment %d", _i);
			ck_assert_msg(fake_is_clean(&f.host[0]), "moment %d", _i);
			ck_assert_int_eq(f.host[0].cycles, 0);
		} else {
			ck_assert_msg(!*j->row.outcome && j->row.changed, "moment %d: %s", _i,
				      j->row.outcome);
			ck_assert_msg(f.host[0].installing || f.host[0].engine == 4 ||
					      f.host[0].started,
				      "moment %d", _i);
		}
		fake_run_release(&run);
		f.play = PLAY_ON;
		fake_resume(&f, &run, "last");
	}
	check_upgraded("interrupt");
	fake_run_release(&run);
}
END_TEST

START_TEST(a_first_interrupt_lets_the_host_in_flight_finish)
{
	move_to(_i, true, PLAY_STOP);
	check_upgraded("first interrupt");
	ck_assert_str_eq(run.row.state, "done");
	fake_run_release(&run);
}
END_TEST

START_TEST(an_installer_without_end_is_uncertain_and_looked_at_again)
{
	f.host[0].polls = FAKE_NEVER;
	terms.limit_install = 30;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "uncertain");
	ck_assert_str_eq(fake_job(&run, "h1")->row.state, "installing");
	ck_assert(f.host[0].key.phase && f.host[0].folder); /* nothing is cleaned up under it */
	fake_run_release(&run);
	f.host[0].polls = 1;
	fake_resume(&f, &run, "last");
	check_upgraded("uncertain");
	fake_run_release(&run);
}
END_TEST

START_TEST(a_disabled_engine_is_not_stopped_even_when_accepted)
{
	const struct job *j;

	f.host[0].disabled = true;
	terms.accept_stopped = true;
	fake_run(&f, &run, &terms);
	j = fake_job(&run, "h1");
	ck_assert_str_eq(j->row.outcome, "upgraded");
	ck_assert_int_eq(f.host[0].cycles, 0);
	fake_run_release(&run);
}
END_TEST

START_TEST(a_backup_that_begins_while_a_job_waits_blocks)
{
	const struct job *j;

	f.host[0].backup_later = true;
	f.host[0].consoles = 2;
	f.look_ms = -1;                 /* every look is old */
	fake_run(&f, &run, &terms);
	j = fake_job(&run, "h1");
	ck_assert_msg(strcmp(j->row.outcome, "blocked-now") == 0, "%s (%s)", j->row.outcome,
		      j->row.reason);
	ck_assert(strstr(j->row.reason, "a backup is running") != NULL);
	ck_assert(!j->row.changed && fake_is_clean(&f.host[0]));
	ck_assert_int_eq(f.host[0].cycles, 0);
	fake_run_release(&run);
}
END_TEST

START_TEST(what_passes_is_asked_again_and_begun_anew_by_resume)
{
	f.host[0].backup_at = _i ? "install-start" : "engine-cycle";
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "blocked-now");
	fake_run_release(&run);
	f.host[0].backup_at = NULL;
	f.host[0].backup = false;
	fake_resume(&f, &run, "last");
	check_upgraded("resume");
	fake_run_release(&run);
}
END_TEST

/* Run A is cut at any moment; then another controller wants the host too: at once, or when A was
 * not heard of for longer than it wanted to hold. Then A is taken up again. */
START_TEST(two_controllers_do_each_installer_once_and_leave_obengine_running)
{
	bool later = _i & 1, effect = _i & 2;
	char name[40];

	if (move_to(_i / 4, effect, PLAY_CRASH)) {
		snprintf(name, sizeof(name), "%s", run.row.name);
		fake_run_release(&run);
		f.play = PLAY_ON;
		if (later) {
			unit_clock_turn(upgrade_terms_hold_ms(&terms) + 1);
			fake_end_install(&f.host[0]);
		}
		fake_swap_controller(&f);
		fake_run(&f, &run, &terms);
		ck_assert_msg(strcmp(fake_job(&run, "h1")->row.outcome, "failed") != 0 &&
				      strcmp(fake_job(&run, "h1")->row.outcome, "uncertain") != 0,
			      "moment %d: B %s (%s)", _i, fake_job(&run, "h1")->row.outcome,
			      fake_job(&run, "h1")->row.reason);
		ck_assert_msg(!later ||
				      strcmp(fake_job(&run, "h1")->row.outcome, "blocked-now") != 0,
			      "moment %d: %s", _i, fake_job(&run, "h1")->row.reason);
		fake_run_release(&run);
		fake_swap_controller(&f);
		fake_resume(&f, &run, name);
	}
	ck_assert_msg(f.host[0].started == 1 && f.host[0].engine == 4, "moment %d: %d times, %d",
		      _i, f.host[0].started, f.host[0].engine);
	ck_assert_msg(fake_is_clean(&f.host[0]), "moment %d: %s (%s)", _i,
		      fake_job(&run, "h1")->row.outcome, fake_job(&run, "h1")->row.reason);
	ck_assert_msg(strcmp(fake_job(&run, "h1")->row.outcome, "upgraded") == 0 ||
			      strcmp(fake_job(&run, "h1")->row.outcome, "current") == 0,
		      "moment %d: A %s (%s)", _i, fake_job(&run, "h1")->row.outcome,
		      fake_job(&run, "h1")->row.reason);
	fake_run_release(&run);
}
END_TEST

START_TEST(a_folder_that_could_not_be_taken_away_is_not_forgotten)
{
	f.host[0].no_upload = f.host[0].no_clean = true;
	fake_run(&f, &run, &terms);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "unreachable");
	ck_assert_str_eq(fake_job(&run, "h1")->row.fault, "credential-suspended");
	ck_assert(f.host[0].folder && !f.host[0].file);
	fake_run_release(&run);
	f.host[0].no_upload = f.host[0].no_clean = false;
	f.host[0].backup = _i == 1;
	fake_resume(&f, &run, "last");
	ck_assert_str_eq(fake_job(&run, "h1")->row.fault, "");
	if (_i == 0)
		check_upgraded("resume");
	else
		ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "blocked-now");
	ck_assert(fake_is_clean(&f.host[0]));
	ck_assert(!job_left_some(fake_job(&run, "h1")));
	fake_run_release(&run);
}
END_TEST

START_TEST(a_line_lost_in_the_cycle_leaves_the_host_changed)
{
	int moment = 7;                 /* look, open, upload, check, console, look, cycle */

	f.host[0].refuse_op = "engine-start";
	f.host[0].refuse_code = "start-failed";
	move_to(moment - 1, true, PLAY_LOSE);
	ck_assert_str_eq(fake_job(&run, "h1")->row.outcome, "failed");
	ck_assert(fake_job(&run, "h1")->row.changed);
	fake_run_release(&run);
}
END_TEST

enum { MINUTE = 60 * 1000 };

/* Each round takes three operations: engine-start, a look, the cycle. */
static const struct { int cut_cycles; int64_t ms; const char *want; int most; } flapping[] = {
	{ 200, MINUTE / 2, "uncertain", 13 },   /* 17 minutes are allowed */
	{ 2, 4 * MINUTE, "upgraded", 3 },       /* and all of them */
};

START_TEST(looking_again_neither_lengthens_nor_shortens_the_cycle)
{
	f.host[0].cut_cycles = flapping[_i].cut_cycles;
	f.cycling_ms = flapping[_i].ms;
	f.look_ms = -1;                 /* every look is old */
	fake_run(&f, &run, &terms);
	ck_assert_msg(f.host[0].cycles <= flapping[_i].most, "%d cycles", f.host[0].cycles);
	ck_assert_msg(strcmp(fake_job(&run, "h1")->row.outcome, flapping[_i].want) == 0, "%s: %s",
		      fake_job(&run, "h1")->row.outcome, fake_job(&run, "h1")->row.reason);
	fake_run_release(&run);
}
END_TEST

/* Of an upgrade in which nothing fails; JOB_PLANNED behind its end. */
static enum job_state next_move(enum job_state state)
{
	const struct edge *e = edge_next(state, &terms);

	if (state == JOB_ENDED)
		return JOB_PLANNED;
	return state == e->during ? e->to : e->during;
}

START_TEST(every_move_is_journalled_before_and_after_its_work)
{
	enum job_state want = JOB_PLANNED;
	struct event_rows events;
	struct err err;

	fake_run(&f, &run, &terms);
	ck_assert_int_eq(store_events(f.store, run.row.id, "h1", 100, &events, &err), 0);
	want = next_move(want);
	for (int i = 0; i < events.count && want != JOB_PLANNED; i++)
		if (strcmp(events.row[i].kind, job_state_name(want)) == 0)
			want = next_move(want);
	ck_assert_msg(want == JOB_PLANNED, "no '%s' in its turn", job_state_name(want));
	event_rows_release(&events);
	fake_run_release(&run);
}
END_TEST

UNIT_SUITE(moves)
{
	Suite *s = suite_create("moves");
	TCase *tc = tcase_create("moves");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, a_job_ends_as_the_host_lets_it, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, a_crash_at_any_moment_comes_to_the_same_end, 0, 2 * MOMENTS);
	tcase_add_test(tc, every_edge_has_its_moment);
	tcase_add_loop_test(tc, a_mistake_of_ours_at_any_moment_comes_to_the_same_end, 0, MOMENTS);
	tcase_add_loop_test(tc, two_crashes_in_a_row_come_to_the_same_end, 0, MOMENTS);
	tcase_add_loop_test(tc, a_line_lost_at_any_moment_costs_a_reconnect, 0, 2 * MOMENTS);
	tcase_add_loop_test(tc, a_second_interrupt_at_any_moment_can_be_resumed, 0, MOMENTS);
	tcase_add_loop_test(tc, a_first_interrupt_lets_the_host_in_flight_finish, 0, MOMENTS);
	tcase_add_test(tc, an_installer_without_end_is_uncertain_and_looked_at_again);
	tcase_add_test(tc, a_disabled_engine_is_not_stopped_even_when_accepted);
	tcase_add_test(tc, a_backup_that_begins_while_a_job_waits_blocks);
	tcase_add_loop_test(tc, what_passes_is_asked_again_and_begun_anew_by_resume, 0, 2);
	tcase_add_loop_test(tc, two_controllers_do_each_installer_once_and_leave_obengine_running,
			    0, 4 * MOMENTS);
	tcase_add_loop_test(tc, a_folder_that_could_not_be_taken_away_is_not_forgotten, 0, 2);
	tcase_add_test(tc, a_line_lost_in_the_cycle_leaves_the_host_changed);
	tcase_add_loop_test(tc, looking_again_neither_lengthens_nor_shortens_the_cycle, 0,
			    (int)ARRAY_LEN(flapping));
	tcase_add_test(tc, every_move_is_journalled_before_and_after_its_work);
	suite_add_tcase(s, tc);
	return s;
}
