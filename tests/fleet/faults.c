/* faults.c - what goes wrong around an answer: words of faults.OP in the state, and how each is
 * played. Faults inside an operation (a service that does not stop) belong to the operation. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/fleet/fleet.h"
#include "tests/fleet/play.h"

enum {
	FLOOD_BYTES = 100 << 20, GARBAGE_BYTES = 8192, EXIT_LANGUAGE_MODE = 64,
	GATE_LOOK_MS = 20, GATE_MS = 5 * 60 * 1000
};

/* clang-format off */
const struct fault_word fault_words[] = {
	{ "refuse",        F_REFUSE,        "PowerShell ends with an error of its own" },
	{ "no-powershell", F_NO_POWERSHELL, "there is no powershell.exe" },
	{ "blocked",       F_BLOCKED,       "the antivirus program stops the script" },
	{ "access-denied", F_ACCESS_DENIED, "the account may not run it" },
	{ "constrained",   F_CONSTRAINED,   "as powershell.language_mode=ConstrainedLanguage" },
	{ "failed",        F_FAILED,        "a step answers code failed, and did nothing" },
	{ "hang",          F_HANG,          "takes the request and never says a word" },
	{ "die",           F_DIE,           "is killed in the middle of its work" },
	{ "reboot",        F_REBOOT,        "the server restarts in the middle (away_s)" },
	{ "drop",          F_DROP,          "the connection is cut in the middle" },
	{ "drop-first",    F_DROP_FIRST,    "the connection is cut before anything is done" },
	{ "drop-last",     F_DROP_LAST,     "the connection is cut once all is done, amid the answer" },
	{ "cut",           F_CUT,           "ends without the end marker" },
	{ "garbage",       F_GARBAGE,       "8 KB of any bytes" },
	{ "flood",         F_FLOOD,         "100 MB of lines" },
	{ "flood-line",    F_FLOOD_LINE,    "100 MB in one line" },
	{ "flood-stderr",  F_FLOOD_STDERR,  "100 MB of error output before the answer" },
	{ "wrong-nonce",   F_WRONG_NONCE,   "markers of another call" },
	{ "non-utf8",      F_NON_UTF8,      "a line that is not UTF-8 before the others" },
	{ "banner",        F_BANNER,        "a banner before the answer" },
	{ "progress-noise", F_NOISE,        "progress records after the answer" },
	{ "shell",         F_SHELL,         "PowerShell is the default shell, and transcribes by policy" },
	{ "once",          F_ONCE,          "the other words beside it hold for one call" },
	{ NULL, 0, NULL }
};
/* clang-format on */

static int one_word(struct play *p, const char *word, size_t len, struct err *err)
{
	if (len > 5 && strncmp(word, "slow:", 5) == 0) {
		p->slow_ms = strtoll(word + 5, NULL, 10);
		return 0;
	}
	for (const struct fault_word *w = fault_words; w->word; w++) {
		if (strlen(w->word) == len && strncmp(w->word, word, len) == 0) {
			p->faults |= w->bit;
			return 0;
		}
	}
	return err_set(err, ERR_USAGE, "no fault is called '%.*s'", (int)len, word);
}

static int words_of(struct play *p, const char *list, struct err *err)
{
	while (list && *list) {
		size_t len = strcspn(list, ",");

		if (len && one_word(p, list, len, err) != 0)
			return -1;
		list += len + (list[len] == ',');
	}
	return 0;
}

/* The words of this operation have been heard. */
static int only_once(struct play *p, struct err *err)
{
	if (state_begin(p->state, err) != 0)
		return -1;
	json_object_del(state_get(p->state->root, "faults"), p->op);
	return state_commit(p->state, err);
}

int play_faults(struct play *p, struct err *err)
{
	const json_t *faults = json_object_get(p->state->root, "faults");
	const char *mode = state_text(p->state->root, "powershell.language_mode");

	if (mode && strcmp(mode, "FullLanguage") != 0)
		p->faults |= F_CONSTRAINED;
	if (words_of(p, json_string_value(json_object_get(faults, "all")), err) != 0)
		return err_in(err, "faults.all");
	if (words_of(p, json_string_value(json_object_get(faults, p->op)), err) != 0)
		return err_in(err, "faults.%s", p->op);
	return p->faults & F_ONCE ? only_once(p, err) : 0;
}

static void flood(FILE *f, bool lines)
{
	static const char filler[] =
		"{\"fact\": \"noise\", \"ms\": 0, \"value\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}";

	for (size_t sent = 0; sent < FLOOD_BYTES && !ferror(f); sent += sizeof(filler)) {
		fputs(filler, f);
		fputs(lines ? "\n" : " ", f);
	}
	fflush(f);
}

static void garbage(void)
{
	unsigned x = 2463534242u;       /* the same bytes each time: a failure can be repeated */

	for (int i = 0; i < GARBAGE_BYTES; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		putchar((int)(x & 0xff));
	}
	fflush(stdout);
}

static int said(const char *text, const char *id, int status)
{
	fprintf(stderr, "%s\r\n", text);
	if (id)
		fprintf(stderr, "    + FullyQualifiedErrorId : %s\r\n", id);
	return status;
}

/* Until the other side has gone: sshd tells a command without a terminal nothing. */
void play_hang(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };
	pid_t parent = getppid();

	fflush(stdout);
	while (poll(&out, 1, 500) == 0 && getppid() == parent)
		;
	_exit(1);
}

