/* questions.c - keyboard-interactive: a server asks what it likes, and of that the password is the
 * answer to one question that hides it, and a bastion's one-time code to one more. libssh2 wants
 * the answers at once, so the code is asked for before the server is: a person reads our words, not
 * those of a server. Another code may be tried over one line only where key or password are proven
 * already: a password is given once. A server that hangs up over a wrong one is dialled anew for
 * the next host; three wrong ones in a row are all there are, over whatever lines. */
#include "transport/ssh/ssh.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "transport/prompt.h"

enum { ROUNDS_MAX = 10, CODES_MAX = 3, SHOWN_MAX = 100 };

const char SSH_INTERACTIVE[] = "keyboard-interactive";
const char SSH_CODES_WRONG[] = "a new command asks anew; where each code is wrong, compare the "
			       "clocks of that server and of what makes the codes";

/* Anything else is not for what we have, and gets no answer: our side of the line is shut before
 * libssh2 could send one. */
static void refuse_to_answer(struct ssh *ssh, int count,
			     const LIBSSH2_USERAUTH_KBDINT_PROMPT *asked)
{
	const LIBSSH2_USERAUTH_KBDINT_PROMPT *first = &asked[0];
	AUTO_FREE char *text = text_printable((const char *)first->text, first->length, SHOWN_MAX);

	if (ssh->asked_err.code == ERR_NONE) {
		err_set(&ssh->asked_err, FAULT_SIGN_IN_REJECTED,
			"the server does not let '%s' in by a %s alone, it asks %s'%s'%s",
			ssh->session->credential->user,
			ssh->session->endpoint->one_time_code ? "password and a code" : "password",
			ssh->answered ? "then for " : "for ", text, count > 1 ? " and more" : "");
		ssh_hint_of_code(ssh->session, &ssh->asked_err);
	}
	ssh->line->closing = true;
}

/* A code's question is often hidden too, and calls itself a password at times. */
static bool is_for_code(const LIBSSH2_USERAUTH_KBDINT_PROMPT *asked)
{
	static const char *const words[] = { "code", "one-time", "token", "otp" };
	AUTO_FREE char *text = text_printable((const char *)asked->text, asked->length, SHOWN_MAX);

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasestr(text, words[i]))
			return true;
	return false;
}

/* What the question gets, "" nothing. */
static const char *answer_to(const struct ssh *ssh, const LIBSSH2_USERAUTH_KBDINT_PROMPT *asked)
{
	const struct password *password = ssh->session->credential->password;
	bool password_left = password && !ssh->proven && !ssh->answered;

	if (ssh->code && (!password_left || is_for_code(asked)))
		return ssh->code;
	return password_left && !asked->echo ? password_text(password) : "";
}

static void give(struct ssh *ssh, const char *answer, LIBSSH2_USERAUTH_KBDINT_RESPONSE *out)
{
	void *line = ssh->line;
	size_t len = strlen(answer);

	out->text = line_alloc(len, &line);     /* libssh2 gives it back, which wipes it */
	if (!out->text)
		return;
	memcpy(out->text, answer, len);
	out->length = (unsigned)len;
	if (answer == ssh->code) {
		secret_free(ssh->code);
		ssh->code = NULL;
	} else {
		ssh->answered = true;
	}
}

/* Questions without a number are words of the server: there is nothing to answer. */
LIBSSH2_USERAUTH_KBDINT_RESPONSE_FUNC(ssh_on_questions)
{
	struct ssh *ssh = ((struct line *)*abstract)->driver->ssh;
	const char *answer;

	(void)name;
	(void)name_len;
	(void)instruction;
	(void)instruction_len;
	if (++ssh->rounds > ROUNDS_MAX) {
		err_set(&ssh->asked_err, FAULT_WRONG_ANSWER, "it asks one thing after another");
		ssh->line->closing = true;
	}
	if (num_prompts == 0)
		return;
	/* password and code may be asked for at once */
	if (num_prompts > (ssh->code && !ssh->proven ? 2 : 1)) {
		refuse_to_answer(ssh, num_prompts, prompts);
		return;
	}
	for (int i = 0; i < num_prompts; i++) {
		answer = answer_to(ssh, &prompts[i]);
		if (!answer[0]) {
			refuse_to_answer(ssh, num_prompts - i, &prompts[i]);
			return;
		}
		give(ssh, answer, &responses[i]);
	}
}

