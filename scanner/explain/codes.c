/* codes.c - looks errors up in the tables of their families (codes_*.c: one row each, with its
 * source), and says of a code that none of them has what its number tells: whose it is, and where
 * to look next. Checks, reports and `marshal explain` read it. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "scanner/explain/codes.h"

static const struct known_error *const tables[] = {
	errors_of_mars,   errors_by_name,      errors_of_vss,
	errors_of_system, errors_of_installer, errors_of_windows,
};

const struct known_error *error_nth(int n)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct known_error *e = tables[i]; e->meaning; e++)
			if (n-- == 0)
				return e;
	return NULL;
}

/* 0x80070000 and a number is that system error as an HRESULT; 0: neither. */
static uint32_t system_number(uint32_t code)
{
	if (code >> 16 == 0x8007)
		return code & 0xFFFF;
	return code <= 0xFFFF ? code : 0;
}

/* clang-format off */
#define WINERROR_PAGE(to, range) { to, "System error codes (" range "), winerror.h" }
static const struct { uint32_t to; const char *document; } pages[] = {
	WINERROR_PAGE(499, "0-499"), WINERROR_PAGE(999, "500-999"),
	WINERROR_PAGE(1299, "1000-1299"), WINERROR_PAGE(1699, "1300-1699"),
	WINERROR_PAGE(3999, "1700-3999"), WINERROR_PAGE(5999, "4000-5999"),
	WINERROR_PAGE(8199, "6000-8199"), WINERROR_PAGE(8999, "8200-8999"),
	WINERROR_PAGE(11999, "9000-11999"), WINERROR_PAGE(15999, "12000-15999"),
};
/* clang-format on */

const char *error_document(const struct known_error *e)
{
	if (strcmp(e->source, WINERROR) != 0)
		return e->source;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (system_number(e->code) <= pages[i].to)
			return pages[i].document;
	return e->source;
}

bool error_is(const struct known_error *e, int64_t code)
{
	uint32_t number = (uint32_t)code;

	if (code < INT32_MIN || code > UINT32_MAX)
		return false;
	if (e->space == ERRORS_OF_AGENT || e->space == ERRORS_OF_WINDOWS)
		return e->code != 0 && e->code == number;
	if (e->code == number)
		return true;
	/* what a program ended with is no HRESULT */
	if (e->space == ERRORS_OF_TASK && e->code <= 0xFFFF)
		return false;
	return system_number(number) != 0 && system_number(e->code) == system_number(number);
}

static const struct known_error *in_space(enum error_space space, int64_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (const struct known_error *e = tables[i]; e->meaning; e++)
			if (e->space == space && error_is(e, code))
				return e;
	return NULL;
}

const struct known_error *error_of_system(int64_t code)
{
	const struct known_error *e = code != 0 ? in_space(ERRORS_OF_SYSTEM, code) : NULL;

	return e || code == 0 ? e : in_space(ERRORS_OF_INSTALLER, code);
}

const struct known_error *error_known(int64_t code)
{
	const struct known_error *e = in_space(ERRORS_OF_AGENT, code);

	if (!e)
		e = in_space(ERRORS_OF_WINDOWS, code);
	/* a bare small number is a system error in some places only */
	return e || (uint32_t)code >> 16 == 0 ? e : error_of_system(code);
}

const struct known_error *error_of_installer(int64_t exit_code)
{
	return in_space(ERRORS_OF_INSTALLER, exit_code);
}

/* clang-format off */
/* Of codes without a row, the narrower before the wider. The ranges are those of HRESULT's facilities
 * (winerror.h), of vsserror.h, of winhttp.h (12000 and up) and of what the agent's documents show. */
