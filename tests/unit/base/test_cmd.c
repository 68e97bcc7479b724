/* The command line: what is understood, what is refused and with which words. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/log.h"
#include "base/mem.h"

struct scan_opts {
	int jobs;
	int64_t deadline;
	const char *to;
	int64_t keep;
	bool deep, fast;
	struct opt_list only, limit;
};

/* clang-format off */
static const struct opt scan_options[] = {
	{ "jobs", 'j', OPT_INT, "N", "hosts in flight", offsetof(struct scan_opts, jobs), 1, 4096 },
	{ "deadline", 0, OPT_TIME, "TIME", "end by then",
	  offsetof(struct scan_opts, deadline), 1000, DAY_MS },
	{ "keep", 0, OPT_TIME, "TIME", "keep that",
	  offsetof(struct scan_opts, keep), DAY_MS, 30 * DAY_MS },
	{ "to", 0, OPT_TEXT, "FILE", "where to", offsetof(struct scan_opts, to), 0, 0 },
	{ "deep", 0, OPT_FLAG, NULL, "look deeper", offsetof(struct scan_opts, deep), 0, 0 },
	{ "only", 0, OPT_LIST, "FACT", "only this", offsetof(struct scan_opts, only), 0, 0 },
	{ "fast", 'f', OPT_FLAG, NULL, "look faster", offsetof(struct scan_opts, fast), 0, 0 },
	{ "limit", 0, OPT_PAIRS, "STATE=TIME", "limit that", offsetof(struct scan_opts, limit), 0, 0 },
	{ 0 }
};
static const struct opt_rule scan_rules[] = {
	{ "fast", OPT_NOT_WITH, "deep", NULL, "deep is slow" },
	{ "fast", OPT_NOT_WITH, "inventory", NULL, "reading takes time" },
	{ "only", OPT_ONLY_WITH, "deep", NULL, "facts are deep" },
	{ "keep", OPT_ONLY_WITH, "to", "here there", "it is kept nearby" },
	{ "deadline", OPT_NOT_WITH, OPT_ARGUMENT, NULL, "a host has none" },
	{ "limit", OPT_ONLY_WITH, OPT_ARGUMENT, "web1 web2", "others have no limit" },
	{ 0 }
};
/* clang-format on */

/* The commands of this test write down what they were given. */
static int run_scan(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct scan_opts *o = opts;

	printf("scan j=%d d=%lld to=%s deep=%d only=%d", o->jobs, (long long)o->deadline,
	       o->to ? o->to : "", o->deep, o->only.count);
	for (int i = 0; i < o->only.count; i++)
		printf(",%s", o->only.item[i]);
	printf(" i=%d db=%s q=%d", app->inventory.count, app->db ? app->db : "", app->quiet);
	for (int i = 0; i < nargs; i++)
		printf(" [%s]", args[i]);
	return EXIT_SOME;
}

static int run_plain(const struct app *app, const void *opts, char **args, int nargs)
{
	(void)app;
	(void)opts;
	printf("plain %d %s", nargs, nargs ? args[0] : "");
	return EXIT_OK;
}

static const struct scan_opts scan_defaults = { .jobs = 256 };
static const struct cmd cmd_scan = {
	.name = "scan", .args = "[PATTERN...]", .help = "look at hosts", .more = "More about it.",
	.options = scan_options, .rules = scan_rules, .options_size = sizeof(struct scan_opts),
	.defaults = &scan_defaults, .uses = CMD_INVENTORY | CMD_WRITES_DB, .max_args = -1,
	.run = run_scan,
};
static const struct cmd cmd_check = {
	.name = "inventory check", .help = "check it", .uses = CMD_INVENTORY, .run = run_plain,
};
static const struct cmd cmd_show = {
	.name = "inventory show", .args = "HOST", .help = "show it", .min_args = 1, .max_args = 1,
	.run = run_plain,
};
static const struct cmd cmd_version_here = {
	.name = "version", .help = "say it", .run = run_plain,
};
static int misused_probe(const struct err *err)
{
	printf("misused %d: %s", err->code == ERR_USAGE, err->msg);
	return 7;
}

static const struct cmd cmd_probe = {
	.name = "probe", .args = "HOST", .help = "for a machine", .uses = CMD_DB,
	.min_args = 1, .max_args = 1, .run = run_plain, .misused = misused_probe,
};
static const struct cmd *const commands[] = {
	&cmd_check, &cmd_show, &cmd_scan, &cmd_version_here, &cmd_probe, NULL
};

