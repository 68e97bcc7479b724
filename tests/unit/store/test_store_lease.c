/* test_store_lease.c - who may change a host, and whether anybody is at a run. */
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
#include "store/lease.h"

enum { RUN = 9, OTHER_RUN = 10 };

static int64_t epoch;                   /* of the last one that was taken */

static struct tx *taking(const char *host, int64_t run)
{
	struct tx *tx = tx_new();

	tx_lease_take(tx, host, run, &epoch);
	return tx;
}

static struct tx *keeping(const char *host, int64_t run, int64_t of)
{
	struct tx *tx = tx_new();

	tx_lease_keep(tx, host, run, of, false);
	return tx;
}

static struct tx *giving(const char *host, int64_t run, int64_t of)
{
	struct tx *tx = tx_new();

	tx_lease_give(tx, host, run, of);
	return tx;
}

START_TEST(one_change_at_a_time_on_a_host)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1", "h2" };
	struct store *s = open_at(path), *other = open_at(path);

	put_hosts(s, name, 2);
	must_run(s, taking("h1", RUN));
	must_run(s, taking("h1", RUN)); /* our own again */
	ck_assert_int_eq(epoch, 2);
	must_fail(s, giving("h1", RUN, 1), ERR_MOVED, "'h1' is not held by this process any more");
	must_run(other, taking("h2", OTHER_RUN));
	must_fail(other, taking("h1", OTHER_RUN), ERR_HELD, "'h1' is being changed by test (pid ");
	must_fail(other, giving("h1", RUN, 2), ERR_MOVED, "'h1'");      /* not theirs: stays */
	must_fail(other, keeping("h1", RUN, 2), ERR_MOVED, "'h1'");
	must_fail(other, taking("h1", OTHER_RUN), ERR_HELD, "'h1'");
	must_run(s, keeping("h1", RUN, 2));
	must_run(s, giving("h1", RUN, 2));
	must_fail(s, keeping("h1", RUN, 2), ERR_MOVED, "'h1'");
	must_run(other, taking("h1", OTHER_RUN));
	ck_assert_int_eq(epoch, 3);
	store_close(other);
	must_run(s, taking("h1", RUN)); /* it left without giving it back */
	store_close(s);
}
END_TEST

static struct tx *renewing(void)
{
	struct tx *tx = tx_new();

	tx_leases_renew(tx);
	return tx;
}

/* By the clock of this boot; who comes back finds out. */
START_TEST(a_lease_ends_when_nobody_renews_it)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1", "h2" };
	struct store *s = open_at(path), *other = open_at(path);
	struct lease_rows leases;
	struct err err;

	put_hosts(s, name, 2);
	must_run(s, taking("h1", RUN));
	must_run(s, taking("h2", RUN));
	for (int i = 0; i < 3; i++) {
		unit_clock_turn(LEASE_MS - 10 * SECOND_MS);
		must_run(s, i == 2 ? keeping("h1", RUN, 1) : renewing());
	}
	must_fail(other, taking("h1", OTHER_RUN), ERR_HELD, "'h1'");
	unit_clock_turn(20 * SECOND_MS);
	must_fail(other, taking("h1", OTHER_RUN), ERR_HELD, "'h1'");
	must_run(other, taking("h2", OTHER_RUN));       /* a check is of one host */
	must_fail(s, keeping("h2", RUN, 1), ERR_MOVED, "its lease was over, or freed");
	unit_clock_turn(LEASE_MS);
	ck_assert_int_eq(store_leases(other, NULL, &leases, &err), 0);
	ck_assert_int_eq(leases.count, 0);
	lease_rows_release(&leases);
	must_run(s, renewing());        /* nobody took it: it goes on */
	must_run(s, keeping("h1", RUN, 1));
	must_fail(other, taking("h1", OTHER_RUN), ERR_HELD, "'h1'");
	must_fail(s, keeping("h2", RUN, 1), ERR_MOVED, "'h2'");
	store_close(other);
	store_close(s);
}
END_TEST

/* Of another boot no clock says anything: a container may have a boot id of its own. */
START_TEST(a_lease_of_another_boot_stays)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	struct store *s = open_at(path), *other = open_at(path);
	struct lease_rows leases;
	struct err err;

	put_hosts(s, name, 1);
	must_run(s, taking("h1", RUN));
	query_number(path, "update lease set boot = 'another' returning 1");
	unit_clock_turn(100 * LEASE_MS);
	must_fail(other, taking("h1", OTHER_RUN), ERR_HELD, "'h1'");
	ck_assert_int_eq(store_leases(other, NULL, &leases, &err), 0);
	ck_assert_int_eq(leases.count, 1);
	ck_assert(!leases.row[0].ends);
	lease_rows_release(&leases);
	store_close(s);                 /* dead, which the process table shows */
	must_run(other, taking("h1", OTHER_RUN));
	store_close(other);
}
END_TEST

