/* negotiate.c - who asks for a token, who waits for what another one hears of the realm, and whose
 * token it is that a thread is at. */
#include "transport/winrm/negotiate.h"

#include <ctype.h>
#include <krb5.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/insist.h"
#include "base/mem.h"
#include "transport/credential.h"
#include "transport/winrm/errands.h"
#include "transport/winrm/realms.h"
#include "transport/winrm/token.h"

enum { REALM_MAX = 256 };

struct negotiations {
	struct errands *errands;
	struct realms *realms;
	krb5_context krb5;              /* for what krb5.conf says; NULL: nothing */
	TAILQ_HEAD(negotiate_list, negotiate) waiting;
};

/* A token and what the loop knows of it, which the thread leaves alone. */
struct work {
	struct errand errand;           /* first: they are one allocation */
	struct token token;
	struct negotiations *all;
	struct negotiate *of;           /* NULL: nobody wants it any more */
	struct realm_way way;
	int64_t begun_ms;               /* the question of now: a thread is at it since */
};

struct negotiate {
	struct session *session;
	struct negotiations *all;
	struct work *work;
	bool working;                   /* the work is a thread's */
	bool waiting;                   /* for what another hears of the realm, or for a thread */
	TAILQ_ENTRY(negotiate) link;
};

struct negotiations *negotiations_new(struct transport *t)
{
	struct negotiations *all = xcalloc(1, sizeof(*all));

	all->errands = errands_new(t);
	all->realms = realms_new();
	if (krb5_init_context(&all->krb5) != 0)
		all->krb5 = NULL;
	TAILQ_INIT(&all->waiting);
	return all;
}

void negotiations_free(struct negotiations *all)
{
	if (!all)
		return;
	INSIST(TAILQ_EMPTY(&all->waiting));
	errands_free(all->errands);
	realms_free(all->realms);
	if (all->krb5)
		krb5_free_context(all->krb5);
	free(all);
}

/* --- whom a ticket is asked of --------------------------------------------------------------- */

static bool is_address(const char *host)
{
	return strchr(host, ':') || host[strspn(host, "0123456789.")] == '\0';
}

/* As krb5.conf maps it; else hosts of one domain are taken for those of one realm. Asks nobody. */
static void realm_of_host(krb5_context krb5, const char *host, char out[REALM_MAX])
{
	const char *domain = is_address(host) ? NULL : strchr(host, '.');
	char **list = NULL;

	out[0] = '\0';
	if (krb5 && krb5_get_host_realm(krb5, host, &list) == 0 && list && list[0] && *list[0])
		snprintf(out, REALM_MAX, "%s", list[0]);
	else if (domain)
		snprintf(out, REALM_MAX, "%s", domain + 1);
	if (list)
		krb5_free_host_realm(krb5, list);
}

/* Who is asked next. Where there is no password the user has tickets, or it shows at once. */
static void find_way(struct work *w)
{
	const struct token *k = &w->token;
	const char *user = identity_user(k->identity);
	const char *realm = user ? strrchr(user, '@') : NULL;
	char host[REALM_MAX];

	w->way.count = 0;
	if (identity_has_password(k->identity) && (token_wants_user(k) || token_wants_host(k)))
		w->way.realm[w->way.count++] = realm_of(w->all->realms, realm ? realm + 1 : "");
	if (token_wants_user(k) || !token_wants_host(k))
		return;
	realm_of_host(w->all->krb5, k->host, host);
	w->way.realm[w->way.count++] = realm_of(w->all->realms, host);
	if (w->way.count == 2 && w->way.realm[0] == w->way.realm[1])
		w->way.count = 1;
}

/* --- the work -------------------------------------------------------------------------------- */

static void free_work(struct work *w)
{
	token_release(&w->token);
	free(w);
}

static void on_thread(struct errand *e)
{
	token_make(&((struct work *)e)->token);
}

static void on_dropped(struct errand *e)
{
	free_work((struct work *)e);
}

static void wake_waiting(struct negotiations *all)
{
	struct negotiate *n;

	TAILQ_FOREACH(n, &all->waiting, link)
	transport_wake(n->session);
}

static void stop_waiting(struct negotiate *n)
{
	if (n->waiting)
		TAILQ_REMOVE(&n->all->waiting, n, link);
	n->waiting = false;
}

static void begin(struct negotiate *n)
{
	struct work *w = n->work;
	enum realm_says says;

	find_way(w);
	says = realms_ask(&w->way, errands_full(n->all->errands) ? NULL : w, clock_now_ms(),
			  &w->token.err);
	if (says == REALM_WAIT) {
		if (!n->waiting)
			TAILQ_INSERT_TAIL(&n->all->waiting, n, link);
		n->waiting = true;
		return;
	}
	stop_waiting(n);
	w->token.failed = says == REALM_SILENT;
	if (w->token.failed)
		return;
	n->working = true;
	w->begun_ms = clock_now_ms();
	errands_begin(n->all->errands, &w->errand);
}

