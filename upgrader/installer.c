/* installer.c - the installer as it will be staged: read once, hashed once, its version taken
 * from its own resources. It is read into memory and not mapped: a file that someone shortens or
 * replaces during a long run must not crash it, nor change what hosts get half way. */
#include "base/encode.h"
#include "upgrader/upgrader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "upgrader/pe.h"

static const char download[] =
	"download the newest MARSAgentInstaller.exe: https://aka.ms/azurebackup_agent";
static const size_t INSTALLER_MAX = (size_t)1 << 30;    /* today's has about 60 MB */

/* Any Windows program has a version, and any of Microsoft's is signed by Microsoft: what is no
 * agent of ours must not get as far as a server, nor an agent whose backups would all fail. */
static int check_version(const char *path, struct version version, struct err *err)
{
	char is[VERSION_TEXT], minimum[VERSION_TEXT];
	struct policy policy;

	policy_default(&policy);
	version_format(version, is);
	version_format(policy.minimum, minimum);
	if (version.part[0] != policy.minimum.part[0] || version.part[1] != policy.minimum.part[1])
		err_set(err, ERR_USAGE,
			"installer '%s' is version %s: no MARS agent has it (2.0.x.x)", path, is);
	else if (version_cmp(version, policy.minimum) < 0)
		err_set(err, ERR_USAGE,
			"installer '%s' is version %s, older than %s: every backup "
			"would fail",
			path, is, minimum);
	else
		return 0;
	return err_hint(err, download);
}

int installer_open(const char *path, struct installer *out, struct err *err)
{
	struct installer i = { 0 };
	AUTO_FREE char *full = NULL, *data = NULL;

	data = file_read(path, INSTALLER_MAX, &i.len, err);
	if (!data)
		return err_in(err, "installer");
	full = realpath(path, NULL);            /* resume may be typed in another folder */
	if (!full)
		return err_errno(err, ERR_USAGE, errno, "installer '%s'", path);
	if (file_check_name("installer", full, err) < 0)
		return -1;
	if (pe_file_version((const unsigned char *)data, i.len, &i.version, err) < 0)
		return err_in(err, "installer '%s'", path);
	if (check_version(path, i.version, err) < 0)
		return -1;
	sha256_hex(data, i.len, i.sha256);
	i.has_signature = pe_has_signature((const unsigned char *)data, i.len);
	i.path = full;
	full = NULL;
	i.data = (const unsigned char *)data;
	data = NULL;
	*out = i;
	return 0;
}

/* A server would say it too: after the upload, and the run would halt. */
int installer_want_signature(const struct installer *i, struct err *err)
{
	if (i->has_signature)
		return 0;
	err_set(err, ERR_USAGE,
		"installer '%s' has no signature, or was not copied whole: every server would "
		"refuse it",
		i->path);
	return err_hint(err, download);
}

void installer_close(struct installer *i)
{
	free(i->path);
	free((unsigned char *)i->data);
	*i = (struct installer){ 0 };
}