/* clang-format off */
static const struct { const char *label, *a, *b, *computer; bool same; } names[] = {
	{ "one server",                   "aa bb cc", "aa bb cc", "WEB", true },
	{ "in another case",              "aa bb cc", "aa bb -",  "web", true },
	{ "one id is not enough",         "aa bb cc", "aa - -",   "WEB", false },
	{ "made from one image",          "aa bb cc", "dd bb cc", "DB",  false },
	{ "of which nobody knows",        "",         "",         "WEB", false },
};
/* clang-format on */

START_TEST(two_names_of_one_server_are_one)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1", "h2" };
	struct store *s = open_at(path), *other = open_at(path);
	AUTO_FREE char *sql = xasprintf(
		"update host set machine_known = case name when 'h1' then '%s' else '%s' end, "
		"computer = case name when 'h1' then 'WEB' else '%s' end returning 1",
		names[_i].a, names[_i].b, names[_i].computer);
	struct host_rows rows;
	struct lease_rows leases;
	struct err err;

	put_hosts(s, name, 2);
	query_number(path, sql);
	must_run(s, taking("h1", RUN));
	ck_assert_int_eq(store_leases(other, NULL, &leases, &err), 0);
	ck_assert_int_eq(store_hosts(other, "h2", 0, &rows, &err), 0);
	ck_assert_msg(lease_is_of(&leases.row[0], &rows.row[0]) == names[_i].same, "%s",
		      names[_i].label);
	host_rows_release(&rows);
	lease_rows_release(&leases);
	if (names[_i].same) {
		must_fail(other, taking("h2", RUN), ERR_HELD,
			  "'h2' is being changed, as 'h1', by test (");
		must_fail(s, taking("h2", RUN), ERR_HELD, "'h2' is the same server as 'h1'");
		must_run(s, giving("h1", RUN, epoch));
	}
	must_run(other, taking("h2", RUN));
	store_close(other);
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
	query_number(path, "insert into lease (host, run, process, epoch, boot, until_ms, "
			   "since_utc_ms) select id, 3, 5, 1, 'boot', 1, 1700000000000 from host "
			   "where name = 'h1' returning 1");
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

START_TEST(a_dead_holders_host_is_taken_over)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	struct store *s = open_at(path);

	put_hosts(s, name, 1);
	put_holder(path, holders[_i].machine, getpid(), holders[_i].started, holders[_i].space);
	if (holders[_i].held)
		must_fail(s, taking("h1", RUN), ERR_HELD, "upgrade (pid ");
	else
		must_run(s, taking("h1", RUN));
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
	struct store_run_row run = {
		.id = RUN, .name = "r", .options = "{}", .begun_utc_ms = 5000
	};
	struct tx *tx = tx_new();
	char holder[80];

	put_hosts(s, name, 2);
	tx_run_create(tx, &run, NULL, 0);
	must_run(s, tx);
	tx = tx_new();
	put_holder(path, holders[_i].machine, getpid(), holders[_i].started, holders[_i].space);
	ck_assert_int_eq(life_with(path, s, store_process(s), holder), RUN_LIFE_AT_WORK);
	ck_assert_int_eq(life_with(path, s, 5, holder),
			 holders[_i].held ? RUN_LIFE_NOT_KNOWN : RUN_LIFE_DIED);
	ck_assert_ptr_nonnull(strstr(holder, "user eve"));
	ck_assert_int_eq(life_with(path, s, 6, holder), RUN_LIFE_DIED);
	ck_assert_str_eq(holder, "");
	/* of before this was noted */
	ck_assert_int_eq(life_with(path, s, 0, holder), RUN_LIFE_NOT_KNOWN);
	tx_run_state(tx, &run, RUN_STATE_HALTED, 7000);
	must_run(s, tx);
	ck_assert_int_eq(query_number(path, "select process from run"), 0);
	ck_assert_int_eq(life_with(path, s, 5, holder), RUN_LIFE_ENDED);
	tx = tx_new();
	run.version++;
	tx_run_state(tx, &run, RUN_STATE_RUNNING, 8000);
	must_run(s, tx);
	ck_assert_int_eq(query_number(path, "select process from run"), store_process(s));
	store_close(s);
}
END_TEST

