/* cmd_probe.c - `marshal probe print`: shows the bytes that are sent to a server, for those who
 * must allow them; with --standalone it writes the probe as a script that an administrator runs
 * by hand where marshal has no way to, and whose answer `marshal facts import` takes. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "scanner/commands.h"
#include "scanner/facts/probe.h"
#include "scanner/look.h"
#include "scanner/way.h"
#include "transport/script.h"

struct probe_print_opts { bool standalone, deep, as_written; const char *cloud; };

static const struct opt option_table[] = {
	{ "standalone", 0, OPT_FLAG, NULL, "the probe as a script to run by hand on a server",
	  offsetof(struct probe_print_opts, standalone), 0, 0 },
	{ "deep", 0, OPT_FLAG, NULL, "the probe as it is sent when the deep facts are asked too",
	  offsetof(struct probe_print_opts, deep), 0, 0 },
	{ "as-written", 0, OPT_FLAG, NULL, "the files it is made of, with their comments",
	  offsetof(struct probe_print_opts, as_written), 0, 0 },
	{ "cloud", 0, OPT_TEXT, "CLOUD", "whose login URL the script asks for (public)",
	  offsetof(struct probe_print_opts, cloud), 0, 0 },
	{ .name = NULL },
};

static const struct opt_rule rules[] = {
	{ "standalone", OPT_ONLY_WITH, OPT_ARGUMENT, "probe", "nothing else can be run by hand" },
	{ "deep", OPT_ONLY_WITH, OPT_ARGUMENT, "probe", "no other script has deep facts" },
	{ "deep", OPT_NOT_WITH, "standalone", NULL, "by hand all facts are asked" },
	{ "as-written", OPT_NOT_WITH, "standalone", NULL, "by hand it runs as it is sent" },
	{ "cloud", OPT_ONLY_WITH, OPT_ARGUMENT, "probe", "other scripts are the same for all" },
	{ 0 }
};

static const struct probe_print_opts defaults = { .cloud = "public" };

#define STAGED "\"run\":\"7\",\"folder\":\"marshal-7-0123456789abcdef\""
#define FILE_NAME "\"file\":\"MARSAgentInstaller.exe\""
#define SHA256 "\"sha256\":\"(64 digits)\""

/* What a request may look like, an operation a row; the probe's is made below. */
/* clang-format off */
static const char *const examples[] = {
	"{\"op\":\"as-system\",\"order\":\"(a request of the probe)\",\"facts\":[\"security.svi\"],"
		"\"wait_ms\":60000,\"connect_ms\":30000}",
	"{\"op\":\"stage-open\"," STAGED "," FILE_NAME ",\"size\":70000000,\"again\":false}",
	"{\"op\":\"stage-put\"," STAGED "," FILE_NAME ",\"size\":70000000," SHA256 ",\"from\":4194304,"
		"\"data\":{\"size\":4194304," SHA256 "}}",
	"{\"op\":\"stage-get\"," STAGED "," FILE_NAME ",\"size\":70000000," SHA256 ","
		"\"url\":\"https://mirror.example.com/MARSAgentInstaller.exe\",\"slice_ms\":25000,"
		"\"limit_ms\":900000}",
	"{\"op\":\"stage-check\"," STAGED "," FILE_NAME ",\"size\":70000000," SHA256 ","
		"\"allow_unsigned\":false}",
	"{\"op\":\"console-wait\",\"run\":\"7\",\"wait_ms\":60000,\"close\":false}",
	"{\"op\":\"engine-cycle\",\"run\":\"7\",\"cloud\":\"public\","
		"\"login_hosts\":[\"login.windows.net\"],\"stop_ms\":180000,\"start_ms\":180000,"
		"\"ask_ms\":30000}",
	"{\"op\":\"engine-start\",\"run\":\"7\",\"start_ms\":180000}",
	"{\"op\":\"install-start\"," STAGED "," FILE_NAME "," SHA256 "}",
	"{\"op\":\"reboot-start\"," STAGED "}",
	"{\"op\":\"reboot-state\"," STAGED "}",
	"{\"op\":\"backup-start\"," STAGED "}",
	"{\"op\":\"backup-wait\"," STAGED ",\"wait_ms\":30000}",
	"{\"op\":\"install-wait\"," STAGED ",\"wait_ms\":20000}",
	"{\"op\":\"clean\"," STAGED ",\"wait_ms\":10000}",
	"{\"op\":\"sweep\",\"run\":\"sweep\",\"runs\":[\"7\"],\"lock_ms\":10000}",
	"{\"op\":\"wsb-check\",\"target\":\"E:\",\"need_bytes\":32212254720}",
	"{\"op\":\"wsb-start\",\"target\":\"E:\",\"need_bytes\":32212254720}",
	"{\"op\":\"wsb-wait\",\"wait_ms\":60000}",
	"{\"op\":\"wsb-end\"}",
};
/* clang-format on */