/* The user's ticket is there, or a token, or there is none. */
static void made(struct negotiate *n)
{
	const struct token *k = &n->work->token;

	n->working = false;
	if (!k->failed && token_wants_host(k))
		begin(n);
	if (!n->working)
		transport_wake(n->session);
}

static void on_done(struct errand *e)
{
	struct work *w = (struct work *)e;
	struct negotiations *all = w->all;
	struct token *k = &w->token;

	if (e->refused) {
		k->failed = true;
		err_errno(&k->err, ERR_SYSTEM, e->refused, "cannot begin a thread");
		realms_unasked(&w->way, w);
	} else {
		realms_heard(&w->way, w, k->failed && k->is_silent ? k->realm : NULL, &k->err,
			     clock_now_ms());
	}
	if (w->of)
		made(w->of);
	else
		free_work(w);
	wake_waiting(all);
}

/* --- for the session ------------------------------------------------------------------------- */

struct negotiate *negotiate_new(struct session *s, const char *host)
{
	struct negotiate *n = xcalloc(1, sizeof(*n));
	struct work *w = xcalloc(1, sizeof(*w));

	if (!s->t->negotiations)
		s->t->negotiations = negotiations_new(s->t);
	n->session = s;
	n->all = w->all = s->t->negotiations;
	n->work = w;
	w->of = n;
	w->errand.run = on_thread;
	w->errand.done = on_done;
	w->errand.drop = on_dropped;
	token_init(&w->token, identity_of(s->credential, s->endpoint->sign_in), host);
	return n;
}

void negotiate_free(struct negotiate *n)
{
	if (!n)
		return;
	stop_waiting(n);
	if (n->working)
		n->work->of = NULL;
	else
		free_work(n->work);
	free(n);
}

void negotiate_ask(struct negotiate *n, const char *said, const char *binding, size_t len)
{
	INSIST(!n->working && !n->waiting);
	if (token_hear(&n->work->token, said, binding, len) == 0)
		begin(n);
	transport_wake(n->session);
}

enum turn negotiate_token(struct negotiate *n, const char **out, struct err *err)
{
	const struct token *k = &n->work->token;

	if (n->waiting)
		begin(n);
	if (n->working || n->waiting)
		return TURN_WAIT;
	if (!k->failed && !k->text)
		return err_set(err, FAULT_SIGN_IN_REJECTED,
			       "the sign-in of the host asks for more than there is to say");
	if (k->failed) {
		*err = k->err;
		return TURN_FAILED;
	}
	*out = k->text;
	return TURN_DONE;
}

/* Whose question it is that counts: where none is under way, a thread is waited for. */
static const struct work *waited_for(const struct negotiate *n)
{
	return n->working ? n->work : realms_asker(&n->work->way);
}

int negotiate_late(struct negotiate *n, int64_t limit_ms, int64_t *out_until_ms, struct err *err)
{
	const struct realm_way *way = &n->work->way;
	int64_t now_ms = clock_now_ms();
	const struct work *asker;
	char limit[CLOCK_TEXT];

	if (!n->working && !n->waiting)
		return 0;
	asker = waited_for(n);
	if (!asker || now_ms < asker->begun_ms + limit_ms) {
		*out_until_ms = (asker ? asker->begun_ms : now_ms) + limit_ms;
		return 1;
	}
	if (way->count == 0)
		return 0;
	clock_format_duration(limit_ms, limit);
	err_set(err, FAULT_TIME_LIMIT, "no ticket: no KDC answered in %s", limit);
	err_hint(err, "see that this machine reaches a domain controller on port 88, and what "
		      "krb5.conf and DNS say of it");
	realms_waited(way, err, now_ms);
	wake_waiting(n->all);
	return -1;
}

/* The last word is reckoned with what is there: nobody is asked for it. */
int negotiate_prove(struct negotiate *n, const char *said, struct err *err)
{
	struct token *k = &n->work->token;

	if (!k->goes_on)
		return 0;
	if (token_hear(k, said, k->binding, k->binding_len) != 0) {
		*err = k->err;
		return -1;
	}
	if (k->said_len > 0)
		token_make(k);
	if (k->said_len > 0 && !k->failed && !k->goes_on)
		return 0;
	err_set(err, FAULT_WRONG_ANSWER,
		"the host let us in and did not prove that it is HTTP/%s of the directory",
		k->host);
	return err_hint(err, "find out who answers there: the ticket was for another");
}