struct said { int status; char out[8192], err[8192]; };

static void slurp(FILE *f, char *text, size_t size)
{
	size_t len;

	rewind(f);
	len = fread(text, 1, size - 1, f);
	text[len] = '\0';
	fclose(f);
}

/* Runs `marshal line` (words at blanks) with both streams caught. */
static void run_line(const char *line, struct said *said)
{
	AUTO_FREE char *copy = xasprintf("marshal %s", line);
	FILE *out = tmpfile(), *err = tmpfile();
	int kept_out = dup(1), kept_err = dup(2), argc = 0;
	char *argv[32], *rest = copy, *word;

	while ((word = strsep(&rest, " ")) && argc < 31)
		if (*word)
			argv[argc++] = word;
	argv[argc] = NULL;
	fflush(NULL);
	dup2(fileno(out), 1);
	dup2(fileno(err), 2);
	said->status = cmd_main(commands, argc, argv);
	fflush(NULL);
	dup2(kept_out, 1);
	dup2(kept_err, 2);
	close(kept_out);
	close(kept_err);
	slurp(out, said->out, sizeof(said->out));
	slurp(err, said->err, sizeof(said->err));
}

static const struct { const char *line; int status; const char *out; } understood[] = {
	{ "scan", 1, "scan j=256 d=0 to= deep=0 only=0 i=0 db= q=0" },
	{ "scan -j8 a b", 1, "scan j=8 d=0 to= deep=0 only=0 i=0 db= q=0 [a] [b]" },
	{ "scan a --jobs 9 b", 1, "scan j=9 d=0 to= deep=0 only=0 i=0 db= q=0 [a] [b]" },
	{ "scan --jobs=9", 1, "scan j=9 d=0 to= deep=0 only=0 i=0 db= q=0" },
	{ "scan --deadline 2h", 1, "scan j=256 d=7200000 to= deep=0 only=0 i=0 db= q=0" },
	{ "scan --to= --deep", 1, "scan j=256 d=0 to= deep=1 only=0 i=0 db= q=0" },
	{ "scan --to -", 1, "scan j=256 d=0 to=- deep=0 only=0 i=0 db= q=0" },
	{ "scan --deep --only a --only=b", 1, "scan j=256 d=0 to= deep=1 only=2,a,b i=0 db= q=0" },
	{ "scan --deep --deep", 1, "scan j=256 d=0 to= deep=1 only=0 i=0 db= q=0" },
	{ "scan --keep 3d --to there", 1, "scan j=256 d=0 to=there deep=0 only=0 i=0 db= q=0" },
	{ "scan --limit a=1 --limit ab=1 --limit b=1", 1, "scan j=256 d=0 to= deep=0 only=0 i=0 db= q=0" },
	{ "scan --limit a=1 web2", 1, "scan j=256 d=0 to= deep=0 only=0 i=0 db= q=0 [web2]" },
	{ "scan --deadline 2h --fast --db x", 1, "scan j=256 d=7200000 to= deep=0 only=0 i=0 db=x q=0" },
	{ "-i x --db y scan -i z -q", 1, "scan j=256 d=0 to= deep=0 only=0 i=2 db=y q=1" },
	{ "-qi x scan", 1, "scan j=256 d=0 to= deep=0 only=0 i=1 db= q=1" },
	{ "scan -- --jobs -j", 1, "scan j=256 d=0 to= deep=0 only=0 i=0 db= q=0 [--jobs] [-j]" },
	{ "scan -", 1, "scan j=256 d=0 to= deep=0 only=0 i=0 db= q=0 [-]" },
	{ "inventory check", 0, "plain 0 " },
	{ "inventory show web1", 0, "plain 1 web1" },
	{ "inventory show -2147212538", 0, "plain 1 -2147212538" },
	{ "-q --no-color inventory show check", 0, "plain 1 check" },
	{ "--version", 0, "plain 0 " },
	{ "scan --version", 0, "plain 0 " },
	{ "--version scan a b --jobs nonsense", 0, "plain 0 " },
	{ "scan --only x a --version --no-such-option", 0, "plain 0 " },
	{ "inventory --version", 0, "plain 0 " },
	{ "inventory show --version", 0, "plain 0 " },
	{ "scan --to --version", 1, "scan j=256 d=0 to=--version deep=0 only=0 i=0 db= q=0" },
	{ "scan -- --version", 1, "scan j=256 d=0 to= deep=0 only=0 i=0 db= q=0 [--version]" },
};

