/* credential.c - the credentials of a command and who waits at the gate of each. */
#include "transport/credential.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/insist.h"
#include "base/mem.h"
#include "transport/winrm/token.h"

struct credentials { void *tree; };     /* of tsearch(3) */

struct credentials *credentials_new(void)
{
	return xcalloc(1, sizeof(struct credentials));
}

static void free_credential(void *p)
{
	struct credential *c = p;

	for (int by = 0; by < WINRM_SIGN_INS; by++)
		identity_drop(c->identity[by]);
	free((char *)c->user);
	free(c->label);
	free(c->reason);
	free(c);
}

void credentials_free(struct credentials *all)
{
	if (!all)
		return;
	tdestroy(all->tree, free_credential);
	free(all);
}

static int compare_pointers(const void *a, const void *b)
{
	return a == b ? 0 : (uintptr_t)a < (uintptr_t)b ? -1 : 1;
}

static int compare(const void *a, const void *b)
{
	const struct credential *x = a, *y = b;
	int r = compare_pointers(x->key, y->key);

	if (r == 0)
		r = compare_pointers(x->password, y->password);
	return r ? r : strcmp(x->user, y->user);
}

struct credential *credential_of(struct transport *t, const char *user, struct key *key,
				 const struct password *password, const char *what)
{
	struct credential wanted = { .user = user, .key = key, .password = password };
	struct credential *const *found = tfind(&wanted, &t->credentials->tree, compare);
	struct credential *made;

	INSIST(!key || !password);
	if (found)
		return *found;
	made = xcalloc(1, sizeof(*made));
	made->user = xstrdup(user);
	made->key = key;
	made->password = password;
	made->label = user[0] ? xasprintf("user '%s' with %s", user, what) : xstrdup(what);
	TAILQ_INIT(&made->waiting);
	tsearch(made, &t->credentials->tree, compare);
	return made;
}

static void stop_waiting(struct session *s)
{
	if (!s->at_gate)
		return;
	TAILQ_REMOVE(&s->credential->waiting, s, waiting);
	s->at_gate = false;
}

static void wake_waiting(struct credential *c)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&c->waiting)) != NULL) {
		stop_waiting(s);
		transport_wake(s);
	}
}

bool credential_is_accepted(const struct credential *c)
{
	return c->gate.accepted && !c->gate.suspended;
}

enum turn credential_turn(struct session *s, struct err *err)
{
	struct credential *c = s->credential;

	switch (gate_ask(&c->gate, s)) {
	case GATE_GO:
		stop_waiting(s);
		return TURN_DONE;
	case GATE_SUSPENDED:
		stop_waiting(s);
		return err_set(err, FAULT_CREDENTIAL_SUSPENDED,
			       "%s was rejected too often and is not offered any more; last: %s",
			       c->label, c->reason ? c->reason : "?");
	case GATE_WAIT:
		break;
	}
	if (!s->at_gate)
		TAILQ_INSERT_TAIL(&c->waiting, s, waiting);
	s->at_gate = true;
	return TURN_WAIT;
}

void credential_accepted(struct session *s)
{
	session_found(s, "%s", s->credential->label);
	s->credential->codes = 0;
	gate_accepted(&s->credential->gate, s);
	wake_waiting(s->credential);
}

void credential_rejected(struct session *s, const struct err *err)
{
	struct credential *c = s->credential;

	gate_rejected(&c->gate, s);
	free(c->reason);
	c->reason = xasprintf("%s: %s", s->endpoint->name, err->msg);
	wake_waiting(c);
}

void credential_leave(struct session *s)
{
	struct credential *c = s->credential;

	if (!c)
		return;
	stop_waiting(s);
	if (c->gate.turn != s)
		return;
	gate_left(&c->gate, s);
	wake_waiting(c);
}
