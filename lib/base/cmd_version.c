/* cmd_version.c - `marshal version`: what this program is and which libraries it runs with, for
 * reports of faults: half of what SSH can do depends on them. */
#include "base/commands.h"

#include <jansson.h>
#include <libsmartcols.h>
#include <libssh2.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <uv.h>
#include <yaml.h>

static int run_version(const struct app *app, const void *opts, char **args, int nargs)
{
	const char *smartcols = NULL;

	(void)app;
	(void)opts;
	(void)args;
	(void)nargs;
	scols_get_library_version(&smartcols);
	printf("marshal %s\n", MARSHAL_VERSION);
	printf("libssh2 %s\n", libssh2_version(0));
	printf("libuv %s\n", uv_version_string());
	printf("sqlite %s\n", sqlite3_libversion());
	printf("jansson %s\n", jansson_version_str());
	printf("libyaml %s\n", yaml_get_version_string());
	printf("libsmartcols %s\n", smartcols ? smartcols : "");
	printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
	return EXIT_OK;
}

const struct cmd cmd_version = {
	.name = "version",
	.help = "print the version of the program and of the libraries it runs with",
	.run = run_version,
};