static bool cloud_from_name(const char *name, enum inv_cloud *out)
{
	for (int c = CLOUD_PUBLIC; c <= CLOUD_GERMAN; c++) {
		if (strcmp(inv_cloud_name((enum inv_cloud)c), name) == 0) {
			*out = (enum inv_cloud)c;
			return true;
		}
	}
	return false;
}

/* facts_ms: as of probe_request(). */
static char *request_text(enum inv_cloud cloud, bool deep, int64_t facts_ms)
{
	AUTO_JSON json_t *request = probe_request(cloud, NULL, deep, facts_ms);

	json_object_set_new(request, "v", json_integer(PROTOCOL_VERSION));
	json_object_set_new(request, "at", script_names());
	return json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
}

/* As a look sends it that has no --limit of its own. */
static void print_probe_request(enum inv_cloud cloud, bool deep)
{
	struct way_options way;

	way_defaults(&way);
	AUTO_FREE char *request =
		request_text(cloud, deep, probe_facts_ms(way_probe_limit(&way, deep)));

	printf("%s\n", request);
}

static void print_example(const struct script *s)
{
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		const char *op = examples[i] + strlen("{\"op\":\"");

		if (strncmp(op, s->name, strlen(s->name)) == 0 && op[strlen(s->name)] == '"')
			printf("%s\n", examples[i]);
	}
}

static void print_script(const struct script *s, enum inv_cloud cloud)
{
	AUTO_JSON json_t *names = script_names();
	AUTO_FREE char *at = json_dumps(names, JSON_COMPACT | JSON_ENSURE_ASCII);
	char sha256[65];

	script_sha256(s, sha256);
	printf("\n### %s, as sent, %zu bytes, SHA-256 %s\n\n%s", s->name, s->len, sha256, s->text);
	printf("\n### Requests to it look like this; each call adds \"nonce\", \"v\" and "
	       "\"at\":%s\n\n",
	       at);
	if (strncmp(s->name, "probe", strlen("probe")) == 0)
		print_probe_request(cloud, s == script_of(SCRIPT_PROBE_DEEP));
	else
		print_example(s);
}

/* The files that the text is made of, whole: what it does not use of them is not sent. */
static void print_written(const struct script *s)
{
	for (const struct script *f = script_files; f->name; f++) {
		const char *at = strstr(s->path, f->name);

		if (at && (at[strlen(f->name)] == ' ' || !at[strlen(f->name)]))
			printf("\n### %s\n\n%s", f->name, f->text);
	}
}

static void print_call(const struct script *s, enum inv_cloud cloud)
{
	char sha256[65];

	script_sha256(&script_bootstrap, sha256);
	printf("### The command of every call\n\n%s\n", script_command());
	printf("\n### What it decodes to (%s), SHA-256 %s\n\n%s", script_bootstrap.path, sha256,
	       script_bootstrap.text);
	printf("\n### Standard input\n\nLine 1: base64 of the script. Line 2: base64 of the "
	       "request, JSON in UTF-8.\n");
	print_script(s, cloud);
}

