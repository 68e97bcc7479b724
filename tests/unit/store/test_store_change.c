/* test_store_change.c - inventory, runs and jobs, locks and the trail. */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "base/mem.h"
#include "fixture.h"

enum { RUN = 9, OTHER_RUN = 10, JOB = 100 };

START_TEST(the_inventory_keeps_ids_and_marks_the_gone)
{
	static const char *const first[] = { "web10", "web2", "db" }, *const second[] = { "db",
											  "new" };
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store *s = open_at(path);
	struct host_rows rows;
	struct err err;
	int64_t id;

	put_hosts(s, first, 3);
	id = query_number(path, "select id from host where name = 'db'");
	ck_assert_int_eq(store_hosts(s, NULL, 0, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 3);
	ck_assert_str_eq(rows.row[1].name, "web2"); /* before web10 */
	ck_assert_str_eq(rows.row[1].mars, "required");
	host_rows_release(&rows);
	put_hosts(s, second, 2);
	ck_assert_int_eq(query_number(path, "select id from host where name = 'db'"), id);
	ck_assert_int_eq(store_hosts(s, NULL, 0, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 2);
	host_rows_release(&rows);
	ck_assert_int_eq(store_hosts(s, "web2", 0, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 0);
	host_rows_release(&rows);
	ck_assert_int_eq(store_hosts(s, NULL, ROWS_GONE | ROWS_FACTS | ROWS_FINDINGS, &rows, &err),
			 0);
	ck_assert_int_eq(rows.count, 4);
	ck_assert_str_eq(rows.row[2].name, "web2");
	ck_assert_int_eq(rows.row[2].gone_utc_ms, 1000);
	ck_assert_ptr_nonnull(rows.row[2].facts);
	host_rows_release(&rows);
	put_hosts(s, first, 3); /* and back */
	ck_assert_int_eq(store_hosts(s, "web2", 0, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 1);
	host_rows_release(&rows);
	store_close(s);
}
END_TEST

static void put_run(struct store *s, int64_t id, const char *name, int64_t utc_ms)
{
	struct store_run_row run = { .id = id,
				     .name = (char *)name,
				     .installer = "/x.exe",
				     .sha256 = "ab",
				     .target = "2.0.9262.0",
				     .options = "{\"first\":1}",
				     .state = "running",
				     .begun_utc_ms = utc_ms };
	struct store_job_row job[2] = {
		{ .id = id * JOB, .host = "h2", .state = "planned", .position = 0 },
		{ .id = id * JOB + 1, .host = "h1", .state = "planned", .position = 1 },
	};
	struct tx *tx = tx_new();

	tx_run_create(tx, &run, job, 2);
	must_run(s, tx);
}

START_TEST(a_run_is_found_by_name_or_as_last)
{
	struct store *s = temp_store();
	struct store_run_row run;
	struct tx *tx = tx_new();
	struct err err = { 0 };

	ck_assert_int_ne(store_run_find(s, "last", &run, &err), 0);
	ck_assert_msg(err.code == ERR_NOT_FOUND && strstr(err.msg, "no run yet"), "%s", err.msg);
	ck_assert_ptr_nonnull(strstr(err.hint, "marshal upgrade"));
	put_run(s, RUN, "20261121-7c3e", 5000);
	put_run(s, OTHER_RUN, "20261122-aaaa", 6000);
	tx_run_state(tx, RUN, RUN_STATE_HALTED, 7000);
	must_run(s, tx);
	ck_assert_int_eq(store_run_find(s, "20261121-7c3e", &run, &err), 0);
	ck_assert_int_eq(run.id, RUN);
	ck_assert_str_eq(run.state, "halted");
	ck_assert_str_eq(run.actor, store_actor());
	ck_assert_str_eq(run.options, "{\"first\":1}");
	ck_assert_int_eq(run.ended_utc_ms, 7000);
	store_run_release(&run);
	ck_assert_int_eq(store_run_find(s, "last", &run, &err), 0);
	ck_assert_int_eq(run.id, OTHER_RUN);
	store_run_release(&run);
	ck_assert_int_ne(store_run_find(s, "typo", &run, &err), 0);
	ck_assert_msg(strstr(err.msg, "20261122-aaaa, 20261121-7c3e"), "%s", err.msg);
	store_close(s);
}
END_TEST

static struct store_job_row first_job(struct store *s, struct job_rows *rows)
{
	struct err err;

	ck_assert_int_eq(store_jobs(s, RUN, rows, &err), 0);
	ck_assert_int_eq(rows->count, 2);
	return rows->row[0];
}

START_TEST(a_job_moves_with_its_event_or_not_at_all)
{
	struct store *s = temp_store();
	struct event_rows events;
	struct store_job_row job;
	struct job_rows rows;
	struct tx *tx = tx_new();
	struct err err;

	put_run(s, RUN, "r", 5000);
	job = first_job(s, &rows);
	ck_assert_str_eq(job.host, "h2");
	job.state = "staged";
	job.before = "2.0.9070.0";
	job.changed = true;
	json_object_set_new(job.memory, "path", json_string("C:\\x"));
	tx_job_move(tx, &job, "planned", "stage", "installer staged", 6000);
	must_run(s, tx);
	tx = tx_new();
	job.state = "installed";
	tx_job_move(tx, &job, "planned", "install", "too late", 7000);
	must_fail(s, tx, ERR_HELD, "'h2' is 'staged' and not 'planned'");
	job_rows_release(&rows);
	job = first_job(s, &rows);
	ck_assert_str_eq(job.state, "staged");
	ck_assert_str_eq(job.before, "2.0.9070.0");
	ck_assert_str_eq(job.outcome, "");
	ck_assert(job.changed && !job.reboot_pending);
	ck_assert_str_eq(json_string_value(json_object_get(job.memory, "path")), "C:\\x");
	job_rows_release(&rows);
	ck_assert_int_eq(store_events(s, RUN, "h2", 10, &events, &err), 0);
	ck_assert_int_eq(events.count, 1);
	ck_assert_str_eq(events.row[0].kind, "stage");
	ck_assert_str_eq(events.row[0].text, "installer staged");
	ck_assert_str_eq(events.row[0].actor, store_actor());
	ck_assert_int_eq(events.row[0].run, RUN);
	ck_assert_int_eq(events.row[0].utc_ms, 6000);
	event_rows_release(&events);
	store_close(s);
}
END_TEST

START_TEST(a_run_with_an_unknown_host_is_not_made)
{
	struct store *s = temp_store();
	struct store_run_row run = { .id = RUN, .name = "r", .state = "running" };
	struct store_job_row job = { .id = JOB, .host = "nobody", .state = "planned" };
	struct tx *tx = tx_new();

	tx_run_create(tx, &run, &job, 1);
	must_fail(s, tx, ERR_NOT_FOUND, "'nobody'");
	ck_assert_int_ne(store_run_find(s, "r", &run, NULL), 0);
	store_close(s);
}
END_TEST

/* clang-format off */
static const struct {
	int64_t run;
	const char *host;
	int max;
	const char *want;
} trails[] = {
	{ 0,   NULL,     10, "abcd" },
	{ 0,   NULL,     2,  "cd"   },
	{ RUN, NULL,     10, "bc"   },
	{ RUN, NULL,     1,  "c"    },
	{ RUN, "h1",     10, "b"    },
	{ 0,   "h1",     10, "bd"   },
	{ 0,   "nobody", 10, ""     },
};
/* clang-format on */

START_TEST(the_trail_is_read_oldest_first)
{
	struct store *s = temp_store();
	struct event_rows rows;
	struct tx *tx = tx_new();
	char got[16] = "";
	struct err err;

	put_run(s, RUN, "r", 5000);
	/* All in one millisecond: the order is that of adding. */
	tx_event(tx, NULL, 0, "a", "scan", 6000);
	tx_event(tx, "h1", RUN, "b", "x", 6000);
	tx_event(tx, "h2", RUN, "c", "y", 6000);
	tx_event(tx, "h1", 0, "d", NULL, 6000);
	must_run(s, tx);
	ck_assert_int_eq(
		store_events(s, trails[_i].run, trails[_i].host, trails[_i].max, &rows, &err), 0);
	for (int i = 0; i < rows.count; i++)
		got[i] = rows.row[i].kind[0];
	ck_assert_str_eq(got, trails[_i].want);
	event_rows_release(&rows);
	store_close(s);
}
END_TEST

static struct tx *locking(const char *host, int64_t run)
{
	struct tx *tx = tx_new();

	tx_lock(tx, host, run);
	return tx;
}

START_TEST(one_change_at_a_time_on_a_host)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1", "h2" };
	struct store *s = open_at(path), *other = open_at(path);
	struct tx *tx = tx_new();

	put_hosts(s, name, 2);
	must_run(s, locking("h1", RUN));
	must_run(s, locking("h1", RUN)); /* our own again */
	must_run(other, locking("h2", OTHER_RUN));
	must_fail(other, locking("h1", OTHER_RUN), ERR_HELD, "'h1' is being changed by test (pid ");
	tx_unlock(tx, "h1", OTHER_RUN); /* not theirs: stays */
	must_run(other, tx);
	must_fail(other, locking("h1", OTHER_RUN), ERR_HELD, "'h1'");
	tx = tx_new();
	tx_unlock(tx, "h1", RUN);
	must_run(s, tx);
	must_run(other, locking("h1", OTHER_RUN));
	store_close(other);
	must_run(s, locking("h1", RUN)); /* it left without giving it back */
	store_close(s);
}
END_TEST

/* A row of a holder that was never there, as it says of itself; started NULL: in this boot;
 * `space` 0 is unknown, -1 ours. */
static void put_holder(const char *path, const char *machine, int pid, const char *started,
		       int64_t space)
{
	char own[256] = "", sql[1024], now[64] = "";
	struct stat st;
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	ck_assert(f && fgets(now, 40, f));
	fclose(f);
	snprintf(now + strcspn(now, "\n"), 8, "/1");
	gethostname(own, sizeof(own) - 1);
	ck_assert_int_eq(stat("/proc/self/ns/pid", &st), 0);
	snprintf(sql, sizeof(sql),
		 "insert into process (id, machine, pid, started, user_name, command, "
		 "since_utc_ms, pid_space) values (5, '%s', %d, '%s', 'eve', 'upgrade', 1, %lld) "
		 "returning 1",
		 machine ? machine : own, pid, started ? started : now,
		 space < 0 ? (long long)st.st_ino : (long long)space);
	query_number(path, sql);
	query_number(path, "insert into host_lock (host, run, process, since_utc_ms) "
			   "select id, 3, 5, 1700000000000 from host where name = 'h1' "
			   "returning 1");
}

static const struct {
	const char *label, *machine, *started;
	int64_t space;
	bool held;
} holders[] = {
	{"a pid used again is dead", NULL, "boot/1", -1, false},
	{"another machine cannot be asked", "elsewhere", "boot/1", -1, true},
	{"nor can another pid namespace", NULL, "boot/1", 1, true},
	{"nor one that did not say its own", NULL, NULL, 0, true},
	{"but of another boot it is gone", NULL, "boot/1", 0, false},
};

START_TEST(a_dead_holders_lock_is_taken_over)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	struct store *s = open_at(path);

	put_hosts(s, name, 1);
	put_holder(path, holders[_i].machine, getpid(), holders[_i].started, holders[_i].space);
	if (holders[_i].held)
		must_fail(s, locking("h1", RUN), ERR_HELD, "upgrade (pid ");
	else
		must_run(s, locking("h1", RUN));
	store_close(s);
	/* the next one sweeps up the dead, and only them */
	store_close(open_at(path));
	ck_assert_int_eq(query_number(path, "select count(*) from process"), holders[_i].held);
}
END_TEST

/* The row of a run, with that process: 5 is put_holder()'s, 6 nobody's. */
static enum run_life life_with(const char *path, struct store *s, int64_t process, char holder[80])
{
	struct run_standing standing;
	struct store_run_row run;
	enum run_life life;
	struct err err;
	char sql[80];

	snprintf(sql, sizeof(sql), "update run set process = %lld returning 1", (long long)process);
	query_number(path, sql);
	ck_assert_int_eq(store_run_find(s, "last", &run, &err), 0);
	ck_assert_int_eq(store_run_life(s, &run, &standing, &err), 0);
	ck_assert_int_eq(standing.last_utc_ms, 5000);
	snprintf(holder, 80, "%s", standing.holder);
	life = standing.life;
	run_standing_release(&standing);
	store_run_release(&run);
	return life;
}

/* By whom of holders[] it is in other hands: none of these is seen alive. */
START_TEST(a_run_whose_process_is_gone_died)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1", "h2" };
	struct store *s = open_at(path);
	struct tx *tx = tx_new();
	char holder[80];

	put_hosts(s, name, 2);
	put_run(s, RUN, "r", 5000);
	put_holder(path, holders[_i].machine, getpid(), holders[_i].started, holders[_i].space);
	ck_assert_int_eq(life_with(path, s, store_process(s), holder), RUN_LIFE_AT_WORK);
	ck_assert_int_eq(life_with(path, s, 5, holder),
			 holders[_i].held ? RUN_LIFE_NOT_KNOWN : RUN_LIFE_DIED);
	ck_assert_ptr_nonnull(strstr(holder, "user eve"));
	ck_assert_int_eq(life_with(path, s, 6, holder), RUN_LIFE_DIED);
	ck_assert_str_eq(holder, "");
	/* of before this was noted */
	ck_assert_int_eq(life_with(path, s, 0, holder), RUN_LIFE_NOT_KNOWN);
	tx_run_state(tx, RUN, RUN_STATE_HALTED, 7000);
	must_run(s, tx);
	ck_assert_int_eq(query_number(path, "select process from run"), 0);
	ck_assert_int_eq(life_with(path, s, 5, holder), RUN_LIFE_ENDED);
	tx = tx_new();
	tx_run_state(tx, RUN, RUN_STATE_RUNNING, 8000);
	must_run(s, tx);
	ck_assert_int_eq(query_number(path, "select process from run"), store_process(s));
	store_close(s);
}
END_TEST

/* In a pid namespace of its own with its own /proc, as in a container: takes the lock of h1, says
 * so, and keeps it until `leave` is closed. */
static void hold_in_container(const char *path, int ready, int leave)
{
	char byte = 'x';
	pid_t child;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0)
		byte = '-';
	child = byte == 'x' ? fork() : 0;
	if (child == 0) {
		if (byte == 'x' && (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
				    mount("proc", "/proc", "proc", 0, NULL) != 0))
			byte = '-';
		if (byte == 'x')
			must_run(open_at(path), locking("h1", RUN));
		if (write(ready, &byte, 1) == 1)
			(void)!read(leave, &byte, 1);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	_exit(0);
}

START_TEST(a_lock_held_in_a_container_is_not_stolen)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	struct lock_rows locks;
	int ready[2], leave[2];
	struct store *s = open_at(path);
	char byte = 0;
	pid_t child;
	struct err err;

	put_hosts(s, name, 1);
	store_close(s);
	ck_assert_int_eq(pipe(ready) | pipe(leave), 0);
	child = fork();
	if (child == 0) {
		close(leave[1]);
		hold_in_container(path, ready[1], leave[0]);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	if (byte == 'x') {
		s = open_at(path);
		must_fail(s, locking("h1", OTHER_RUN), ERR_HELD, "of another container on ");
		ck_assert_int_eq(store_locks(s, NULL, &locks, &err), 0);
		ck_assert_int_eq(locks.count, 1);
		ck_assert(!locks.row[0].seen_alive);
		lock_rows_release(&locks);
		store_close(s);
	}
	close(leave[1]);
	waitpid(child, NULL, 0);
	if (byte != 'x')
		UNIT_SKIP("no pid namespaces for this user");
}
END_TEST

START_TEST(a_lock_is_freed_by_hand_as_it_was_read)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1", "h2" };
	struct store *s = open_at(path), *other = open_at(path);
	struct tx *tx = tx_new();
	struct event_rows events;
	struct lock_rows locks;
	struct err err;

	put_hosts(s, name, 2);
	put_holder(path, "gone", 7, "boot/1", 1);
	must_run(s, locking("h2", RUN));
	ck_assert_int_eq(store_locks(other, "h2", &locks, &err), 0);
	ck_assert(locks.count == 1 && locks.row[0].seen_alive);
	lock_rows_release(&locks);
	store_close(other);
	ck_assert_int_eq(store_locks(s, "h2", &locks, &err), 0);
	ck_assert_int_eq(locks.count, 0); /* our own */
	lock_rows_release(&locks);
	ck_assert_int_eq(store_locks(s, "h1", &locks, &err), 0);
	ck_assert_int_eq(locks.count, 1);
	ck_assert_str_eq(locks.row[0].host, "h1");
	ck_assert_msg(strstr(locks.row[0].holder, "upgrade (pid 7 on gone, user eve, since 2023-"),
		      "%s", locks.row[0].holder);
	ck_assert(!locks.row[0].seen_alive && locks.row[0].run == 3);
	locks.row[0].since_utc_ms++;
	tx_lock_free(tx, &locks.row[0], 5000);
	must_fail(s, tx, ERR_HELD, "not the one");
	locks.row[0].since_utc_ms--;
	tx = tx_new();
	tx_lock_free(tx, &locks.row[0], 5000);
	must_run(s, tx);
	lock_rows_release(&locks);
	must_run(s, locking("h1", OTHER_RUN));
	ck_assert_int_eq(store_events(s, 0, "h1", 10, &events, &err), 0);
	ck_assert_int_eq(events.count, 1);
	ck_assert_msg(strstr(events.row[0].text, "held by upgrade (pid 7 on gone"), "%s",
		      events.row[0].text);
	event_rows_release(&events);
	store_close(s);
}
END_TEST

