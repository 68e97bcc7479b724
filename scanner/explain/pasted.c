/* pasted.c - finds in a pasted message what can be explained: codes in all the forms in which
 * products write them, numbers of events and of articles, and messages without a code. */
#include "scanner/explain/pasted.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { WORD_MAX = 24 };

/* A word and what was before it. Longer ones are cut: they are no codes. */
struct word {
	char text[WORD_MAX];
	int at;
	bool bracket;
};

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

/* Whether the letters up to the next blank are a path or a URL. */
static bool is_path(const char *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (from[i] == '\\' || (from[i] == '/' && i + 1 < len && from[i + 1] == '/'))
			return true;
	return false;
}

/* The next word from *at on that stands in no path; false: no more. */
static bool next_word(const char *text, int *at, struct word *w)
{
	const char *p = text + *at;
	size_t len;

	while (*p && !in_word(*p)) {
		len = strcspn(p, " \t\r\n");
		p += is_path(p, len) ? len : 1;
	}
	len = strcspn(p, " \t\r\n");
	if (len > 0 && (p == text || isspace((unsigned char)p[-1])) && is_path(p, len)) {
		*at = (int)(p + len - text);
		return next_word(text, at, w);
	}
	for (len = 0; in_word(p[len]);)
		len++;
	snprintf(w->text, sizeof(w->text), "%.*s", (int)len, p);
	w->at = (int)(p - text);
	w->bracket = p > text && (p[-1] == '(' || p[-1] == '[');
	*at = (int)(p + len - text);
	return len > 0;
}

/* 0x1fbd3, 8007007b, -2147212302, 130003; *bare: a few digits that say nothing by themselves. As
 * sources have them, too: 0x80042306L of a header, 80042306h of a debugger. */
static bool number_of(const char *word, int64_t *out, bool *bare)
{
	size_t len = strlen(word), hex;

	*bare = false;
	if (strncmp(word, "0x", 2) == 0) {
		hex = strspn(word + 2, "0123456789abcdef");
		*out = strtoll(word, NULL, 16);
		return hex >= 1 && hex <= 8 && hex + strspn(word + 2 + hex, "ul") == len - 2;
	}
	if ((len == 8 || (len == 9 && word[8] == 'h')) && strchr("8c", *word) &&
	    strspn(word, "0123456789abcdef") == 8) {
		*out = strtoll(word, NULL, 16);
		return true;
	}
	*bare = *word != '-' || len < 8;
	*out = strtoll(word, NULL, 10);
	word += *word == '-';
	return *word && strlen(word) <= 10 && word[strspn(word, "0123456789")] == '\0';
}

