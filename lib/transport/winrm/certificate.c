/* certificate.c - whose certificate a WinRM host has to show: the inventory's (marshal_winrm_cert),
 * else the one that known_certificates has, else one that an authority vouches for. Where none does
 * it may be learnt at the first sight of the host, but not of one that had an authority before. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/insist.h"
#include "base/log.h"
#include "base/mem.h"
#include "transport/winrm/knowncerts.h"
#include "transport/winrm/winrm_inside.h"

static void note(struct session *s, const struct http_certificate *shown)
{
	struct certificate_facts *c = &s->winrm->certificate;

	memcpy(c->hex, shown->hex, sizeof(c->hex));
	c->until_utc_ms = shown->until_utc_ms;
	s->certificate = shown->hex[0] ? c : NULL;
}

static void believe(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void believe(struct session *s, const char *fmt, ...)
{
	struct certificate_facts *c = &s->winrm->certificate;
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->by, sizeof(c->by), fmt, args);
	va_end(args);
}

static char *known_as(const struct session *s)
{
	const struct endpoint *e = s->endpoint;

	return knowncerts_name(winrm_name(e), e->port, e->through);
}

/* As they are now: what is revoked or approved while we run counts from then on. */
static struct knowncerts *known_certs(const struct session *s, struct err *err)
{
	const struct endpoint *e = s->endpoint;
	const char *beside = e->known_hosts ? e->known_hosts : s->t->options.known_hosts;
	struct knowncerts *known = knowncerts_beside(s->t->certificates, beside, err);

	if (!known) {
		err->code = FAULT_HOST_KEY_UNKNOWN;
		err_hint(err, "nobody is believed without that file: see that it can be read, and "
			      "correct that line of it");
	}
	return known;
}

static const struct known_cert *find(const struct session *s, const struct knowncerts *known)
{
	AUTO_FREE char *name = known_as(s);

	return knowncerts_find(known, name);
}

/* --- before anything is sent --------------------------------------------------------------- */

static int is_pinned(struct session *s, const char *hex, const char *pin, const char *place,
		     struct err *err)
{
	if (strcmp(hex, pin) == 0) {
		believe(s, "pinned by %s", place);
		return 0;
	}
	err_set(err, FAULT_HOST_KEY_CHANGED,
		"the certificate is SHA256:%s, and not SHA256:%s, which is pinned by %s", hex, pin,
		place);
	return err_hint(err, "compare it on the server; where it was renewed: marshal keys scan "
			     "HOST, keys approve --changed HOST, or correct marshal_winrm_cert");
}

static int had_an_authority(const char *hex, const struct known_cert *before, struct err *err)
{
	err_set(err, FAULT_HOST_KEY_CHANGED,
		"nobody known vouches for the certificate SHA256:%s, and an authority did for the "
		"one before (%s line %d)",
		hex, before->path, before->line);
	return err_hint(err, "somebody in between shows just that: compare it on the server; only "
			     "then marshal keys scan HOST, keys approve --changed HOST");
}

static int is_known(struct session *s, const char *hex, const struct known_cert *known,
		    struct err *err)
{
	AUTO_FREE char *place = xasprintf("%s line %d", known->path, known->line);

	if (!known->hex[0])
		return had_an_authority(hex, known, err);
	return is_pinned(s, hex, known->hex, place, err);
}

/* The server that is asked once more need not show the one that it showed before. */
static int learn(struct session *s, struct knowncerts *known, const struct http_certificate *shown,
		 struct err *err)
{
	AUTO_FREE char *name = known_as(s);
	const char *hex = shown->hex;
	const struct known_cert *now;
	int rc;

	if (shown->unfit) {
		err_set(err, FAULT_HOST_KEY_UNKNOWN,
			"nobody known vouches for the certificate SHA256:%s, and %s", hex,
			shown->unfit);
		return err_hint(err, "where it is the server's all the same: marshal keys scan, "
				     "keys approve");
	}
	rc = knowncerts_learn(known, name, hex, &now, err);
	if (rc < 0) {
		err->code = FAULT_HOST_KEY_UNKNOWN;
		err_hint(err, "see that the file can be read and written");
		return err_in(err, "certificate SHA256:%s could not be learnt", hex);
	}
	if (rc > 0)
		return is_known(s, hex, now, err);
	believe(s, "learnt now as %s line %d", now->path, now->line);
	return 0;
}

