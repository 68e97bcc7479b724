/* fakefleet.c - answers as the scripts give them (docs/protocol.md), from a struct a host. */
#include "tests/unit/upgrader/fakefleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/lease.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/unit.h"
#include "upgrader/show.h"

/* The line of one job: what it will be told when the loop turns. */
struct line {
	uv_timer_t timer;
	struct job *job;
	json_t *answer;
	struct err err;
	struct look *look;
	void (*answered)(struct job *j, const struct err *err, const json_t *answer);
	void (*uploaded)(struct job *j, const struct err *err);
	void (*looked)(struct job *j, struct look *look);
	bool sent;
};

static struct fake_fleet *fleet;        /* a test has one */

static struct fake_host *host_of(const struct job *j)
{
	for (int i = 0; i < fleet->count; i++)
		if (strcmp(fleet->host[i].name, j->row.host) == 0)
			return &fleet->host[i];
	ck_abort_msg("no host %s", j->row.host);
	return NULL;
}

static void deliver(uv_timer_t *timer)
{
	struct line *l = timer->data;
	struct line now = *l;

	l->sent = false;
	l->answer = NULL;
	l->look = NULL;
	if (now.looked) {
		now.looked(now.job, now.look);
	} else if (now.uploaded) {
		fleet->uploads--;
		now.uploaded(now.job, now.err.code ? &now.err : NULL);
	} else {
		now.answered(now.job, now.err.code ? &now.err : NULL, now.answer);
	}
	json_decref(now.answer);
}

static struct line *line_of(struct job *j)
{
	struct line *l = j->reach;

	if (!l) {
		l = j->reach = xcalloc(1, sizeof(*l));
		uv_timer_init(j->run->loop, &l->timer);
		l->timer.data = l;
		l->job = j;
	}
	ck_assert_msg(!l->sent, "%s: two things at a time", j->row.host);
	l->answered = NULL;
	l->uploaded = NULL;
	l->looked = NULL;
	l->err.code = ERR_NONE;
	return l;
}

static void soon(struct line *l)
{
	l->sent = true;
	uv_timer_start(&l->timer, deliver, 0, 0);
}

/* Somebody else moves the job: ours comes too late. */
static void steal(struct job *j)
{
	struct store_job_row row = j->row;
	struct tx *tx = tx_new();

	row.state = (char *)job_state_name(JOB_UNDO);
	tx_job_move(tx, &row, "undo", "elsewhere", 1);
	must_run(fleet->store, tx);
}

/* Counts the operation; false when it shall have no effect. A line that is lost is told in *err. */
static bool play(struct job *j, struct err *err)
{
	bool now = fleet->play != PLAY_ON &&
		   (fleet->stop_state ? j->state == fleet->stop_state : fleet->ops == fleet->at);

	fleet->ops++;
	if (fake_is_away(host_of(j))) {
		err_set(err, host_of(j)->away_code ? host_of(j)->away_code : FAULT_NO_ANSWER,
			"it restarts");
		return false;
	}
	if (j->state == JOB_CYCLING)
		unit_clock_turn(fleet->cycling_ms);
	if (j->run->in_flight > fleet->most_in_flight)
		fleet->most_in_flight = j->run->in_flight;
	if (!now)
		return true;
	switch (fleet->play) {
	case PLAY_ON:
		break;
	case PLAY_CRASH:        /* nothing more is journalled: that is a crash to the store */
		err_set(&j->run->broken, ERR_SYSTEM, "crash");
		err_set(err, FAULT_CONNECTION_LOST, "crash");
		return fleet->effect;
	case PLAY_LOSE:
		err_set(err, FAULT_CONNECTION_LOST, "the line broke");
		return fleet->effect;
	case PLAY_STOP_TWICE:
		run_on_ctrl_c(j->run, 1);
		run_on_ctrl_c(j->run, 2);
		break;
	case PLAY_STOP:
		run_on_ctrl_c(j->run, 1);
		break;
	case PLAY_STEAL:
		steal(j);
		break;
	case PLAY_CALL:
		fleet->called(fleet->called_ctx);
		break;
	}
	return true;
}