static bool is_one_of(const char *word, const char *const list[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

/* What a number is by the two words before it; false: nothing. */
static bool place(const struct word *w, const struct word before[2], bool bare, struct pasted *out)
{
	static const char *const logs[] = {
		"event", "eventid", "volsnap", "cloudbackup", "vss",
		"capi2", "backup",  "manager", "sidebyside",  "ereignis"
	};
	static const char *const codes[] = { "error", "code", "errorcode", "fehler", "fehlercode",
					     "exit",  "hr",   "result",	   "status", "rc" };
	const char *last = before[0].text;
	bool id = strcmp(last, "id") == 0;

	if (strcmp(last, "kb") == 0) {
		out->kind = PASTED_KB;
	} else if (is_one_of(id ? before[1].text : last, logs, ARRAY_LEN(logs)) && bare) {
		bool any = id || strncmp(last, "e", 1) == 0;

		out->kind = PASTED_EVENT;
		snprintf(out->log, sizeof(out->log), "%s", any ? "event" : last);
	} else if (id) {
		out->kind = before[0].bracket ? PASTED_BRACKET : PASTED_ID;
	} else if (w->bracket && !bare) {
		out->kind = PASTED_BRACKET;
	} else if (strcmp(last, "hresult") == 0) {
		out->kind = PASTED_HRESULT;
	} else {
		out->kind = PASTED_CODE;
		return !bare || is_one_of(last, codes, ARRAY_LEN(codes));
	}
	return true;
}

/* In brackets the last says most: it is the agent's own, behind those of what it called. */
static int compare(const void *a, const void *b)
{
	const struct pasted *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->kind == PASTED_BRACKET ? y->at - x->at : x->at - y->at;
}

int pasted_find(const char *lower, struct pasted out[PASTED_MAX])
{
	struct word w, before[2] = { { .at = -1 }, { .at = -1 } };
	int at = 0, count = 0;
	bool bare;

	while (count < PASTED_MAX && next_word(lower, &at, &w)) {
		struct pasted *one = &out[count];
		const char *kb = strncmp(w.text, "kb", 2) == 0 ? w.text + 2 : "";

		*one = (struct pasted){ .at = w.at };
		if (*kb && number_of(kb, &one->number, &bare)) {
			one->kind = PASTED_KB;
			count++;
		} else if (number_of(w.text, &one->number, &bare) && place(&w, before, bare, one)) {
			count++;
		}
		before[1] = before[0];
		before[0] = w;
	}
	qsort(out, (size_t)count, sizeof(*out), compare);
	return count;
}

/* clang-format off */
/* Each is quoted, in lower case, from the document of what it stands for: the three documents of system state and KB 4096064,
 * "Troubleshoot the ... (MARS) agent", "Troubleshoot Azure Backup Server", and the infoBubbleText of the self-help collection
 * (azurebackup-crc-NAME.md). */
static const struct { const char *words, *means; } messages[] = {
	{ "azure backup service version and microsoft azure recovery services agent", "130003" },
	{ "azure backup service and microsoft azure recovery services agent versions do not match", "130003" },
	{ "login.windows.net", "network.login-url" },
	{ "login.chinacloudapi.cn", "network.login-url" },
	{ "login.microsoftonline.us", "network.login-url" },
	{ "login.microsoftonline.de", "network.login-url" },
	{ "resource not provisioned in service stamp", "230006" },
	{ "invalid vault credentials provided", "34513" },
	{ "the encryption passphrase stored on this computer is not correctly configured", "34506" },
	{ "the activation did not complete successfully", "130055" },
	{ "it is not downloaded from the vault associated with this server", "100110" },
	{ "unable to connect to microsoft azure backup", "100050" },
	{ "unable to connect to the azure backup service", "100050" },
	{ "changes made by the microsoft azure recovery services installation to the system were rolled back", "4024" },
	{ "job could not be started as another job was in progress", "backup.schedule" },
	{ "wsb job failed with vss errors", "vss.writer-timeout" },
	{ "timeout expired between the freeze and thaw events", "0x800423f2" },
	{ "the shadow copy volume could not grow due to insufficient disk space", "vss.shadow-space" },
	{ "to grow the shadow copy storage for shadow copies of", "0x80060018" },
	{ "the efi system partition is locked", "vss.efi-locked" },
	{ "the term 'get-wbjob' is not recognized", "feature.wbjob" },
	{ "as windows server backup job failed with error message", "100157" },
	{ "because a system writer reported an invalid path", "100208" },
	{ "none of the items included in backup were backed up", "0x80780049" },
	{ "the filename, directory name or volume label syntax is incorrect", "0x8007007b" },
	{ "the system cannot find the file specified", "0x80070002" },
	{ "the file or directory is corrupted and unreadable", "0x80070570" },
	{ "access to the cloud file is denied", "0x8007018b" },
	{ "the device is not ready", "0x80070015" },
	{ "the client and server cannot communicate", "0x80090331" },
	{ "because of insufficient shadow copy space in the selected backup volume", "agentshadowcopymissing" },
	{ "another job is running on windows server backup", "anotherwsbjobrunning" },
	{ "could not apply changes on replica", "applicatorsyncerror" },
	{ "a backup or restore operation is currently in progress", "cbpbackuporrestoreinprogress" },
	{ "the selected destination volume does not have free space", "cbpdiskfull" },
	{ "detected inconsistencies while verifying the latest backup", "cbpicmetadatavalidationfailure" },
	{ "maximum number of parallel backup jobs are already running", "cbpmaxparallelbackupjobsreached" },
	{ "the current operation was canceled by the administrator", "cbpoperationaborted" },
	{ "encryption passphrase has not been validated to meet requirements", "cbppassphrasevalidationwarning" },
	{ "the operation failed because of a protection agent failure", "cbpsenddatafailure" },
	{ "because of a protection agent failure. retry the operation", "genericagentfailure" },
	{ "mounting the disk failed", "iscsimountfailure" },
	{ "disappeared while backup was in progress", "cbpsnapshotdisappeared" },
	{ "was unable to create a snapshot of the selected volume", "cbpsourcesnapshotfailed" },
	{ "unable to create a snapshot for the selected backup volume(s) due to insufficient space",
	  "cbpsourcesnapshotfailedlowdiskspace" },
	{ "snapshot failed because of low shadow copy volume space", "cbpsourcesnapshotfailedlowshadowcopyvolumespace" },
	{ "because the vss service encountered an error", "cbpsourcesnapshotfailedvssproviderveto" },
	{ "because of transient errors in vss", "cbpsourcesnapshotfailedvssretryableerror" },
	{ "the creation of another snapshot is currently in progress", "cbpsourcesnapshotfailedvsssnapshotinprogress" },
	{ "agent was unable to contact azure backup service", "cbpstoragedatamovercommunicationerror" },
	{ "number of data transfer failures was more than failure count", "maxfailedfilesreachedinbackup" },
	{ "exceeds the maximum allowed size of", "maximumdatasourcesizeexceededforosversion" },
	{ "a critical inconsistency was detected", "readercriticalinconsistency" },
	{ "failing due to usn backup failures", "readercriticalinconsistency" },
	{ "unable to initialize a backup storage location", "rebuildmetadataerror" },
	{ "unable to find changes in a file", "salbitmaperror" },
	{ "unable to access backup checksum stored in scratch location", "salchecksumstoreinitializationfailed" },
	{ "could not be started because of virtual hard drive named", "salfailedtomountvhd" },
	{ "during the read operation of the file", "salfileioerror" },
	{ "insufficient space in the cache volume", "sallowdiskspace" },
	{ "where the scratch folder is located", "sallowdiskspace" },
	{ "backup has encountered an irrecoverable error", "salmetadatavhdcorrupt" },
	{ "unexpected error in the virtual disk service", "salvdsgeneric" },
	{ "unable to access the scratch location to initialize vhd", "salvhdinitializationerror" },
	{ "invalid or incorrect scratch location", "scratchlocationerror" },
	{ "backup failed because of system file errors", "sfccheckfailed" },
	{ "as another backup operation is currently in progress", "systembackupoperationinprogress" },
	{ "windows server backup failed to backup system state", "wsbdiskspaceorsfcissue" },
	{ "windows server backup failed to access some system files", "wsbsystemfileaccessfailed" },
	{ "vss snapshot created by wsb disappeared", "wsbsnapshotdisappeared" },
};
/* clang-format on */

const char *pasted_message(const char *lower, int *at)
{
	for (; *at < (int)ARRAY_LEN(messages); ++*at)
		if (strstr(lower, messages[*at].words))
			return messages[(*at)++].means;
	return NULL;
}
