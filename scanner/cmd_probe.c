/* cmd_probe.c - `marshal probe print`: shows the bytes that are sent to a server, for those who
 * must allow them; with --standalone it writes the probe as a script that an administrator runs
 * by hand where marshal has no way to, and whose answer `marshal facts import` takes. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "scanner/cmd_scan.h"
#include "scanner/facts/probe.h"
#include "scanner/look.h"
#include "transport/script.h"

struct probe_print_opts { bool standalone, deep; const char *cloud; };

static const struct opt option_table[] = {
	{ "standalone", 0, OPT_FLAG, NULL, "the probe as a script to run by hand on a server",
	  offsetof(struct probe_print_opts, standalone), 0, 0 },
	{ "deep", 0, OPT_FLAG, NULL, "the probe as it is sent when the deep facts are asked too",
	  offsetof(struct probe_print_opts, deep), 0, 0 },
	{ "cloud", 0, OPT_TEXT, "CLOUD", "whose login URL the script asks for (public)",
	  offsetof(struct probe_print_opts, cloud), 0, 0 },
	{ .name = NULL },
};

static const struct opt_rule rules[] = {
	{ "standalone", OPT_ONLY_WITH, OPT_ARGUMENT, "probe", "nothing else can be run by hand" },
	{ "deep", OPT_ONLY_WITH, OPT_ARGUMENT, "probe", "no other script has deep facts" },
	{ "deep", OPT_NOT_WITH, "standalone", NULL, "by hand all facts are asked" },
	{ "cloud", OPT_ONLY_WITH, OPT_ARGUMENT, "probe", "other scripts are the same for all" },
	{ 0 }
};

static const struct probe_print_opts defaults = { .cloud = "public" };

#define STAGED "\"run\":\"7\",\"folder\":\"marshal-7-0123456789abcdef\""
#define FILE_NAME "\"file\":\"MARSAgentInstaller.exe\""
#define SHA256 "\"sha256\":\"(64 digits)\""

/* What a request may look like, an operation a row; the probe's is made below. */
/* clang-format off */
static const struct { const char *script, *request; } examples[] = {
	{ "as-system", "{\"op\":\"as-system\",\"script\":\"(base64)\",\"order\":\"(base64)\","
		      "\"facts\":[\"security.svi\"],\"wait_ms\":60000,\"connect_ms\":30000}" },
	{ "stage",    "{\"op\":\"stage-open\"," STAGED "," FILE_NAME ",\"size\":70000000,"
		      "\"again\":false}" },
	{ "stage",    "{\"op\":\"stage-check\"," STAGED "," FILE_NAME ",\"size\":70000000,"
		      SHA256 ",\"allow_unsigned\":false}" },
	{ "console",  "{\"op\":\"console-wait\",\"run\":\"7\",\"wait_ms\":60000,"
		      "\"close\":false}" },
	{ "obengine", "{\"op\":\"engine-cycle\",\"run\":\"7\",\"cloud\":\"public\","
		      "\"login_hosts\":[\"login.windows.net\"],\"stop_ms\":180000,"
		      "\"start_ms\":180000,\"ask_ms\":30000}" },
	{ "obengine", "{\"op\":\"engine-start\",\"run\":\"7\",\"start_ms\":180000}" },
	{ "install",  "{\"op\":\"install-start\"," STAGED "," FILE_NAME "," SHA256 "}" },
	{ "install",  "{\"op\":\"install-wait\"," STAGED ",\"wait_ms\":20000}" },
	{ "clean",    "{\"op\":\"clean\"," STAGED ",\"wait_ms\":10000}" },
	{ "wsb",      "{\"op\":\"wsb-start\",\"target\":\"E:\",\"need_bytes\":32212254720}" },
	{ "wsb",      "{\"op\":\"wsb-wait\",\"wait_ms\":60000}" },
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

static char *request_text(enum inv_cloud cloud, bool deep)
{
	AUTO_JSON json_t *request = probe_request(cloud, NULL, deep);

	return json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII);
}

static bool is_probe(const struct script *s)
{
	return strcmp(s->name, "probe") == 0 || strcmp(s->name, "probe-deep") == 0;
}

static void print_script(const struct script *s, enum inv_cloud cloud)
{
	char sha256[65];

	script_sha256(s, sha256);
	printf("\n### %s, as sent, SHA-256 %s\n\n%s", s->path, sha256, s->text);
	printf("\n### Requests to it look like this; each call adds \"nonce\" and \"v\"\n\n");
	if (is_probe(s)) {
		AUTO_FREE char *request = request_text(cloud, strcmp(s->name, "probe") != 0);

		printf("%s\n", request);
	}
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		if (strcmp(examples[i].script, s->name) == 0)
			printf("%s\n", examples[i].request);
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

/* The request stands in single quotes, which nothing of ours contains. Output is ASCII by the
 * script's own writer, so no code page and no redirection can spoil it. */
static void print_standalone(const struct script *probe, enum inv_cloud cloud)
{
	AUTO_FREE char *request = request_text(cloud, true);

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

static int run_probe_print(const struct app *app, const void *opts, char **args, int nargs)
{
	const struct probe_print_opts *o = opts;
	const char *name = nargs > 0 ? args[0] : "probe";
	bool probe = strcmp(name, "probe") == 0;
	/* by hand nobody comes again next week */
	const struct script *s =
		script_find(probe && (o->deep || o->standalone) ? "probe-deep" : name);
	enum inv_cloud cloud;
	struct err err;

	(void)app;
	if (!s) {
		err_set(&err, ERR_USAGE,
			"no script '%s': expected probe, as-system, stage, "
			"console, obengine, install or clean",
			name);
		return cmd_fail(&err);
	}
	if (!cloud_from_name(o->cloud, &cloud)) {
		err_set(&err, ERR_USAGE, "--cloud '%s': expected public, china, usgov or german",
			o->cloud);
		return cmd_fail(&err);
	}
	if (o->standalone)
		print_standalone(s, cloud);
	else
		print_call(s, cloud);
	return EXIT_OK;
}

const struct cmd cmd_probe_print = {
	.name = "probe print",
	.args = "[NAME]",
	.help = "print exactly what is sent to a server",
	.more = "NAME is probe (when not given), stage, console, obengine, install or clean: the\n"
		"command line, the bootstrap it holds, the script, and requests to it.\n"
		"docs/security.md says what each touches.",
	.options = option_table,
	.rules = rules,
	.options_size = sizeof(struct probe_print_opts),
	.defaults = &defaults,
	.max_args = 1,
	.run = run_probe_print,
};