static void call(struct job *j, enum script_id step, json_t *request, struct piece piece,
		 int64_t limit_ms,
		 void (*done)(struct job *j, const struct err *err, const json_t *answer))
{
	AUTO_JSON json_t *taken = request;
	const char *op = script_name(step);
	bool broken = j->run->broken.code != ERR_NONE;
	struct line *l = line_of(j);
	bool effect = play(j, &l->err);

	fleet->begun_broken += broken && fake_is_change(op, taken);
	ck_assert_str_eq(json_get_str(taken, "op"), op);
	ck_assert_int_gt(limit_ms, 0);
	ck_assert_int_eq(piece.len > 0, strcmp(op, "stage-put") == 0);
	ck_assert_int_le(limit_ms, piece.len > 0 ? 6 * 60 * 1000 : INT64_MAX);
	if (piece.len > 0)      /* as the transport has it */
		json_object_set_new(taken, "data",
				    json_pack("{s:I}", "size", (json_int_t)piece.len));
	l->answered = done;
	if (host_of(j)->no_clean && strcmp(op, "clean") == 0) {
		err_set(&l->err, FAULT_BLOCKED_BY_SECURITY, "played");
		effect = false;
	}
	if (strcmp(op, "reboot-start") == 0 && host_of(j)->restart_fault) {
		err_set(&l->err, host_of(j)->restart_fault, "played");
		effect = false;
	}
	if (strcmp(op, "install-start") == 0 && host_of(j)->lost_starts > 0) {
		host_of(j)->lost_starts--;
		err_set(&l->err, FAULT_CONNECTION_LOST, "played");
		effect = false;
	}
	if (strcmp(op, "stage-put") == 0 && host_of(j)->cut_puts > 0) {
		bool cut = host_of(j)->cut_puts-- % 2 == 0 || !host_of(j)->cut_every_second;

		if (cut)
			err_set(&l->err, FAULT_CONNECTION_LOST, "played");
		if (cut && host_of(j)->forgets)
			host_of(j)->part = 0;
		effect = effect && (!cut || host_of(j)->cut_puts_arrive);
	}
	if (effect)
		l->answer = fake_answer(host_of(j), op, taken);
	if (strcmp(op, "engine-cycle") == 0 && host_of(j)->cut_cycles > 0) {
		host_of(j)->cut_cycles--;
		err_set(&l->err, FAULT_CONNECTION_LOST, "played");
	}
	if (l->err.code != ERR_NONE) {
		json_decref(l->answer);
		l->answer = NULL;
	}
	soon(l);
}

static bool puts_files(const struct job *j)
{
	return j->host->connection != CONNECT_WINRM;
}

static void upload(struct job *j, const char *remote, int64_t limit_ms,
		   void (*done)(struct job *j, const struct err *err))
{
	struct line *l = line_of(j);

	fleet->begun_broken += j->run->broken.code != ERR_NONE;
	ck_assert_int_gt(limit_ms, 0);
	ck_assert_str_eq(remote, "/x/file");
	ck_assert(puts_files(j));
	if (++fleet->uploads > fleet->most_uploads)
		fleet->most_uploads = fleet->uploads;
	l->uploaded = done;
	if (host_of(j)->no_upload)
		err_set(&l->err, FAULT_CREDENTIAL_SUSPENDED, "played");
	else if (play(j, &l->err))
		host_of(j)->file = true;
	soon(l);
}

static void add_fact(struct look *look, const char *name, json_t *value)
{
	AUTO_JSON json_t *line =
		json_pack("{s:s, s:i, s:o}", "fact", name, "ms", 1, "value", value);
	AUTO_FREE char *text = json_dumps(line, JSON_COMPACT);

	facts_line(&look->facts, text, strlen(text), clock_utc_ms());
}

static int start_type(const struct fake_host *h)
{
	if (h->start_after != 0 && h->started > 0)
		return h->start_after;
	return h->disabled ? 4 : 2;
}

static const char *config_of(const struct fake_host *h)
{
	if (h->started == 0)
		return "C:\\S";
	return h->config_lost ? "D:\\" : h->config_rewritten ? "c:/s\\" : "C:\\S";
}

/* By the installer. */
static bool was_lost(const struct fake_host *h, const char *what)
{
	return h->started > 0 && h->loses && strcmp(h->loses, what) == 0;
}

