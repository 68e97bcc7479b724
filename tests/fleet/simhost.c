/* simhost.c - the program: a simulated Windows server for tests and rehearsals. As a plain
 * program `simhost powershell.exe ...` plays the server of $MARSHAL_STATE; sshd starts it
 * with --serve; scripts/fleet uses the rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/fleet/fleet.h"
#include "tests/fleet/play.h"

static int failed(const struct err *err)
{
	fprintf(stderr, "simhost: %s\n", err->msg);
	return 2;
}

/* `simhost powershell.exe ...`: the state is $MARSHAL_STATE, a file, or in a fleet's folder the
 * one of $MARSHAL_HOST (set by marshal's local transport). */
static int cmd_powershell(int argc, char **argv)
{
	const char *path = getenv("MARSHAL_STATE"), *fleet = getenv("MARSHAL_FLEET");
	const char *host = getenv("MARSHAL_HOST");
	AUTO_FREE char *in_fleet = NULL;
	struct state s;
	struct err err;
	int status;

	if (argc < 2 || strcmp(argv[argc - 2], "-EncodedCommand") != 0) {
		fprintf(stderr, "simhost: plays powershell.exe -EncodedCommand only\n");
		return 2;
	}
	if (!path && fleet && host && !strchr(host, '/'))
		path = in_fleet = xasprintf("%s/hosts/%s.json", fleet, host);
	if (!path) {
		fprintf(stderr, "simhost: MARSHAL_STATE names no state\n");
		return 2;
	}
	if (state_open(&s, path, &err) != 0)
		return failed(&err);
	status = play_call(&s, false);
	state_close(&s);
	return status;
}

static void print_paths(const char *path, const json_t *value)
{
	const char *key;
	json_t *member;

	if (json_object_size(value) > 0) {
		json_object_foreach((json_t *)value, key, member)
		{
			AUTO_FREE char *below = xasprintf("%s%s%s", path, *path ? "." : "", key);

			print_paths(below, member);
		}
		return;
	}
	printf("    %s=", path);
	json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_COMPACT);
	putchar('\n');
}

/* --paths: every path of a state, for help. */
static int cmd_paths(int argc, char **argv)
{
	AUTO_JSON json_t *state = fleet_default_state("web01", "127.1.0.1");

	(void)argc;
	(void)argv;
	print_paths("", state);
	return 0;
}

static int cmd_serve(int argc, char **argv)
{
	(void)argc;
	return serve_ssh(argv[0]);
}

static int cmd_state(int argc, char **argv)
{
	AUTO_JSON json_t *state = fleet_default_state(argv[0], argc > 1 ? argv[1] : "127.1.0.1");

	json_dumpf(state, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	putchar('\n');
	return 0;
}

/* --get FILE [PATH]: texts bare, the rest as JSON. */
static int cmd_get(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "";
	struct state s;
	struct err err;
	json_t *value;
	int status = 0;

	if (state_open(&s, argv[0], &err) != 0)
		return failed(&err);
	value = state_get(s.root, path);
	if (!value) {
		fprintf(stderr, "simhost: nothing at '%s'\n", path);
		status = 1;
	} else if (json_is_string(value)) {
		puts(json_string_value(value));
	} else {
		json_dumpf(value, stdout, JSON_INDENT(1) | JSON_ENCODE_ANY);
		putchar('\n');
	}
	state_close(&s);
	return status;
}

/* --set FILE PATH=VALUE...: all or nothing. */
static int cmd_set(int argc, char **argv)
{
	struct state s;
	struct err err;
	int rc;

	if (state_open(&s, argv[0], &err) != 0)
		return failed(&err);
	rc = state_begin(&s, &err);
	for (int i = 1; i < argc && rc == 0; i++) {
		char *value = strchr(argv[i], '=');

		if (!value) {
			rc = err_set(&err, ERR_USAGE, "'%s' is no PATH=VALUE", argv[i]);
			break;
		}
		*value++ = '\0';
		rc = state_set_text(s.root, argv[i], value, &err);
	}
	if (rc == 0)
		rc = state_commit(&s, &err);
	state_close(&s);
	return rc == 0 ? 0 : failed(&err);
}

/* clang-format off */
static const struct {
	const char *name;
	int args;                       /* at least */
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "powershell.exe",    2, cmd_powershell },
	{ "powershell",        2, cmd_powershell },
	{ "--serve",           1, cmd_serve },
	{ "--state",           1, cmd_state },
	{ "--get",             1, cmd_get },
	{ "--set",             2, cmd_set },
	{ "--complete-backup", 1, cmd_complete_backup },
	{ "--make",            3, cmd_make },
	{ "--make-installer",  2, cmd_make_installer },
	{ "--sign",            1, cmd_sign },
	{ "--free-ports",      1, cmd_free_ports },
	{ "--keep",            2, cmd_keep },
	{ "--faults",          0, cmd_faults },
	{ "--paths",           0, cmd_paths },
};
/* clang-format on */

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(commands); i++) {
		if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 >= commands[i].args)
			return commands[i].run(argc - 2, argv + 2);
	}
	fprintf(stderr, "simhost: for scripts/fleet, sshd and marshal's local transport;"
			" see scripts/fleet --help\n");
	return 2;
}
