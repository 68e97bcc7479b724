/* unit.c - the unit tests' main: collects the suites that registered themselves, gives them
 * temporary folders and removes those at the end. CK_TAP_LOG_FILE_NAME makes a TAP log. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

enum { SUITES_MAX = 200 };

static Suite *(*suites[SUITES_MAX])(void);
static int suite_count;
static char root[4096];         /* holds every folder; made before the first test forks */
static pid_t root_owner;
static int64_t clock_turned_ms;

void unit_register(Suite *(*make)(void))
{
	if (suite_count == SUITES_MAX)
		abort();
	suites[suite_count++] = make;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Tests run in children: those must leave the folders to the parent. */
static void remove_root(void)
{
	if (getpid() == root_owner)
		nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_root(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(root, sizeof(root), "%s/marshal-check-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(root)) {
		perror(root);
		exit(1);
	}
	root_owner = getpid();
	atexit(remove_root);
}

void unit_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

char *unit_read(const char *path)
{
	struct err err;
	size_t len;
	char *text = file_read(path, 1 << 20, &len, &err);

	ck_assert_msg(text != NULL, "%s", err.msg);
	return text;
}

void unit_clock_turn(int64_t ms)
{
	clock_turned_ms += ms;
}

/* What all of the program calls in the place of these two (the linker's --wrap). */
int64_t __real_clock_now_ms(void);
int64_t __wrap_clock_now_ms(void);

int64_t __wrap_clock_now_ms(void)
{
	return __real_clock_now_ms() + clock_turned_ms;
}

int64_t __real_clock_boot_ms(void);
int64_t __wrap_clock_boot_ms(void);

int64_t __wrap_clock_boot_ms(void)
{
	return __real_clock_boot_ms() + clock_turned_ms;
}

const char *unit_folder(void)
{
	static char folder[sizeof(root) + 16];

	snprintf(folder, sizeof(folder), "%s/XXXXXX", root);
	if (!mkdtemp(folder))
		ck_abort_msg("cannot make '%s'", folder);
	return folder;
}

void unit_skip(const char *test, const char *why)
{
	int len = (int)strlen(test);

	/* Check names the function of a test `name_fn` */
	if (len > 3 && strcmp(test + len - 3, "_fn") == 0)
		len -= 3;

	printf("skip - %.*s: %s\n", len, test, why);
	fflush(stdout);
}

/* UNIT_PART=1/2 in the environment: the first of two halves of all suites, for two processors. */
static void read_part(int *out_part, int *out_parts)
{
	const char *text = getenv("UNIT_PART");

	*out_part = *out_parts = 1;
	if (text && (sscanf(text, "%d/%d", out_part, out_parts) != 2 || *out_part < 1 ||
		     *out_part > *out_parts)) {
		fprintf(stderr, "UNIT_PART is not PART/PARTS: %s\n", text);
		exit(2);
	}
}

#ifdef __SANITIZE_ADDRESS__
static void catch_wrong_addresses(void)
{
	/* the sanitizer tells by itself */
}
#else
static int said_to = -1;        /* the runner's standard error, whatever a test makes of its own */

static void tell_where(int number)
{
	void *frames[64];

	backtrace_symbols_fd(frames, backtrace(frames, ARRAY_LEN(frames)), said_to);
	raise(number);          /* by default now: it ends the child, and is what Check tells */
}

/* A test that dies of a wrong address says where. */
static void catch_wrong_addresses(void)
{
	static char stack[64 * 1024];
	stack_t other = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = tell_where,
				    .sa_flags = SA_ONSTACK | (int)SA_RESETHAND | SA_NODEFER };
	void *frame;

	said_to = fcntl(2, F_DUPFD_CLOEXEC, 100);
	backtrace(&frame, 1);   /* loads what it needs while memory is sound */
	if (said_to < 0 || sigaltstack(&other, NULL) || sigaction(SIGSEGV, &action, NULL) ||
	    sigaction(SIGBUS, &action, NULL)) {
		perror("unit tests");
		exit(1);
	}
}
#endif

int main(void)
{
	SRunner *runner = srunner_create(NULL);
	int failed, part, parts;

	signal(SIGPIPE, SIG_IGN);
	setenv("CK_DEFAULT_TIMEOUT", "60", 0);  /* a test that hangs, not a slow machine */
	log_set_level(LOG_WARN);        /* each store that a test makes is a new database */
	catch_wrong_addresses();
	make_root();
	read_part(&part, &parts);
	for (int i = 0; i < suite_count; i++)
		if (i % parts == part - 1)
			srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
