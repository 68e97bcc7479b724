/* test_door.c - where doors are, who may enter, and one where no descriptor is left for who comes
 * in. What goes through them is seen in scenarios. */
#include "transport/winrm/door.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/transport/calls.h"
#include "tests/unit/unit.h"
#include "transport/session.h"

enum { PATH_MOST = sizeof((struct sockaddr_un *)0)->sun_path - 1, NUMBERS = 11 };

static const struct endpoint via = { .name = "gate", .address = "127.0.0.1", .port = 22 };

static void wake(void *woken)
{
	*(bool *)woken = true;
}

static struct door *open_one(struct calls *c, bool *woken)
{
	struct err err;
	struct door *d = door_open(
		c->transport,
		&(struct door_to){
			.via = &via, .address = "web01", .port = 5986, .wake = wake, .ctx = woken },
		&err);

	ck_assert_msg(d, "%s", err.msg);
	return d;
}

/* A folder whose name is so long, below that of this test. */
static char *folder_of(size_t len)
{
	const char *above = unit_folder();
	size_t rest = len - strlen(above) - 1;
	char *name = xasprintf("%s/%0*d", above, (int)rest, 0);

	ck_assert_uint_eq(strlen(name), len);
	mkdir(name, 0755);
	return name;
}

/* With "/marshal-XXXXXX" behind it and the longest number of a door. */
static const struct {
	const char *label;
	size_t len;             /* of TMPDIR; 0: none */
	bool taken;
} folders[] = {
	{ "none", 0, false },
	{ "the longest that can be", PATH_MOST - 15 - NUMBERS, true },
	{ "one that is longer", PATH_MOST - 15 - NUMBERS + 1, false },
	{ "a very long one", 240, false },
};

START_TEST(a_door_is_in_a_folder_of_ours_alone)
{
	AUTO_FREE char *tmp = folders[_i].len ? folder_of(folders[_i].len) : NULL;
	AUTO_FREE char *folder = NULL;
	struct calls c;
	struct door *d;
	struct stat st;
	bool woken;

	umask(0);
	if (tmp)
		setenv("TMPDIR", tmp, 1);
	else
		unsetenv("TMPDIR");
	calls_begin(&c, NULL);
	d = open_one(&c, &woken);
	ck_assert_uint_le(strlen(door_path(d)) - 2 + NUMBERS, PATH_MOST);
	folder = xstrndup(door_path(d), (size_t)(strrchr(door_path(d), '/') - door_path(d)));
	ck_assert_msg((strncmp(folder, tmp ? tmp : "/tmp", strlen(tmp ? tmp : "/tmp")) == 0) ==
			      (folders[_i].taken || !tmp),
		      "%s: %s", folders[_i].label, folder);
	ck_assert_int_eq(stat(folder, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 0700);
	ck_assert_uint_eq(st.st_uid, geteuid());
	ck_assert_int_eq(stat(door_path(d), &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	door_close(d);
	calls_end(&c);
	ck_assert_int_ne(stat(folder, &st), 0);
}
END_TEST

static int come_in(const struct door *d)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", door_path(d));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* All numbers below it are taken: the next descriptor is one too many. */
static void no_more_descriptors(void)
{
	int lowest = dup(STDERR_FILENO);
	struct rlimit files;

	close(lowest);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = (rlim_t)lowest;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
}

static void nothing(uv_timer_t *timer)
{
	(void)timer;
}

START_TEST(who_finds_no_descriptor_left_is_told_so)
{
	bool woken = false;
	uv_timer_t timer;
	struct calls c;
	struct door *d;
	struct err err;
	char byte;
	int fd;

	calls_begin(&c, NULL);
	uv_timer_init(&c.loop, &timer);
	uv_timer_start(&timer, nothing, 60000, 0);
	d = open_one(&c, &woken);
	fd = come_in(d);
	ck_assert_int_eq(door_way(d, &err), TURN_WAIT);
	no_more_descriptors();
	uv_run(&c.loop, UV_RUN_NOWAIT);
	ck_assert(woken);
	ck_assert_int_eq(door_way(d, &err), TURN_FAILED);
	ck_assert_int_eq(err.code, FAULT_NO_ANSWER);
	ck_assert_msg(strstr(err.msg, "Too many open files"), "%s", err.msg);
	ck_assert(!door_host_failed(d));
	ck_assert_int_le(recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK), 0);
	ck_assert_int_ne(errno, EAGAIN);
	/* and the loop has nothing to do by that */
	uv_run(&c.loop, UV_RUN_NOWAIT);
	ck_assert_int_eq(
		poll(&(struct pollfd){ .fd = uv_backend_fd(&c.loop), .events = POLLIN }, 1, 0), 0);
	close(fd);
	door_close(d);
	uv_close((uv_handle_t *)&timer, NULL);
	calls_end(&c);
}
END_TEST

UNIT_SUITE(door)
{
	Suite *s = suite_create("door");
	TCase *tc = tcase_create("door");

	tcase_add_loop_test(tc, a_door_is_in_a_folder_of_ours_alone, 0, ARRAY_LEN(folders));
	tcase_add_test(tc, who_finds_no_descriptor_left_is_told_so);
	suite_add_tcase(s, tc);
	return s;
}