START_TEST(a_store_that_did_not_register_takes_no_locks)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	struct store *s = store_open(&(struct store_options){ .path = path }, NULL);

	put_hosts(s, name, 1);
	must_fail(s, locking("h1", RUN), ERR_STORE, "registered");
	store_close(s);
}
END_TEST

START_TEST(ids_grow_and_differ)
{
	int64_t before = 0;

	for (int i = 0; i < 10000; i++) {
		int64_t id = store_new_id();

		ck_assert_int_gt(id, before);
		before = id;
	}
}
END_TEST

START_TEST(ids_go_on_from_those_that_are_stored)
{
	int64_t now = store_new_id(), ahead = now + (INT64_C(3600000) << 21);

	ids_follow(ahead);
	ck_assert_int_gt(store_new_id(), ahead);
	ids_follow(now);
	ck_assert_int_gt(store_new_id(), ahead);
	ids_follow(INT64_MAX);          /* none of ours */
	ck_assert_int_lt(store_new_id(), 2 * ahead - now);
}
END_TEST

START_TEST(what_is_made_later_has_the_higher_id)
{
	static const char *const name[] = { "h1" };
	AUTO_FREE char *path = xstrdup(temp_path());
	struct store *s = open_at(path);
	struct event_rows rows;
	struct tx *tx = tx_new();
	struct err err;
	char sql[200];

	put_hosts(s, name, 1);
	tx_event(tx, "h1", 0, "first", "", 3600000);
	must_run(s, tx);
	store_close(s);
	/* as if an hour ahead of now */
	snprintf(sql, sizeof(sql), "update event set id = id + %lld returning id", 3600000LL << 21);
	query_number(path, sql);
	s = open_at(path);
	tx = tx_new();
	tx_event(tx, "h1", 0, "second", "", 1000);
	must_run(s, tx);
	ck_assert_int_eq(store_events(s, 0, NULL, 10, &rows, &err), 0);
	ck_assert_int_eq(rows.count, 2);
	ck_assert_str_eq(rows.row[0].kind, "first");
	ck_assert_str_eq(rows.row[1].kind, "second");
	event_rows_release(&rows);
	store_close(s);
}
END_TEST