static int judge(void *ctx, const struct http_certificate *shown)
{
	struct session *s = ctx;
	struct winrm *w = s->winrm;
	struct err *err = &w->failed;
	struct knowncerts *known = known_certs(s, err);
	const struct known_cert *line = known ? knowncerts_revoked(known, shown->hex) : NULL;

	note(s, shown);
	if (!known)
		return -1;
	if (line) {
		err_set(err, FAULT_HOST_KEY_CHANGED,
			"the certificate SHA256:%s is revoked by %s line %d", shown->hex,
			line->path, line->line);
		return err_hint(err, "whoever shows it may be another than the host: find out who");
	}
	if (s->endpoint->certificate)
		return is_pinned(s, shown->hex, s->endpoint->certificate, "marshal_winrm_cert",
				 err);
	line = find(s, known);
	if (w->learning && !line)
		return learn(s, known, shown, err);
	if (line && (line->hex[0] || w->learning))
		return is_known(s, shown->hex, line, err);
	if (!w->verifies) {
		err_set(err, FAULT_HOST_KEY_UNKNOWN,
			"the line that pinned its certificate is gone from %s since the connection "
			"was begun",
			knowncerts_file(known));
		return err_hint(err, "scan it again");
	}
	believe(s, "an authority vouches for it");
	w->certificate.vouched = true;
	return 0;
}

/* All that was wanted of it. */
static int only_shown(void *ctx, const struct http_certificate *shown)
{
	struct session *s = ctx;

	(void)shown;
	s->winrm->certificate.vouched = true;
	return -1;
}

int winrm_trust(struct session *s, struct http_to *to, struct err *err)
{
	struct knowncerts *known = known_certs(s, err);
	const struct known_cert *line = known ? find(s, known) : NULL;

	if (!known)
		return -1;
	s->certificate = NULL;
	s->winrm->certificate = (struct certificate_facts){ .hex = "" };
	to->ca_file = s->endpoint->ca_file;
	to->judge = judge;
	if (s->task.kind == TASK_GREET) {
		to->judge = only_shown;
		to->verify = true;
		return 0;
	}
	to->verify = !s->endpoint->certificate && !s->winrm->learning && !(line && line->hex[0]);
	s->winrm->verifies = to->verify;
	return 0;
}

/* --- afterwards ---------------------------------------------------------------------------- */

/* Where the file cannot be written, nothing can be learnt into it in its place either. */
void winrm_vouched(struct session *s)
{
	AUTO_FREE char *name = known_as(s);
	const struct known_cert *line;
	struct knowncerts *known;
	struct err err;

	if (!s->winrm->certificate.vouched || s->t->options.keeps_nothing)
		return;
	known = known_certs(s, &err);
	if (!known || find(s, known))
		return;
	if (knowncerts_learn(known, name, NULL, &line, &err) < 0)
		log_line(LOG_DEBUG, "%s: %s", s->endpoint->name, err.msg);
}

/* At first sight alone, before anybody was signed in to. */
static bool may_learn(const struct session *s)
{
	return !s->winrm->learning && !s->connected && !s->parting && s->task.kind != TASK_GREET &&
	       (s->state == AT_TUNNEL || s->state == AT_KNOCK || s->state == AT_CREATE) &&
	       s->t->options.host_key == HOST_KEY_ACCEPT_NEW;
}

/* Never where an authority is named, nor one that is known, and expired or another host's. */
bool winrm_distrusted(struct session *s, struct err *err)
{
	struct winrm *w = s->winrm;
	const struct known_cert *line;
	struct knowncerts *known;
	struct err unread;

	note(s, http_certificate(w->http));
	if (err->code != FAULT_HOST_KEY_UNKNOWN || s->endpoint->ca_file ||
	    !http_nobody_vouches(w->http))
		return false;
	known = known_certs(s, &unread);
	if (!known) {
		*err = unread;
		return false;
	}
	line = find(s, known);
	if (!line || line->hex[0])      /* which was learnt since: it is compared with that */
		return may_learn(s);
	had_an_authority(w->certificate.hex, line, err);
	return false;
}

enum turn winrm_greeted(struct session *s, struct err *err)
{
	struct winrm *w = s->winrm;
	struct http_answer none;
	enum turn r = http_answer(w->http, &none, err);
	struct shown_key key = { .way = ENDPOINT_WINRM };

	if (r == TURN_WAIT)
		return session_wait(s, 0);
	INSIST(r == TURN_FAILED);
	note(s, http_certificate(w->http));
	/* what broke before TLS was made, or in it, says nothing of a certificate */
	if (!w->certificate.hex[0] ||
	    (!w->certificate.vouched && err->code != FAULT_HOST_KEY_UNKNOWN))
		return winrm_no_answer(s, err);
	key.data = w->certificate.hex;
	key.len = CERT_HEX;
	key.why_not = w->certificate.vouched ? NULL : err->msg;
	key.nobody = http_nobody_vouches(w->http);
	s->task.shown(s->task.ctx, &key);
	winrm_close_line(s);
	session_enter(s, STATE_IDLE);
	return TURN_DONE;
}

char *transport_certificates(struct transport *t, const struct endpoint *e, struct err *err)
{
	const char *beside = e->known_hosts ? e->known_hosts : t->options.known_hosts;
	struct knowncerts *known = knowncerts_beside(t->certificates, beside, err);

	return known ? xstrdup(knowncerts_file(known)) : NULL;
}
