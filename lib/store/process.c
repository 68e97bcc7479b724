/* process.c - who is at work. A pid alone does not name a process: it is used again, after a boot
 * from the start, and in each pid namespace it is another one. So each row has with it the boot id,
 * the start tick of /proc/PID/stat, and the namespace, which each process tells of itself: of
 * another's only root could ask. */
#include "store/process.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

enum { PROC_TEXT = 1024, HOLDERS_MAX = 400 };

static bool read_small(const char *path, char out[PROC_TEXT])
{
	AUTO_FCLOSE FILE *f = fopen(path, "re");
	size_t len = f ? fread(out, 1, PROC_TEXT - 1, f) : 0;

	while (len > 0 && out[len - 1] == '\n')
		len--;
	out[len] = '\0';
	return len > 0;
}

bool boot_name(char out[BOOT_TEXT])
{
	char text[PROC_TEXT];
	bool known = read_small("/proc/sys/kernel/random/boot_id", text);

	snprintf(out, BOOT_TEXT, "%.*s", BOOT_TEXT - 1, known ? text : "");
	return *out != '\0';
}

/* "BOOT/TICK" of "self" or of a pid, NULL when there is no such process. Yours: free() it. */
static char *started_at(const char *who)
{
	enum { FIELD_START = 22, FIELD_AFTER_NAME = 3 };
	char boot[BOOT_TEXT], stat[PROC_TEXT], path[64];
	char *p;

	snprintf(path, sizeof(path), "/proc/%s/stat", who);
	if (!read_small(path, stat) || !boot_name(boot))
		return NULL;
	/* The program's name stands in brackets and may hold blanks and brackets itself. */
	p = strrchr(stat, ')');
	if (!p || p[1] != ' ' || p[2] == 'Z' || p[2] == 'X')
		return NULL;
	p += 2;
	for (int field = FIELD_AFTER_NAME; field < FIELD_START; field++) {
		p = strchr(p, ' ');
		if (!p)
			return NULL;
		p++;
	}
	return xasprintf("%s/%.*s", boot, (int)strcspn(p, " "), p);
}

static int64_t own_pid_space(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 ? (int64_t)st.st_ino : 0;
}

/* Whether /proc shows the pids that we know: in a new namespace the old one's may still be
 * mounted. */
static bool proc_is_ours(void)
{
	char link[32];
	ssize_t len = readlink("/proc/self", link, sizeof(link) - 1);

	if (len < 0)
		return false;
	link[len] = '\0';
	return strtoll(link, NULL, 10) == getpid();
}

void machine_name(char out[256])
{
	if (gethostname(out, 255) != 0)
		snprintf(out, 256, "unknown");
	out[255] = '\0';
}

struct process_row process_read(struct rows *rows)
{
	return (struct process_row){ .id = db_int(rows, 0),
				     .machine = db_text(rows, 1),
				     .pid = db_int(rows, 2),
				     .started = db_text(rows, 3),
				     .user = db_text(rows, 4),
				     .command = db_text(rows, 5),
				     .since_utc_ms = db_time(rows, 6),
				     .pid_space = db_int(rows, 7) };
}

static bool is_of_this_boot(const char *started)
{
	char boot[BOOT_TEXT];

	return !boot_name(boot) ||
	       (strncmp(started, boot, strlen(boot)) == 0 && started[strlen(boot)] == '/');
}

enum process_life process_life(const struct process_row *p)
{
	int64_t space = own_pid_space();
	char here[256], who[32];
	AUTO_FREE char *now = NULL;

	machine_name(here);
	if (strcmp(p->machine, here) != 0 || !space)
		return PROCESS_UNSEEN;
	/* Older versions wrote no namespace: of another boot they are gone all the same. */
	if (p->pid_space == 0 && !is_of_this_boot(p->started))
		return PROCESS_DEAD;
	if (p->pid_space != space)
		return PROCESS_UNSEEN;
	if (p->pid <= 0 || p->pid > INT32_MAX)
		return PROCESS_DEAD;    /* no process has such a pid */
	snprintf(who, sizeof(who), "%d", (int)p->pid);
	if (proc_is_ours())
		now = started_at(who);
	if (now)
		return strcmp(now, p->started) == 0 ? PROCESS_SEEN : PROCESS_DEAD;
	/* /proc may be mounted so that it hides the processes of others (hidepid), or be another
	 * namespace's. */
	return kill((pid_t)p->pid, 0) == 0 || errno == EPERM ? PROCESS_UNSEEN : PROCESS_DEAD;
}