UNIT_SUITE(store_change)
{
	Suite *suite = suite_create("store_change");
	TCase *tc = tcase_create("changes");

	tcase_add_test(tc, the_inventory_keeps_ids_and_marks_the_gone);
	tcase_add_test(tc, a_run_is_found_by_name_or_as_last);
	tcase_add_test(tc, a_job_moves_with_its_event_or_not_at_all);
	tcase_add_test(tc, a_run_with_an_unknown_host_is_not_made);
	tcase_add_loop_test(tc, the_trail_is_read_oldest_first, 0, ARRAY_LEN(trails));
	tcase_add_test(tc, one_change_at_a_time_on_a_host);
	tcase_add_loop_test(tc, a_dead_holders_lock_is_taken_over, 0, ARRAY_LEN(holders));
	tcase_add_loop_test(tc, a_run_whose_process_is_gone_died, 0, ARRAY_LEN(holders));
	tcase_add_test(tc, a_lock_held_in_a_container_is_not_stolen);
	tcase_add_test(tc, a_lock_is_freed_by_hand_as_it_was_read);
	tcase_add_test(tc, a_store_that_did_not_register_takes_no_locks);
	tcase_add_test(tc, ids_grow_and_differ);
	tcase_add_test(tc, ids_go_on_from_those_that_are_stored);
	tcase_add_test(tc, what_is_made_later_has_the_higher_id);
	suite_add_tcase(suite, tc);
	return suite;
}
