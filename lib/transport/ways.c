/* ways.c - which way a session goes: its endpoint's kind, and where that one leads to nobody, its
 * other one. */
#include <stdlib.h>

#include "base/insist.h"
#include "base/mem.h"
#include "transport/credential.h"
#include "transport/session.h"
#include "transport/ssh/common.h"
#include "transport/winrm/winrm.h"

const struct machine *session_machine(const struct endpoint *e)
{
	switch (e->kind) {
	case ENDPOINT_SSH:
		return &machine_ssh;
	case ENDPOINT_WINRM:
		return &machine_winrm;
	case ENDPOINT_LOCAL:
		return &machine_local;
	case ENDPOINT_UNSUPPORTED:
	case ENDPOINT_UNRESOLVED:
		break;
	}
	INSIST(e->kind == ENDPOINT_UNSUPPORTED || e->kind == ENDPOINT_UNRESOLVED);
	return &machine_none;
}

int session_no_way(const struct endpoint *e, struct err *err)
{
	const char *what = e->why_not ? e->why_not : "?";

	if (e->kind == ENDPOINT_UNRESOLVED) {
		err_set(err, FAULT_UNRESOLVED_VARIABLE, "%s", what);
		return e->why_not_hint ? err_hint(err, e->why_not_hint) : -1;
	}
	return err_set(err, FAULT_UNSUPPORTED_TRANSPORT, "%s is not supported", what);
}

int transport_identify(struct transport *t, const struct endpoint *e,
		       struct transport_identity *out, struct err *err)
{
	const struct credential *c;

	*out = (struct transport_identity){ .label = "" };
	switch (e->kind) {
	case ENDPOINT_SSH:
		return ssh_identify(t, e, out, err);
	case ENDPOINT_WINRM:
		c = winrm_credential(t, e, err);
		out->label = c ? c->label : "";
		return c ? 0 : -1;
	case ENDPOINT_LOCAL:
		return 0;
	case ENDPOINT_UNSUPPORTED:
	case ENDPOINT_UNRESOLVED:
		break;
	}
	return session_no_way(e, err);
}

bool session_puts_files(const struct session *s)
{
	return s->machine != &machine_winrm;
}

static void go(struct session *s, const struct endpoint *way)
{
	s->machine->close(s, false);
	if (s->machine->release)
		s->machine->release(s);
	s->endpoint = way;
	s->machine = session_machine(way);
	s->credential = NULL;
	session_enter(s, STATE_IDLE);
}

/* Nobody was there to be asked. */
static bool leads_to_nobody(const struct session *s, const struct err *err)
{
	return !s->connected && s->machine->host_failed &&
	       (err->code == FAULT_REFUSED || err->code == FAULT_NO_ANSWER ||
		err->code == FAULT_NOT_SSH) &&
	       s->machine->host_failed(s);
}

/* Who reads it is to know of both. */
static void both_failed(struct err *err, const char *before)
{
	const char *hint = err->hint;
	AUTO_FREE char *text = xasprintf("%s; before that %s", err->msg, before);

	err_set(err, err->code, "%s", text);
	err_hint(err, hint);
}

bool session_goes_another_way(struct session *s, struct err *err)
{
	const struct endpoint *other = s->first->otherwise;

	if (s->connected || !other || s->task.kind == TASK_NONE || s->task.kind == TASK_CARRY ||
	    s->task.kind == TASK_REACH)
		return false;
	if (s->endpoint == s->first && leads_to_nobody(s, err)) {
		free(s->passed_over);
		s->passed_over = xstrdup(err_text_without(err, s->first->name));
		go(s, other);
		transport_wake(s);
		return true;
	}
	if (s->endpoint == s->first)
		return false;
	both_failed(err, s->passed_over);
	free(s->passed_over);
	s->passed_over = NULL;
	go(s, s->first);
	return false;
}
