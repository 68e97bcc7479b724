/* answer.c - the lines between the markers, with the noise around them that real servers make.
 * A line is written at once: what came before a hang counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "tests/fleet/play.h"

static void marker(const struct play *p, const char *which)
{
	const char *word = p->named ? "marshal" : "answer", *nonce = p->nonce;

	/* another call's answer, as a proxy that mixes them up would give it */
	if (p->faults & F_WRONG_NONCE)
		nonce = "0123456789abcdef0123456789abcdef";
	printf("<<<%s %s %s>>>\n", word, nonce, which);
}

/* A PowerShell between sshd and ours (DefaultShell): it ends with 0 or 1, whatever its last program
 * said (about_PowerShell_exe, -Command), and by policy it begins and ends with lines of a
 * transcription (about_Group_Policy_Settings). */
static const char stars[] = "**********************\r\n";

int play_shell(const struct play *p, int status)
{
	if (!(p->faults & F_SHELL))
		return status;
	printf("%sWindows PowerShell transcript end\r\n%s", stars, stars);
	fflush(stdout);
	return status != 0;
}

void play_begin(struct play *p)
{
	if (p->faults & F_SHELL)
		printf("%sWindows PowerShell transcript start\r\nHost Application: "
		       "powershell.exe -c powershell.exe -NoProfile\r\n%s",
		       stars, stars);
	if (p->faults & F_BANNER)
		printf("************************************************\r\n"
		       "*  Authorised users only. Überwacht.            *\r\n"
		       "*  {\"fact\": \"host\"} <<<answer begin>>>       *\r\n"
		       "************************************************\r\n");
	putchar('\n');          /* so that the marker has a line of its own */
	marker(p, "begin");
	fflush(stdout);
}

void play_text_line(struct play *p, const char *line)
{
	if ((p->faults & F_NON_UTF8) && p->lines == 0)
		printf("{\"fact\": \"host\", \"ms\": 1, \"value\": \"\xff\xfe\x80\"}\n");
	fputs(line, stdout);
	putchar('\n');
	p->lines++;
}

void play_line(struct play *p, json_t *value)
{
	AUTO_FREE char *text = json_dumps(value, JSON_ENSURE_ASCII | JSON_COMPACT);

	json_decref(value);
	if (!text)
		abort();        /* our own values are valid */
	play_text_line(p, text);
}

void play_end(struct play *p)
{
	if (!(p->faults & F_CUT))
		marker(p, "end");
	if (p->faults & F_NOISE) {
		printf("%s 100%% [oooooooooooooooooooo]\r\n", play_text(p, TEXT_PROGRESS));
		fprintf(stderr,
			"#< CLIXML\r\n<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft."
			"com/powershell/2004/04\"><Obj S=\"progress\" RefId=\"0\"><MS><I64 "
			"N=\"SourceId\">1</I64><PR N=\"Record\"><AV>%s</AV></PR></MS></Obj></Objs>",
			play_text(p, TEXT_PROGRESS));
	}
	fflush(stdout);
}

void play_sleep(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	fflush(stdout);         /* what was said before a wait is heard before it */
	if (ms > 0)
		while (nanosleep(&t, &t) != 0)
			;
}

/* clang-format off */
static const char *const texts[][3] = {
	[TEXT_NO_POWERSHELL] = {
		"'powershell.exe' is not recognized as an internal or external command,\r\n"
		"operable program or batch file.",
		"Der Befehl \"powershell.exe\" ist entweder falsch geschrieben oder\r\n"
		"konnte nicht gefunden werden.",
		"'powershell.exe' は、内部コマンドまたは\r\n"
		"外部コマンドとして認識されていません。" },
	[TEXT_BLOCKED] = {
		"This script contains malicious content and has been blocked by your\r\n"
		"antivirus software.",
		"Dieses Skript enthält schädliche Inhalte und wurde von Ihrer\r\n"
		"Antivirensoftware blockiert.",
		"このスクリプトはブロックされました。" },
	[TEXT_ACCESS_DENIED] = {
		"Access is denied.", "Zugriff verweigert",
		"アクセスが拒否されました。" },
	[TEXT_REFUSED] = {
		"Internal Windows PowerShell error. Error 8009001d.",
		"Interner Windows PowerShell-Fehler. Fehler 8009001d.",
		"Windows PowerShell の内部エラーです。8009001d" },
	[TEXT_PROGRESS] = {
		"Preparing modules for first use.",
		"Module werden für erstmalige Verwendung vorbereitet.",
		"モジュールを使用するための準備をしています。" },
};
/* clang-format on */

const char *play_text(const struct play *p, enum text which)
{
	const char *language = state_text(p->state->root, "os.language");

	if (language && strncmp(language, "de", 2) == 0)
		return texts[which][1];
	return texts[which][language && strncmp(language, "ja", 2) == 0 ? 2 : 0];
}