static void print_task(const struct script *task)
{
	char sha256[65];

	script_sha256(task, sha256);
	if (task->text[task->len - 1] == '\n') {
		AUTO_FREE char *command = script_task_command(task);

		printf("### The command of this task of SYSTEM\n\n%s\n\n", command);
	}
	printf("### %s, as it runs there, %zu bytes, SHA-256 %s\n\n%s", task->name, task->len,
	       sha256, task->text);
	if (task->text[task->len - 1] != '\n')
		printf("\n\n### Behind it, new each time: the name of a pipe and the SHA-256 of "
		       "what comes through it\n\n '(32 digits)' '(64 digits)'\n");
}

/* The request stands in single quotes, which nothing of ours contains. Output is ASCII by the
 * script's own writer, so no code page and no redirection can spoil it. */
static void print_standalone(const struct script *probe, enum inv_cloud cloud)
{
	AUTO_FREE char *request = request_text(cloud, true, 0); /* no call that could end */

	printf("# marshal's probe, to be run by hand by an administrator of a server that marshal\n"
	       "# cannot reach:\n"
	       "#   powershell.exe -NoProfile -ExecutionPolicy Bypass -File marshal-probe.ps1\n"
	       "# It changes nothing, and writes marshal-COMPUTERNAME.json in the current folder.\n"
	       "# Bring that file back: marshal facts import FILE\n"
	       "$file = Join-Path (Get-Location).ProviderPath \"marshal-$env:COMPUTERNAME.json\"\n"
	       "$ascii = New-Object Text.ASCIIEncoding\n"
	       "$OurWriter = New-Object IO.StreamWriter($file, $false, $ascii)\n"
	       "$request = '%s' | ConvertFrom-Json\n"
	       "try {\n& {\n%s} $request\n} finally {\n    $OurWriter.Close()\n}\n"
	       "\"written: $file\"\n",
	       request, probe->text);
}

static int no_script(const char *name)
{
	struct buf list;
	struct err err;

	buf_init(&list, 1000);
	for (const struct script *s = scripts; s->name; s++)
		buf_addf(&list, "%s%s", list.len ? ", " : "", s->name);
	for (const struct script *s = script_tasks; s->name; s++)
		buf_addf(&list, ", %s", s->name);
	err_set(&err, ERR_USAGE, "no script '%s': expected one of %s", name, buf_text(&list));
	buf_release(&list);
	return cmd_fail(&err);
}

static int run_probe_print(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct probe_print_opts *o = opts;
	const struct script *s = nargs > 0 ? script_find(args[0]) : script_of(SCRIPT_PROBE);
	const struct script *task = nargs > 0 ? script_find_task(args[0]) : NULL;
	enum inv_cloud cloud;
	struct err err;

	(void)app;
	if (!s && !task)
		return no_script(args[0]);
	/* by hand nobody comes again next week */
	if (s == script_of(SCRIPT_PROBE) && (o->deep || o->standalone))
		s = script_of(SCRIPT_PROBE_DEEP);
	if (!cloud_from_name(o->cloud, &cloud)) {
		err_set(&err, ERR_USAGE, "--cloud '%s': expected public, china, usgov or german",
			o->cloud);
		return cmd_fail(&err);
	}
	if (o->standalone)
		print_standalone(s, cloud);
	else if (o->as_written)
		print_written(s ? s : task);
	else if (task)
		print_task(task);
	else
		print_call(s, cloud);
	return EXIT_OK;
}

const struct cmd cmd_probe_print = {
	.name = "probe print",
	.args = "[NAME]",
	.help = "print exactly what is sent to a server",
	.more = "NAME is probe (when not given), another kind of call, or a task of SYSTEM\n"
		"that calls make (task-install and its like); a NAME that is none lists them.\n"
		"Shown are the command line, the bootstrap it holds, the script, and requests to\n"
		"it; of a task its command and its text. docs/security.md says what each touches.",
	.options = option_table,
	.rules = rules,
	.options_size = sizeof(struct probe_print_opts),
	.defaults = &defaults,
	.max_args = 1,
	.run = run_probe_print,
};