static bool is_sshd(pid_t pid)
{
	AUTO_FREE char *path = xasprintf("/proc/%d/comm", (int)pid);
	AUTO_FCLOSE FILE *f = fopen(path, "re");
	char name[32] = "";

	return f && fgets(name, sizeof(name), f) && strncmp(name, "sshd", 4) == 0;
}

/* Behind winrmhost it is asked to, on the descriptor that it names; false elsewhere. */
static bool ask_for_cut(void)
{
	const char *line = getenv("MARSHAL_LINE");

	return line && write((int)strtol(line, NULL, 10), "x", 1) == 1;
}

/* Behind sshd the parent is this connection's: scripts/fleet has its shell exec simhost. Once that
 * has gone it is the fleet's keeper, or whoever has its number: then there is no line to cut. */
static void cut_line(void)
{
	pid_t parent = getppid();
	int line = ask_for_cut() ? -1 : (int)syscall(SYS_pidfd_open, parent, 0);

	/* still our parent after line was opened: line is it, whatever ends in between */
	if (line >= 0 && is_sshd(parent) && getppid() == parent)
		syscall(SYS_pidfd_send_signal, line, SIGKILL, NULL, 0);
	if (line >= 0)
		close(line);
}

static void dead(const struct play *p, bool line_too)
{
	fflush(stdout);
	if (line_too && p->served)
		cut_line();
	raise(SIGKILL);
}

bool play_instead(struct play *p, int *out_status)
{
	unsigned f = p->faults;

	play_sleep(p->slow_ms);
	if (f & F_DROP_FIRST)
		dead(p, true);
	if (f & F_HANG)
		play_hang();
	if (f & F_FLOOD_STDERR)
		flood(stderr, true);
	*out_status = 0;
	if (f & F_GARBAGE) {
		garbage();
	} else if (f & (F_FLOOD | F_FLOOD_LINE)) {
		play_begin(p);
		flood(stdout, f & F_FLOOD);
		play_end(p);
	} else if (f & F_CONSTRAINED) {
		const char *mode = state_text(p->state->root, "powershell.language_mode");

		printf("<<<answer language-mode %s>>>\r\n",
		       mode && strcmp(mode, "FullLanguage") != 0 ? mode : "ConstrainedLanguage");
		*out_status = EXIT_LANGUAGE_MODE;
	} else if (f & F_NO_POWERSHELL) {
		*out_status = said(play_text(p, TEXT_NO_POWERSHELL), NULL, 1);
	} else if (f & F_BLOCKED) {
		*out_status =
			said(play_text(p, TEXT_BLOCKED), "ScriptContainedMaliciousContent", 1);
	} else if (f & F_ACCESS_DENIED) {
		*out_status = said(play_text(p, TEXT_ACCESS_DENIED), "UnauthorizedAccess", 5);
	} else if (f & F_REFUSE) {
		*out_status = said(play_text(p, TEXT_REFUSED), NULL, 1);
	} else {
		return false;
	}
	return true;
}

static void restart(struct play *p)
{
	struct err err;

	if (state_begin(p->state, &err) != 0)
		return;
	fleet_restart(p->state->root, clock_utc_ms(),
		      state_number(p->state->root, "away_s", 1) * 1000);
	/* once: the next call finds it up again */
	json_object_del(state_get(p->state->root, "faults"), p->op);
	state_log(p->state->root, "restarted in the middle of %s", p->op);
	(void)state_commit(p->state, &err);
	play_power(p);
}

/* Whose call it is: "old" for an older version's, "new" where it does not say. */
static const char *gate_name(const struct play *p)
{
	const char *who = json_get_str(p->request, "controller");

	return p->v < 2 ? "old" : who && *who ? who : "new";
}

static json_t *gates_of(const struct play *p)
{
	return json_object_get(state_get(p->state->root, "faults.gate"), gate_name(p));
}

static bool gate_says(const struct play *p, const char *word)
{
	const char *is = json_string_value(json_object_get(gates_of(p), p->op));

	return is && strcmp(is, word) == 0;
}

int play_gate(struct play *p, struct err *err)
{
	int64_t until = clock_now_ms() + GATE_MS;

	if (!gate_says(p, "hold"))
		return 0;
	if (state_begin(p->state, err) != 0)
		return -1;
	json_object_set_new(gates_of(p), p->op, json_string("held"));
	if (state_commit(p->state, err) != 0)
		return -1;
	while (gate_says(p, "held") && clock_now_ms() < until) {
		play_sleep(GATE_LOOK_MS);
		if (state_reload(p->state, err) != 0)
			return -1;
		play_power(p);
	}
	return 0;
}

static void half_a_line(const struct play *p, bool line_too)
{
	fputs("{\"fact\": \"half a li", stdout);
	dead(p, line_too);
}

void play_middle(struct play *p)
{
	if (p->faults & F_REBOOT)
		restart(p);
	if (p->faults & (F_DIE | F_DROP))
		half_a_line(p, p->faults & F_DROP);
}

void play_last(struct play *p)
{
	if (p->faults & F_DROP_LAST)
		half_a_line(p, true);
}

void play_power(struct play *p)
{
	if (clock_utc_ms() < state_number(p->state->root, "away_until_utc_ms", 0))
		dead(p, true);
}

int cmd_faults(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (const struct fault_word *w = fault_words; w->word; w++)
		printf("    %-16s %s\n", w->word, w->meaning);
	return 0;
}