static void add_facts(struct fake_host *h, struct look *look)
{
	int64_t gb = INT64_C(1) << 30;
	bool key_gone = h->started > 0 && h->loses && strncmp(h->loses, "agent", 5) == 0;

	add_fact(look, "host",
		 json_pack("{s:s, s:n, s:s, s:b}", "name", h->name, "domain", "user", "admin",
			   "admin", 1));
	add_fact(look, "agent",
		 json_pack("{s:b, s:n, s:s?, s:s, s:o, s:n, s:s?}", "installed", !key_gone,
			   "install_path", "exe_path", key_gone ? NULL : "C:\\x.exe", "exe_version",
			   h->version, "uninstall",
			   json_pack(was_lost(h, "agent-but-entry") ? "[{}]" : "[]"),
			   "service_path", "service_version",
			   was_lost(h, "agent-but-program") ? "2.0.9.0" : h->service_runs));
	add_fact(look, "server-kind", json_pack("{s:s, s:n}", "kind", "plain", "dpm_version"));
	add_fact(look, "dotnet", json_pack("{s:i}", "release", 528049));
	add_fact(look, "service.obengine",
		 json_pack("{s:b, s:i, s:i}", "exists",
			   !key_gone || was_lost(h, "agent-but-service"), "state",
			   was_lost(h, "stop") ? 3 : h->engine, "start", start_type(h)));
	add_fact(look, "scratch",
		 json_pack("{s:s, s:n, s:s, s:b, s:b, s:s, s:I, s:I}", "config", config_of(h),
			   "provider", "path", "C:\\S", "exists", 1, "kek_exists", 1, "volume",
			   "C:", "size_bytes", (json_int_t)(99 * gb), "free_bytes",
			   (json_int_t)(50 * gb)));
	add_fact(look, "system-volume",
		 json_pack("{s:s, s:I, s:I}", "volume", "C:", "size_bytes", (json_int_t)(99 * gb),
			   "free_bytes", (json_int_t)(50 * gb)));
	add_fact(look, "agent-config",
		 json_pack("{s:b, s:b, s:b, s:s, s:b}", "registered", 1, "task_exists", 1,
			   "task_enabled", 1, "task_account", "SYSTEM", "encryption_set",
			   !was_lost(h, "encryption")));
	add_fact(look, "backup.running",
		 json_pack("{s:b, s:s, s:n}", "running", fake_backs_up(h), "source", "none",
			   "since_utc_ms"));
	add_fact(look, "backup.next", json_pack("{s:b, s:n}", "known", 1, "next_utc_ms"));
	add_fact(look, "reboot",
		 json_pack("{s:b, s:b, s:i}", "servicing", fake_is_pending(h), "installer", 0,
			   "renames", 0));
	add_fact(look, "installers",
		 json_pack("{s:b, s:i, s:o}", "msi_busy", h->foreign_installer, "agent_installer",
			   h->installing || (h->keeps_working && h->started), "marker",
			   fake_marker(h)));
	add_fact(look, "network.login",
		 json_pack("{s:b, s:n, s:s, s:[{s:s, s:b, s:i, s:n}]}", "asked", 1, "proxy",
			   "proxy_source", "none", "results", "host", "login", "open", 1, "status",
			   200, "error"));
}

static void look(struct job *j, const enum fact_id *only,
		 void (*done)(struct job *j, struct look *look))
{
	struct line *l = line_of(j);
	struct fake_host *h = host_of(j);
	bool effect = play(j, &l->err);

	(void)only;
	(void)effect;                   /* a look has none */
	l->looked = done;
	l->look = xcalloc(1, sizeof(*l->look));
	facts_init(&l->look->facts);
	if (h->silent)
		err_set(&l->err, FAULT_NO_ANSWER, "%s is silent", h->name);
	l->look->err = l->err;
	if (l->err.code == ERR_NONE)
		add_facts(h, l->look);
	l->look->utc_ms = clock_utc_ms();
	l->look->took_ms = 1000;        /* its facts are of it, however slow this machine is */
	soon(l);
}

static void cancel(struct job *j)
{
	struct line *l = j->reach;

	if (!l || !l->sent)
		return;
	err_set(&l->err, FAULT_CANCELLED, "cancelled");
	if (l->look)
		l->look->err = l->err;
}

static void gone(uv_handle_t *handle)
{
	struct line *l = handle->data;

	json_decref(l->answer);
	look_free(l->look);
	free(l);
}

static void close_line(struct job *j)
{
	struct line *l = j->reach;

	if (!l)
		return;
	ck_assert_msg(!l->sent, "%s: hung up with something in flight", j->row.host);
	uv_close((uv_handle_t *)&l->timer, gone);
	j->reach = NULL;
}