int ssh_answer_questions(struct session *s)
{
	const char *user = s->credential->user;

	return libssh2_userauth_keyboard_interactive_ex(s->ssh->line->ssh, user,
							(unsigned)strlen(user), ssh_on_questions);
}

void ssh_hint_of_code(const struct session *s, struct err *err)
{
	if (s->task.kind == TASK_CARRY && !s->endpoint->itself && !s->endpoint->one_time_code)
		err_hint(err, "where this bastion asks for one-time codes, say so of it in the "
			      "inventory: marshal_one_time_code: yes (docs/ways-in.md)");
}

bool ssh_wants_code(struct session *s, const char *list)
{
	struct ssh *ssh = s->ssh;

	if (!s->endpoint->one_time_code || !text_in_list(list, ',', SSH_INTERACTIVE))
		return false;
	if (ssh->method == SSH_INTERACTIVE)
		return ssh->proven && s->credential->codes < CODES_MAX;
	if (text_in_list(list, ',', ssh->method))
		return false;
	ssh->proven = true;
	ssh->method = SSH_INTERACTIVE;
	credential_leave(s);    /* its turn: what comes of the code says nothing of it */
	return true;
}

static enum turn no_code(const struct session *s, struct err *err)
{
	err_in(err, "the one-time code of '%s'", s->credential->user);
	return err_hint(err, "run this on a terminal, where a person can be asked for it; what "
			     "runs by itself needs an account on the bastion that signs in by key "
			     "alone (Match User, AuthenticationMethods publickey)");
}

static enum turn too_many_codes(const struct session *s, struct err *err)
{
	err_set(err, FAULT_SIGN_IN_REJECTED,
		"%d one-time codes of '%s' were not accepted, so none is asked for any more",
		CODES_MAX, s->credential->user);
	return err_hint(err, SSH_CODES_WRONG);
}

/* While somebody looks for it the server may lose its patience. */
enum turn ssh_code(struct session *s, struct err *err)
{
	struct ssh *ssh = s->ssh;
	AUTO_FREE char *text = NULL;
	enum turn r;

	if (!ssh->prompt && s->credential->codes >= CODES_MAX)
		return too_many_codes(s, err);
	if (!ssh->prompt) {
		text = xasprintf("%sOne-time code of %s at %s: ",
				 ssh->codes > 0 ? "That code was rejected. " : "",
				 s->credential->user, s->endpoint->name);
		ssh->codes++;
		ssh->prompt = prompt_new(s->t->prompts, text, transport_wake_session, s);
	}
	r = prompt_answer(ssh->prompt, &ssh->code, err);
	if (r == TURN_FAILED)
		return no_code(s, err);
	if (r == TURN_DONE) {
		s->credential->codes++;
		prompt_drop(ssh->prompt);
		ssh->prompt = NULL;
		ssh->answered = false;
		return session_enter(s, AT_SIGN_IN);
	}
	if (line_peer_left(ssh->line))
		return err_set(err, FAULT_CONNECTION_LOST,
			       "the server closed the connection before the one-time code came");
	return session_wait(s, UV_DISCONNECT);
}

int ssh_code_late(const struct session *s, struct err *err)
{
	err_set(err, FAULT_NO_USABLE_KEY, "none was given in time");
	return no_code(s, err);
}

void ssh_forget_code(struct ssh *ssh)
{
	prompt_drop(ssh->prompt);
	ssh->prompt = NULL;
	secret_free(ssh->code);
	ssh->code = NULL;
}