static const struct error_family families[] = {
	{ 0x80042300, 0x800424FF, "An error of the Volume Shadow Copy Service (snapshots).",
	  "Look for VSS in the Application log and for volsnap in the System log at that time; `vssadmin list writers` and "
	  "`vssadmin list providers`." },
	{ 0x80780000, 0x8078FFFF, "An error of Windows Server Backup.",
	  "`Get-WBJob -Previous 1` has its text, the DetailedHResult and the paths of its logs; see the log "
	  "Microsoft-Windows-Backup/Operational." },
	{ 0x80990000, 0x8099FFFF, "An internal error of DPM and MABS.",
	  "Look at the alert in their console, and for MSDPM*.errlog in the folder Temp of DPM." },
	{ 0x80072EE0, 0x80072FFF, "An error of WinINet or WinHTTP: of a request over HTTP.",
	  "Open the documented URLs; compare the proxies of the agent, of SYSTEM and of WinHTTP: `marshal checks network.proxy`." },
	{ 0x80338000, 0x8033FFFF, "An error of WSMan (WinRM).",
	  "`winrm helpmsg {code}`, on any Windows, has its text." },
	{ 0x80090300, 0x800903FF, "An error of SSPI: of a sign-in or of TLS.",
	  "Look for Schannel in the System log at that time; `certutil -error {code}`, on any Windows, has its text." },
	{ 0x80090000, 0x8009FFFF, "An error of certificates or of keys.",
	  "`certutil -error {code}`, on any Windows, has its text; see the log Microsoft-Windows-CAPI2/Operational." },
	{ 0x800B0000, 0x800BFFFF, "An error of trust in a certificate or signature.",
	  "`certutil -error {code}`, on any Windows, has its text; see the log Microsoft-Windows-CAPI2/Operational." },
	{ 0x80041300, 0x800413FF, "An error of Task Scheduler.",
	  "Look at the task's history, in the log Microsoft-Windows-TaskScheduler/Operational." },
	{ 0x00041300, 0x000413FF, "A word of Task Scheduler on a task.",
	  "Look at the task's history, in the log Microsoft-Windows-TaskScheduler/Operational." },
	{ 0x80070641, 0x80070676, "An error of Windows Installer, as an HRESULT.", "Read OBMsi.log below C:\\Windows\\Temp." },
	{ 0x8007041B, 0x80070437, "An error of a service, as an HRESULT.", "Look for Service Control Manager in the System log." },
	{ 0x80070000, 0x8007FFFF, "A system error of Windows, as an HRESULT.",
	  "`net helpmsg {number}`, on any Windows, has its text." },
	{ 0x80060000, 0x8006FFFF, "Of the volsnap events: copies of a volume and their storage.",
	  "Look for volsnap in the System log at that time." },
	{ 0x80240000, 0x8024FFFF, "An error of Windows Update.", "`certutil -error {code}` has its text; see its own log." },
	{ 0x800F0000, 0x800FFFFF, "An error of the setup of Windows or of a driver.", "Look at C:\\Windows\\Logs\\CBS\\CBS.log." },
	{ 0x80310000, 0x8031FFFF, "An error of BitLocker.", "`manage-bde -status` shows what is locked." },
	{ 0x80130000, 0x8013FFFF, "An error of the .NET Framework.",
	  "Look for .NET Runtime in the Application log at that time; repair the .NET Framework when it stays so." },
	{ 0xC03A0000, 0xC03AFFFF, "An error of virtual disks (VHD), such as the agent's metadata disk.",
	  "Look at space and antivirus of the scratch folder, and for VHDMP in the log Microsoft-Windows-VHDMP/Operational." },
	{ 0xC0000000, 0xCFFFFFFF, "An NTSTATUS: as an exit code, a program that crashed or was ended.",
	  "Look for Application Error in the Application log at that time." },
	{ 0x80000000, 0x8FFFFFFF, "An error of Windows (HRESULT).",
	  "`certutil -error {code}`, on any Windows, has its text; look for another code beside it." },
	{ 30000, 39999, "Of the numbers of the agent, DPM and MABS, which no document explains.",
	  "Look for it in CBEngineCurr.errlog in the folder Temp of the agent, and in the job's details; with both ask Microsoft." },
	{ 100000, 299999, "Of the agent's numbers, which no document explains.",
	  "Look for it in CBEngineCurr.errlog in the folder Temp of the agent, and in the job's details; with both ask Microsoft." },
	{ 12000, 12199, "An error of WinINet or WinHTTP: of a request over HTTP.",
	  "Open the documented URLs; compare the proxies of the agent, of SYSTEM and of WinHTTP: `marshal checks network.proxy`." },
	{ 1, 15999, "No code of the agent; as a system error of Windows it has a text.",
	  "`net helpmsg {number}`, on any Windows, has it; where an event's number is meant, name its log." },
	/* the last: everything */
	{ 0, UINT32_MAX, "Of no family that is known.",
	  "Look for it in CBEngineCurr.errlog in the folder Temp of the agent, and for what stands beside it." },
};
/* clang-format on */

const struct error_family *error_family(int64_t code)
{
	const struct error_family *f = families;

	while (f < families + ARRAY_LEN(families) - 1 &&
	       (code < INT32_MIN || code > UINT32_MAX || (uint32_t)code < f->from ||
		(uint32_t)code > f->to))
		f++;
	return f;
}

const char *error_family_remedy(int64_t code, char *out)
{
	const char *from = error_family(code)->remedy;
	uint32_t number = (uint32_t)code;
	struct buf text;

	buf_init(&text, ERROR_REMEDY - 1);
	for (const char *brace; (brace = strchr(from, '{')); from = strchr(brace, '}') + 1) {
		buf_addf(&text, "%.*s", (int)(brace - from), from);
		if (brace[1] == 'n')
			buf_addf(&text, "%u", (unsigned)system_number(number));
		else
			buf_addf(&text, "0x%08X", (unsigned)number);
	}
	buf_adds(&text, from);
	snprintf(out, ERROR_REMEDY, "%s", buf_text(&text));
	buf_release(&text);
	return out;
}

struct error_words error_in(enum error_space place, int64_t code)
{
	const struct known_error *e = in_space(place, code);
	struct error_words words = { .of_family = false };

	if (!e)
		e = error_known(code);
	if (!e)
		e = error_of_system(code);
	words.of_family = !e;
	words.meaning = e ? e->meaning : error_family(code)->meaning;
	if (e)
		snprintf(words.remedy, sizeof(words.remedy), "%s", e->remedy);
	else
		error_family_remedy(code, words.remedy);
	return words;
}

const char *error_shown(int64_t code, char *out)
{
	if (code < INT32_MIN || code > UINT32_MAX)
		snprintf(out, ERROR_TEXT, "%lld", (long long)code);
	else if (code < 0 || code > INT32_MAX)
		snprintf(out, ERROR_TEXT, "0x%08X", (unsigned)(uint32_t)code);
	else
		snprintf(out, ERROR_TEXT, "0x%X (%lld)", (unsigned)code, (long long)code);
	return out;
}