static const struct reach_ops fake_ops = {
	.call = call,
	.puts_files = puts_files,
	.upload = upload,
	.look = look,
	.cancel = cancel,
	.close = close_line,
};

void fake_fleet_lead(struct fake_fleet *f, const char *variables)
{
	AUTO_FREE char *path = xasprintf("%s/hosts.ini", unit_folder());
	FILE *file = fopen(path, "w");
	struct err err;

	for (int i = 0; i < f->count; i++)
		fprintf(file, "%s %s\n", f->host[i].name, variables);
	fclose(file);
	inventory_free(f->inv);
	f->inv = inventory_load((const char *const[]){ path }, 1, &err);
	ck_assert_msg(f->inv != NULL, "%s", err.msg);
}

static void speak_winrm(struct fake_fleet *f, const char *variables)
{
	enum { LEN = (FAKE_PIECES - 1) * CALL_DATA_MAX + 5 };
	static const unsigned char installer[LEN];

	fake_fleet_lead(f, variables);
	f->installer.data = installer;
	f->installer.len = LEN;
}

void fake_fleet_speak_winrm(struct fake_fleet *f)
{
	speak_winrm(f, "marshal_transport=winrm-direct marshal_site=berlin");
}

void fake_fleet_fetch(struct fake_fleet *f)
{
	speak_winrm(f, "marshal_transport=winrm-direct marshal_installer_url=" FAKE_URL);
}

void fake_fleet_init(struct fake_fleet *f, int count)
{
	static const char *const names[FAKE_HOSTS] = { "h1", "h2", "h3", "h4", "h5", "h6" };

	*f = (struct fake_fleet){ .count = count, .at = -1, .look_ms = 60 * 1000 };
	for (int i = 0; i < count; i++)
		f->host[i] = (struct fake_host){
			.name = names[i], .version = "2.0.9070.0", .engine = 4, .polls = 2
		};
	fake_fleet_lead(f, "ansible_connection=local marshal_program=fake");
	f->db = xstrdup(temp_path());
	f->store = open_at(f->db);
	put_hosts(f->store, names, count);
	f->installer = (struct installer){ .path = (char *)"/tmp/setup.exe",
					   .data = (const unsigned char *)"x",
					   .len = 1,
					   .sha256 = "00",
					   .version = { { 2, 0, 9999, 0 } } };
	fleet = f;
}

void fake_fleet_of_one(struct fake_fleet *f, struct upgrade_terms *terms)
{
	log_set_level(LOG_ERROR);
	fake_fleet_init(f, 1);
	upgrade_terms_default(terms);
	terms->push_large = true;
	terms->limit_console = terms->limit_verify = 40;
}

void fake_fleet_release(struct fake_fleet *f)
{
	store_close(f->store);
	store_close(f->other);
	inventory_free(f->inv);
	free(f->db);
	fleet = NULL;
}

static void over(struct run *run)
{
	for (int i = 0; i < run->count; i++)
		job_release(&run->job[i]);
}

void fake_prepare(struct fake_fleet *f, struct run *run, uv_loop_t *loop)
{
	uv_loop_init(loop);
	f->run = run;
	run->loop = loop;
	run->store = f->store;
	run->installer = &f->installer;
	run->ops = &fake_ops;
	run->over = over;
	run->pace = (struct run_pace){
		.slice_ms = 10, .poll_ms = 1, .retry_ms = 1, .ask_ms = 1, .look_ms = f->look_ms
	};
	run->needs_ms = 1;
	if (f->policy)
		run->policies = policies_parse(f->policy, strlen(f->policy), "p.yml", NULL);
	ck_assert(!f->policy || run->policies);
	run->needs_ms = f->needs_ms;
	run->pace.return_ms = f->return_ms;
	run->until_utc_ms = f->deadline_ms ? clock_utc_ms() + f->deadline_ms : 0;
	f->ops = 0;
	f->most_in_flight = 0;
}

void fake_drive(struct fake_fleet *f, struct run *run)
{
	struct err err;

	run_fill(run);
	uv_run(run->loop, UV_RUN_DEFAULT);
	ck_assert(run->is_over);
	ck_assert_int_eq(uv_loop_close(run->loop), 0);
	if (run->broken.code == ERR_NONE && !run->staging)
		ck_assert_msg(run_close_ledger(run, &err) == 0, "%s", err.msg);
	f->run = NULL;
}