START_TEST(lines_are_understood)
{
	struct said said;

	run_line(understood[_i].line, &said);
	ck_assert_msg(said.status == understood[_i].status, "%s: %d %s", understood[_i].line,
		      said.status, said.err);
	ck_assert_str_eq(said.out, understood[_i].out);
	ck_assert_str_eq(said.err, "");
}
END_TEST

static const struct { const char *line, *err; } refused[] = {
	{ "", "no command was given" },
	{ "-q", "no command was given" },
	{ "scna", "no command 'scna'; did you mean 'scan'?" },
	{ "inventroy", "no command 'inventroy'; did you mean 'inventory'?" },
	{ "inventroy check", "no command 'inventroy'; did you mean 'inventory'?" },
	{ "frobnicate", "no command 'frobnicate'\n" },
	{ "inventory", "'inventory' needs a second word: check, show" },
	{ "inventory chekc", "no command 'inventory chekc'; did you mean 'inventory check'?" },
	{ "inventory show", "inventory show: an argument is missing: marshal inventory show HOST" },
	{ "inventory show a b", "'b' is one argument too many" },
	{ "inventory check a", "'a' is one argument too many" },
	{ "scan --job 5", "scan: no option --job; did you mean --jobs?" },
	{ "scan --colour", "no option --colour" },
	{ "scan -x", "no option -x" },
	{ "scan --jobs", "--jobs needs a value: --jobs N" },
	{ "scan -j", "-j needs a value: -j N" },
	{ "scan --jobs 5x", "--jobs: '5x' is no number from 1 to 4096" },
	{ "scan --jobs 0", "--jobs: '0' is no number from 1 to 4096" },
	{ "scan --jobs 99999999999999999999", "is no number from 1 to 4096" },
	{ "scan --jobs=", "--jobs: '' is no number" },
	{ "scan --deadline soon", "--deadline: 'soon' is no time" },
	{ "scan --deadline 1ms", "--deadline: '1ms' is not between 1 s and 1 d" },
	{ "scan --keep 400", "--keep 400: give a unit: 400d" },
	{ "scan --keep 1h", "--keep: '1h' is not between 1 d and 30 d" },
	{ "scan --keep 9999999", "--keep: '9999999' is not between 1 d and 30 d" },
	{ "scan --deep=yes", "--deep takes no value" },
	{ "--jobs 5 scan", "no option --jobs" },
	{ "scan -j 1 --jobs 2", "scan: --jobs is given twice, the second time with '2'" },
	{ "--db x scan --db x", "scan: --db is given twice" },
	{ "scan --limit a=1 --limit b=2 --limit a=3", "--limit: a is given twice: 'a=1', then 'a=3'" },
	{ "scan --limit a --limit a", "--limit: a is given twice" },
	{ "scan --fast --deep", "scan: --fast (-f) does not go with --deep: deep is slow; leave one of them out" },
	{ "scan --deep -f", "--fast (-f) does not go with --deep" },
	{ "-i x scan -f", "--fast (-f) does not go with --inventory (-i): reading takes time" },
	{ "scan --only x", "--only needs --deep: facts are deep; add that, or leave it out" },
	{ "scan --keep 3d", "--keep needs --to here there" },
	{ "scan --keep 3d --to ther", "--keep needs --to here there" },
	{ "scan --keep 3d --to= ", "--keep needs --to here there" },
	{ "scan --deadline 2h web", "--deadline does not go with the argument 'web'" },
	{ "scan --limit a=1 web", "--limit needs the argument web1 web2, not 'web'" },
	{ "-i x inventory show a", "inventory show: --inventory (-i) is of no use here: this command reads no inventory" },
	{ "inventory check --db x", "--db is of no use here: this command reads no database" },
	{ "--db-group x inventory check", "--db-group is of no use here: this command does not write to a database" },
	{ "scan -qv", "--quiet (-q) does not go with --verbose (-v)" },
};

START_TEST(wrong_lines_say_what_to_do)
{
	struct said said;

	run_line(refused[_i].line, &said);
	ck_assert_msg(said.status == EXIT_USAGE, "'%s': %d", refused[_i].line, said.status);
	ck_assert_str_eq(said.out, "");
	ck_assert_msg(strstr(said.err, refused[_i].err) != NULL, "'%s': %s", refused[_i].line,
		      said.err);
	ck_assert_ptr_nonnull(strstr(said.err, "hint: "));
}
END_TEST