static int sweep(struct db *db, struct err *err)
{
	struct rows *rows = db_query(db, SQL_PROCESS_LIST, NO_VALUES, err);
	AUTO_FREE int64_t *dead = NULL;
	int count = 0, cap = 0, r;

	if (!rows)
		return -1;
	while ((r = db_next(rows, err)) == 1) {
		struct process_row p = process_read(rows);

		if (process_life(&p) != PROCESS_DEAD)
			continue;
		MEM_GROW(dead, count, cap);
		dead[count++] = p.id;
	}
	for (int i = 0; i < count && r == 0; i++) {
		if (db_run(db, SQL_PROCESS_DROP, VALUES(INT(dead[i])), err) < 0)
			r = -1;
	}
	return r;
}

int process_register(struct db *db, const char *command, int64_t *out_id, struct err *err)
{
	AUTO_FREE char *started = started_at("self");
	int64_t id = store_new_id();
	char machine[256];

	machine_name(machine);
	if (db_begin(db, false, err) != 0)
		return -1;
	if (sweep(db, err) == 0 &&
	    db_run(db, SQL_PROCESS_ADD,
		   VALUES(INT(id), TEXT(machine), INT(getpid()), TEXT(started ? started : ""),
			  TEXT(store_actor()), TEXT(command), INT(clock_utc_ms()),
			  INT(own_pid_space())),
		   err) >= 0 &&
	    db_commit(db, err) == 0) {
		*out_id = id;
		return 0;
	}
	db_rollback(db);
	return err_in(err, "registering this process");
}

int process_leave(struct db *db, int64_t id, struct err *err)
{
	if (db_begin(db, false, err) != 0)
		return -1;
	if (db_run(db, SQL_PROCESS_DROP, VALUES(INT(id)), err) >= 0 && db_commit(db, err) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

char *process_describe(const struct process_row *p, int64_t since_utc_ms)
{
	int64_t space = own_pid_space();
	char since[CLOCK_TEXT], here[256];
	bool other;

	machine_name(here);
	other = p->pid_space && space && p->pid_space != space && strcmp(p->machine, here) == 0;
	return xasprintf("%s (pid %lld %son %s, user %s, since %s)", p->command, (long long)p->pid,
			 other ? "of another container " : "", p->machine, p->user,
			 clock_format_utc(since_utc_ms, since));
}

/* Where the table cannot be read (it may not be there yet) nobody is named. */
static void holders(struct db *db, int64_t own, struct buf *out)
{
	struct rows *rows = db_query(db, SQL_PROCESS_LIST, NO_VALUES, NULL);

	while (rows && db_next(rows, NULL) == 1) {
		struct process_row p = process_read(rows);

		if (p.id == own || process_life(&p) == PROCESS_DEAD)
			continue;

		AUTO_FREE char *who = process_describe(&p, p.since_utc_ms);

		/* One too many for the message is left out whole. */
		if (buf_addf(out, "%s%s", *buf_text(out) ? ", " : "", who) != 0)
			continue;
	}
}

int process_name_holders(struct db *db, int64_t own, int64_t waited_ms, struct err *err)
{
	char waited[CLOCK_TEXT];
	struct err first = *err;
	struct buf who;

	buf_init(&who, HOLDERS_MAX);
	holders(db, own, &who);
	clock_format_duration(waited_ms, waited);
	if (*buf_text(&who))
		err_set(err, ERR_BUSY, "the database was locked for %s; at work on it: %s", waited,
			buf_text(&who));
	else
		err_set(err, ERR_BUSY, "%s for %s, by a program that did not register", first.msg,
			waited);
	err_hint(err, "wait for it to end, then repeat the command");
	buf_release(&who);
	return -1;
}

/* Filled once by find_actor(): the process does not change hands. */
static char actor[256];

static void user_name(uid_t uid, char *out, size_t size)
{
	char buf[4096];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(uid, &entry, buf, sizeof(buf), &found) == 0 && found)
		snprintf(out, size, "%s", found->pw_name);
	else
		snprintf(out, size, "uid %lu", (unsigned long)uid);
}

static void find_actor(void)
{
	const char *sudo = getenv("SUDO_USER");
	char text[PROC_TEXT], *end;
	unsigned long uid;

	/* All ones: nobody signed in (a container, a service). */
	if (read_small("/proc/self/loginuid", text)) {
		uid = strtoul(text, &end, 10);
		if (!*end && uid != 0xffffffffUL) {
			user_name((uid_t)uid, actor, sizeof(actor));
			return;
		}
	}
	if (sudo && *sudo)
		snprintf(actor, sizeof(actor), "%s", sudo);
	else
		user_name(getuid(), actor, sizeof(actor));
}

const char *store_actor(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_actor);
	return actor;
}
