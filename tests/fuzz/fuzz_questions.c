/* fuzz_questions.c - any bytes as the questions of a server's keyboard-interactive (RFC 4256 3.2):
 * password and code go to one question each and never a second time, none of what else is asked
 * gets anything, and what is said of it can be shown. Lines are questions, with an empty one a
 * round ends; the first character of each says whether it shows its answer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/secret.h"
#include "transport/credential.h"
#include "transport/ssh/ssh.h"

enum { QUESTIONS = 8, MEMORY = 1 << 16 };
#define WORD "pass-word"
#define CODE "493817"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct play {
	struct ssh ssh;
	struct line line;
	struct session session;
	struct credential credential;
	struct endpoint endpoint;
	int words, codes;               /* given */
};

static void count_answers(struct play *p, LIBSSH2_USERAUTH_KBDINT_RESPONSE *said, int count)
{
	void *line = &p->line;

	for (int i = 0; i < count; i++) {
		if (!said[i].text)
			continue;
		p->words += said[i].length == strlen(WORD) &&
			    memcmp(said[i].text, WORD, said[i].length) == 0;
		p->codes += said[i].length == strlen(CODE) &&
			    memcmp(said[i].text, CODE, said[i].length) == 0;
		line_unalloc(said[i].text, &line);
	}
}

static void ask(struct play *p, LIBSSH2_USERAUTH_KBDINT_PROMPT *asked, int count)
{
	LIBSSH2_USERAUTH_KBDINT_RESPONSE said[QUESTIONS] = { { 0 } };
	void *line = &p->line;

	ssh_on_questions("", 0, "", 0, count, asked, said, &line);
	count_answers(p, said, count);
	if (p->line.closing && p->ssh.asked_err.code == ERR_NONE)
		abort();
}

static const struct password *the_word(void)
{
	static struct passwords *all;
	static const struct password *word;
	AUTO_FREE char *from = NULL;
	struct err err;
	int ends[2];

	if (word)
		return word;
	if (pipe(ends) != 0 || write(ends[1], WORD, strlen(WORD)) < 0)
		abort();
	close(ends[1]);
	all = passwords_new();
	from = xasprintf("fd:%d", ends[0]);
	word = password_of(all, from, false, &err);
	if (!word)
		abort();
	return word;
}

static void play_rounds(struct play *p, char *text)
{
	LIBSSH2_USERAUTH_KBDINT_PROMPT asked[QUESTIONS] = { { 0 } };
	int count = 0;
	char *question;

	while ((question = strsep(&text, "\n")) != NULL && !p->line.closing) {
		if (*question && count < QUESTIONS) {
			asked[count].echo = *question == '+';
			asked[count].text = (void *)(question + 1);
			asked[count++].length = (unsigned)strlen(question + 1);
			continue;
		}
		ask(p, asked, count);
		count = 0;
	}
	if (!p->line.closing)
		ask(p, asked, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct play p;
	AUTO_FREE char *text = NULL;

	if (size < 1)
		return 0;
	p = (struct play){
		.line.driver = &p.session,
		.line.memory.max = MEMORY,
		.session = { .ssh = &p.ssh, .credential = &p.credential, .endpoint = &p.endpoint },
		.credential = { .user = "ops", .password = the_word() },
		.endpoint = { .name = "gate", .one_time_code = data[0] & 1 },
		.ssh = { .session = &p.session, .line = &p.line, .proven = data[0] & 2 }
	};
	LIST_INIT(&p.line.memory.pieces);
	p.ssh.asked_err.code = ERR_NONE;
	if (data[0] & 1) {
		p.ssh.code = secret_alloc(sizeof(CODE));
		memcpy(p.ssh.code, CODE, sizeof(CODE));
	}
	text = xstrndup((const char *)data + 1, size - 1);
	play_rounds(&p, text);
	if (p.words > 1 || p.codes > 1 || (p.words && (data[0] & 2)) || (p.codes && !(data[0] & 1)))
		abort();
	for (const char *c = p.ssh.asked_err.msg; p.line.closing && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			abort();
	if (p.ssh.code)
		secret_free(p.ssh.code);
	return 0;
}