/* In a pid namespace of its own with its own /proc, as in a container: takes h1, says
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
			must_run(open_at(path), taking("h1", RUN));
		if (write(ready, &byte, 1) == 1)
			(void)!read(leave, &byte, 1);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	_exit(0);
}

START_TEST(a_host_held_in_a_container_is_not_stolen)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	struct lease_rows leases;
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
		must_fail(s, taking("h1", OTHER_RUN), ERR_HELD, "of another container on ");
		ck_assert_int_eq(store_leases(s, NULL, &leases, &err), 0);
		ck_assert_int_eq(leases.count, 1);
		ck_assert(!leases.row[0].seen_alive);
		lease_rows_release(&leases);
		store_close(s);
	}
	close(leave[1]);
	waitpid(child, NULL, 0);
	if (byte != 'x')
		UNIT_SKIP("no pid namespaces for this user");
}
END_TEST

START_TEST(a_host_is_freed_by_hand_as_it_was_read)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1", "h2" };
	struct store *s = open_at(path), *other = open_at(path);
	struct tx *tx = tx_new();
	struct event_rows events;
	struct lease_rows leases;
	struct err err;

	put_hosts(s, name, 2);
	put_holder(path, "gone", 7, "boot/1", 1);
	must_run(s, taking("h2", RUN));
	ck_assert_int_eq(store_leases(other, "h2", &leases, &err), 0);
	ck_assert(leases.count == 1 && leases.row[0].seen_alive);
	lease_rows_release(&leases);
	store_close(other);
	ck_assert_int_eq(store_leases(s, "h2", &leases, &err), 0);
	ck_assert_int_eq(leases.count, 0); /* our own */
	lease_rows_release(&leases);
	ck_assert_int_eq(store_leases(s, "h1", &leases, &err), 0);
	ck_assert_int_eq(leases.count, 1);
	ck_assert_str_eq(leases.row[0].host, "h1");
	ck_assert_msg(strstr(leases.row[0].holder, "upgrade (pid 7 on gone, user eve, since 2023-"),
		      "%s", leases.row[0].holder);
	ck_assert(!leases.row[0].seen_alive && leases.row[0].run == 3);
	leases.row[0].epoch++;
	tx_lease_free(tx, &leases.row[0], 5000);
	must_fail(s, tx, ERR_HELD, "not the one");
	leases.row[0].epoch--;
	tx = tx_new();
	tx_lease_free(tx, &leases.row[0], 5000);
	must_run(s, tx);
	lease_rows_release(&leases);
	must_run(s, taking("h1", OTHER_RUN));
	ck_assert_int_eq(store_events(s, 0, "h1", 10, &events, &err), 0);
	ck_assert_int_eq(events.count, 1);
	ck_assert_msg(strstr(events.row[0].text, "held by upgrade (pid 7 on gone"), "%s",
		      events.row[0].text);
	event_rows_release(&events);
	store_close(s);
}
END_TEST

static struct tx *in_no_hands(int64_t run)
{
	struct tx *tx = tx_new();

	tx_lease_none(tx, run, "plan 'night'");
	return tx;
}

/* Asked in the transaction that ends what others would be at. */
START_TEST(whose_hosts_others_have_is_told)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1", "h2" };
	struct store *s = open_at(path), *other = open_at(path);

	put_hosts(s, name, ARRAY_LEN(name));
	must_run(s, in_no_hands(RUN));
	must_run(s, taking("h1", RUN));
	must_run(other, taking("h2", OTHER_RUN));
	must_run(s, in_no_hands(RUN));          /* our own, and another's of another run */
	must_fail(other, in_no_hands(RUN), ERR_HELD, "hosts of plan 'night' are held by ");
	must_fail(s, in_no_hands(OTHER_RUN), ERR_HELD, "hosts of plan 'night' are held by ");
	store_close(other);
	must_run(s, in_no_hands(OTHER_RUN));    /* it is gone */
	store_close(s);
}
END_TEST

START_TEST(a_store_that_did_not_register_takes_no_host)
{
	AUTO_FREE char *path = xstrdup(temp_path());
	static const char *const name[] = { "h1" };
	struct store *s = store_open(&(struct store_options){ .path = path }, NULL);

	put_hosts(s, name, 1);
	must_fail(s, taking("h1", RUN), ERR_STORE, "registered");
	store_close(s);
}
END_TEST

UNIT_SUITE(store_lease)
{
	Suite *suite = suite_create("store_lease");
	TCase *tc = tcase_create("leases");

	tcase_add_test(tc, one_change_at_a_time_on_a_host);
	tcase_add_test(tc, a_lease_ends_when_nobody_renews_it);
	tcase_add_test(tc, a_lease_of_another_boot_stays);
	tcase_add_loop_test(tc, two_names_of_one_server_are_one, 0, ARRAY_LEN(names));
	tcase_add_loop_test(tc, a_dead_holders_host_is_taken_over, 0, ARRAY_LEN(holders));
	tcase_add_loop_test(tc, a_run_whose_process_is_gone_died, 0, ARRAY_LEN(holders));
	tcase_add_test(tc, a_host_held_in_a_container_is_not_stolen);
	tcase_add_test(tc, a_host_is_freed_by_hand_as_it_was_read);
	tcase_add_test(tc, whose_hosts_others_have_is_told);
	tcase_add_test(tc, a_store_that_did_not_register_takes_no_host);
	suite_add_tcase(suite, tc);
	return suite;
}