void fake_run(struct fake_fleet *f, struct run *run, const struct upgrade_terms *terms)
{
	struct selection hosts;
	struct plan plan;
	uv_loop_t loop;
	struct err err;

	*run = (struct run){ .terms = *terms };
	fake_prepare(f, run, &loop);
	ck_assert_int_eq(inventory_select(f->inv, NULL, 0, &hosts, &err), 0);
	ck_assert_msg(plan_make(f->store, &hosts, &f->installer, terms, &plan, &err) == 0, "%s",
		      err.msg);
	ck_assert_msg(run_create(run, &plan, json_object(), NULL, &err) == 0, "%s", err.msg);
	fake_drive(f, run);
	plan_release(&plan);
	selection_release(&hosts);
}

void fake_resume(struct fake_fleet *f, struct run *run, const char *name)
{
	uv_loop_t loop;
	struct err err;

	*run = (struct run){ .forget = f->forget };
	upgrade_terms_default(&run->terms);
	run->terms.push_large = run->terms.push = true;
	run->terms.soak = f->soak;
	run->terms.gate = f->gate;
	run->terms.verify_backup = f->verify_backup;
	run->terms.reboot_if_needed = f->reboot_if_needed;
	if (f->promote_confirmed)
		promote_expected("confirmed", &run->terms.promote, &run->terms.promote_confirmed);
	run->terms.parallel = f->parallel ? f->parallel : run->terms.parallel;
	run->terms.rehearse = f->rehearse;
	fake_prepare(f, run, &loop);
	ck_assert_msg(store_run_find(f->store, name, &run->row, &err) == 0, "%s", err.msg);
	ck_assert_msg(run_take_up(run, f->inv, &err) == 0, "%s", err.msg);
	fake_drive(f, run);
}

void fake_swap_controller(struct fake_fleet *f)
{
	struct store *now = f->store;
	const char *names[FAKE_HOSTS];

	if (!f->other) {
		for (int i = 0; i < f->count; i++)
			names[i] = f->host[i].name;
		f->other = temp_store();
		put_hosts(f->other, names, f->count);
	}
	f->store = f->other;
	f->other = now;
}

void fake_run_release(struct run *run)
{
	run_release(run);
}

const char *fake_outcomes(const struct fake_fleet *f, const struct run *run)
{
	static const char letters[OUTCOME_COUNT] = {
		' ',
		[OUTCOME_UPGRADED] = 'U',
		[OUTCOME_CURRENT] = 'C',
		[OUTCOME_BLOCKED_NOW] = 'B',
		[OUTCOME_UNREACHABLE] = 'N',
		[OUTCOME_FAILED] = 'F',
		[OUTCOME_UNCERTAIN] = '?',
		[OUTCOME_CANCELLED] = 'x',
		[OUTCOME_NOT_STARTED] = '-',
	};
	static char text[FAKE_HOSTS + 1];

	for (int i = 0; i < f->count; i++)
		text[i] = letters[outcome_from_name(fake_job(run, f->host[i].name)->row.outcome)];
	return text;
}

const struct job *fake_job(const struct run *run, const char *host)
{
	for (int i = 0; i < run->count; i++)
		if (strcmp(run->job[i].row.host, host) == 0)
			return &run->job[i];
	ck_abort_msg("no job for %s", host);
	return NULL;
}

struct fake_holder fake_hold(struct fake_fleet *f, const char *host, int64_t of_run)
{
	struct fake_holder h;
	int ready[2], leave[2];
	char byte = 0;

	ck_assert_int_eq(pipe(ready) | pipe(leave), 0);
	h.child = fork();
	if (h.child == 0) {
		struct store *own = open_at(f->db);
		struct tx *tx = tx_new();
		int64_t epoch;

		close(leave[1]);
		tx_lease_take(tx, host, of_run, &epoch);
		must_run(own, tx);
		byte = (char)write(ready[1], "x", 1);
		byte = (char)read(leave[0], &byte, 1);
		_exit(0);               /* without giving it back */
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	close(leave[0]);
	h.leave = leave[1];
	return h;
}

void fake_let_go(struct fake_holder *h)
{
	close(h->leave);
	waitpid(h->child, NULL, 0);
}