static const struct { const char *line; int status; const char *out; } own_words[] = {
	{ "probe web1", 0, "plain 1 web1" },
	{ "probe --foo web1", 7, "misused 1: probe: no option --foo" },
	{ "probe web1 --db", 7, "misused 1: probe: --db needs a value: --db FILE" },
	{ "probe", 7, "misused 1: probe: an argument is missing: marshal probe HOST" },
	{ "probe a --db-group x", 7, "misused 1: probe: --db-group is of no use here: this command does not write to a database" },
	{ "probe a b", 7, "misused 1: probe: 'b' is one argument too many: marshal probe HOST" },
};

START_TEST(a_command_may_say_itself_that_it_was_misused)
{
	struct said said;

	run_line(own_words[_i].line, &said);
	ck_assert_int_eq(said.status, own_words[_i].status);
	ck_assert_str_eq(said.out, own_words[_i].out);
	ck_assert_str_eq(said.err, "");
}
END_TEST

static const struct { const char *line, *with, *without; } helps[] = {
	{ "--help", "inventory check", "--jobs" },
	{ "-h", "Exit status:", "--jobs" },
	{ "inventory --help", "inventory show", "look at hosts" },
	{ "--help inventory", "inventory show", "look at hosts" },
	{ "scan --help", "--deadline TIME", "check it" },
	{ "scan a b --help", "More about it.", "check it" },
	{ "--help scan", "-j, --jobs N", "check it" },
	{ "help", "inventory check", "--jobs" },
	{ "help scan", "-j, --jobs N", "check it" },
	{ "help inventory", "inventory show", "look at hosts" },
	{ "inventory show --help", "marshal inventory show HOST", "look at hosts" },
	{ "inventory show --help", "--no-color", "--inventory" },
	{ "inventory check --help", "-i, --inventory FILE", "--db" },
	{ "probe --help", "--db FILE", "--db-group" },
	{ "scan --help", "look faster (not with --deep, --inventory)", "check it" },
	{ "scan --help", "look deeper (not with --fast)", "check it" },
	{ "scan --help", "only this (only with --deep)", "check it" },
	{ "scan --help", "keep that (only with --to here there)", "check it" },
	{ "scan --help", "end by then (not with an argument)", "check it" },
	{ "scan --help", "limit that (only with the argument web1 web2)", "check it" },
	{ "scan --help", "is done (not with --quiet)", "check it" },
};

START_TEST(verbose_names_the_command)
{
	struct said said;

	run_line("-v inventory show check", &said);
	ck_assert_int_eq(said.status, EXIT_OK);
	ck_assert_str_eq(said.out, "plain 1 check");
	ck_assert_ptr_nonnull(strstr(said.err, "debug: marshal "));
	ck_assert_ptr_nonnull(strstr(said.err, ": inventory show\n"));
	log_set_level(LOG_INFO);
}
END_TEST

START_TEST(help_comes_from_the_tables)
{
	struct said said;

	run_line(helps[_i].line, &said);
	ck_assert_int_eq(said.status, EXIT_OK);
	ck_assert_str_eq(said.err, "");
	ck_assert_msg(strstr(said.out, helps[_i].with) != NULL, "%s: %s", helps[_i].line, said.out);
	ck_assert_msg(!strstr(said.out, helps[_i].without), "%s: %s", helps[_i].line, said.out);
	ck_assert_ptr_nonnull(strstr(said.out, "Usage: marshal"));
}
END_TEST

UNIT_SUITE(cmd)
{
	Suite *s = suite_create("cmd");
	TCase *tc = tcase_create("cmd");

	tcase_add_loop_test(tc, lines_are_understood, 0, ARRAY_LEN(understood));
	tcase_add_loop_test(tc, wrong_lines_say_what_to_do, 0, ARRAY_LEN(refused));
	tcase_add_loop_test(tc, a_command_may_say_itself_that_it_was_misused, 0,
			    ARRAY_LEN(own_words));
	tcase_add_test(tc, verbose_names_the_command);
	tcase_add_loop_test(tc, help_comes_from_the_tables, 0, ARRAY_LEN(helps));
	suite_add_tcase(s, tc);
	return s;
}
