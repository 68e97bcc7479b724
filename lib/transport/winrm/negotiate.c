/* negotiate.c - GSSAPI (RFC 2743, 2744) on libuv's threads. What a thread works with is its own
 * until its work is done; an identity is shared, behind a lock. Tokens are those of the mechanism
 * itself, as pywinrm sends them, without SPNEGO around: there is nothing to negotiate about. */
#include "transport/winrm/negotiate.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/insist.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "transport/credential.h"
#include "transport/winrm/wsman.h"

enum { DOWN_MS = 60 * 1000 };

struct identity {
	int refs;                       /* of the loop's thread */
	enum winrm_sign_in by;
	char *user;                     /* NULL: whoever's tickets there are */
	char *password;                 /* secret; NULL: tickets */
	char *label;                    /* the credential's */
	uv_mutex_t lock;                /* over the rest */
	bool tried;
	gss_cred_id_t cred;
	struct err err;                 /* what was said the first time counts for all */
	bool worked;                    /* a token was made */
	int64_t down_until_ms;          /* nobody reached a KDC just now, and why */
	struct err down;
};

struct negotiate {
	uv_work_t work;                 /* first: they are one allocation */
	struct session *session;
	struct transport *t;
	struct identity *identity;
	char *host;
	bool working, abandoned, failed;
	gss_ctx_id_t context;
	bool goes_on;                   /* something is to come from the server */
	char *said, *binding;           /* what the thread is to work with */
	size_t said_len, binding_len;
	char *token;                    /* what it made: base64 */
	struct err err;
};

/* --- what went wrong ------------------------------------------------------------------------- */

/* clang-format off */
/* The mechanism's own code, where we know more than its words do (RFC 4120 7.5.9; krb5.h). */
static const struct {
	krb5_error_code code;
	enum err_code fault;
	const char *hint;
} reasons[] = {
	{ KRB5KDC_ERR_PREAUTH_FAILED, FAULT_SIGN_IN_REJECTED, "check the user and its password" },
	{ KRB5KRB_AP_ERR_BAD_INTEGRITY, FAULT_SIGN_IN_REJECTED, "check the user and its password" },
	{ KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, FAULT_SIGN_IN_REJECTED,
	  "check the user, svc@CORP.EXAMPLE: the realm is in capitals" },
	{ KRB5_KDCREP_MODIFIED, FAULT_SIGN_IN_REJECTED,
	  "write the realm of the user in capitals: svc@CORP.EXAMPLE" },
	{ KRB5KDC_ERR_CLIENT_REVOKED, FAULT_SIGN_IN_REJECTED,
	  "the account is locked or disabled: have it looked at before the next scan" },
	{ KRB5KDC_ERR_KEY_EXP, FAULT_SIGN_IN_REJECTED,
	  "the password has expired: set a new one by hand; marshal changes none" },
	{ KRB5_FCC_NOFILE, FAULT_NO_USABLE_KEY,
	  "get one (kinit), name a keytab ($KRB5_CLIENT_KTNAME), or set a password" },
	{ KRB5_CC_NOTFOUND, FAULT_NO_USABLE_KEY,
	  "get one (kinit), name a keytab ($KRB5_CLIENT_KTNAME), or set a password" },
	{ KRB5KRB_AP_ERR_TKT_EXPIRED, FAULT_NO_USABLE_KEY, "get a new one: kinit" },
	/* these pass: a job that is under way tries again */
	{ KRB5_KDC_UNREACH, FAULT_TIME_LIMIT,
	  "see that this machine reaches a domain controller on port 88, and what krb5.conf has" },
	{ KRB5_REALM_CANT_RESOLVE, FAULT_NO_USABLE_KEY,
	  "see that this machine finds the domain controllers of the realm: DNS, or krb5.conf" },
	{ KRB5_REALM_UNKNOWN, FAULT_NO_USABLE_KEY, "name the realm's controllers in krb5.conf" },
	{ KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, FAULT_NO_USABLE_KEY,
	  "the directory knows no such name: give the host its full one (ansible_host), or set "
	  "ansible_winrm_kerberos_hostname_override" },
	{ KRB5KRB_AP_ERR_MODIFIED, FAULT_NO_USABLE_KEY,
	  "the name belongs to another account than the one that answers there: see who has it "
	  "(setspn -Q HTTP/HOST)" },
	{ KRB5KRB_AP_ERR_SKEW, FAULT_TIME_LIMIT,
	  "the clocks of this machine and of the domain are too far apart: keep both by NTP" },
};
/* clang-format on */

/* The words of GSSAPI for the two codes; the mechanism's where it has any. */
static char *status_text(OM_uint32 major, OM_uint32 minor, gss_OID mech)
{
	gss_buffer_desc said = GSS_C_EMPTY_BUFFER;
	OM_uint32 unused, more = 0;
	char *text;

	if (minor == 0 ||
	    GSS_ERROR(gss_display_status(&unused, minor, GSS_C_MECH_CODE, mech, &more, &said)))
		gss_display_status(&unused, major, GSS_C_GSS_CODE, mech, &more, &said);
	text = text_printable(said.value ? said.value : "", said.length, 200);
	gss_release_buffer(&unused, &said);
	return text;
}

static gss_OID mechanism(enum winrm_sign_in by)
{
	/* 1.3.6.1.4.1.311.2.2.10 (MS-NLMP 1.9) */
	static gss_OID_desc ntlm = { 10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a" };

	return by == WINRM_NTLM ? &ntlm : (gss_OID)gss_mech_krb5;
}

static int gss_failed(const struct identity *i, OM_uint32 major, OM_uint32 minor, const char *what,
		      struct err *err)
{
	AUTO_FREE char *text = status_text(major, minor, mechanism(i->by));

	if (i->by == WINRM_NTLM) {
		err_set(err, FAULT_NO_USABLE_KEY, "%s: %s", what, text);
		return err_hint(err, "NTLM is made by GSSAPI's plug-in (Debian: gss-ntlmssp); "
				     "Kerberos needs none, and Windows is giving NTLM up");
	}
	for (size_t k = 0; k < ARRAY_LEN(reasons); k++) {
		if (reasons[k].code != (krb5_error_code)minor)
			continue;
		err_set(err, reasons[k].fault, "%s: %s", what, text);
		return err_hint(err, reasons[k].hint);
	}
	return err_set(err, FAULT_NO_USABLE_KEY, "%s: %s", what, text);
}

/* --- an identity ----------------------------------------------------------------------------- */

static struct identity *identity_of(struct session *s)
{
	struct credential *c = s->credential;
	enum winrm_sign_in by = s->endpoint->sign_in;
	struct identity *i;

	INSIST(by == WINRM_KERBEROS || by == WINRM_NTLM);
	if (c->identity[by])
		return c->identity[by];
	i = xcalloc(1, sizeof(*i));
	i->refs = 1;
	i->by = by;
	i->user = c->user[0] ? xstrdup(c->user) : NULL;
	i->label = xstrdup(c->label);
	if (c->password) {
		size_t len = strlen(password_text(c->password));

		i->password = secret_alloc(len + 1);
		memcpy(i->password, password_text(c->password), len);
	}
	uv_mutex_init(&i->lock);
	c->identity[by] = i;
	return i;
}

void identity_drop(struct identity *i)
{
	OM_uint32 minor;

	if (!i || --i->refs > 0)
		return;
	gss_release_cred(&minor, &i->cred);
	uv_mutex_destroy(&i->lock);
	secret_free(i->password);
	free(i->label);
	free(i->user);
	free(i);
}

static gss_buffer_desc buffer_of(char *text)
{
	return (gss_buffer_desc){ .length = text ? strlen(text) : 0, .value = text };
}

/* gss_inquire_cred() has the KDC asked now, and not by each host's token: 1.20 does so where the
 * password is first needed. */
static int prove_identity(struct identity *i, struct err *err)
{
	OM_uint32 major, minor, seconds;

	if (i->by != WINRM_KERBEROS || !i->user)
		return 0;
	major = gss_inquire_cred(&minor, i->cred, NULL, &seconds, NULL, NULL);
	if (GSS_ERROR(major))
		return gss_failed(i, major, minor, i->label, err);
	return 0;
}

static int acquire(struct identity *i, struct err *err)
{
	gss_OID_set_desc mechs = { .count = 1, .elements = mechanism(i->by) };
	gss_buffer_desc user = buffer_of(i->user), password = buffer_of(i->password);
	gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 major = GSS_S_COMPLETE, minor = 0, unused;

	if (i->user)
		major = gss_import_name(&minor, &user, GSS_C_NT_USER_NAME, &name);
	if (!GSS_ERROR(major) && i->password)
		major = gss_acquire_cred_with_password(&minor, name, &password, GSS_C_INDEFINITE,
						       &mechs, GSS_C_INITIATE, &i->cred, NULL,
						       NULL);
	else if (!GSS_ERROR(major))
		major = gss_acquire_cred(&minor, name, GSS_C_INDEFINITE, &mechs, GSS_C_INITIATE,
					 &i->cred, NULL, NULL);
	gss_release_name(&unused, &name);
	if (GSS_ERROR(major))
		return gss_failed(i, major, minor, i->label, err);
	return prove_identity(i, err);
}

/* The first to ask does it for all. */
static int ready(struct identity *i, struct err *err)
{
	uv_mutex_lock(&i->lock);
	if (!i->tried && acquire(i, &i->err) != 0)
		INSIST(i->err.code != ERR_NONE);
	i->tried = true;
	*err = i->err.code == ERR_NONE && clock_now_ms() < i->down_until_ms ? i->down : i->err;
	uv_mutex_unlock(&i->lock);
	return err->code == ERR_NONE ? 0 : -1;
}

/* A KDC that nobody reaches is one cause where nothing has worked yet: for a while the next host
 * does not wait for it again. Later it may be that of one host's realm, or a moment's. */
static void keep_if_common(struct identity *i, OM_uint32 minor, const struct err *err)
{
	if ((krb5_error_code)minor != KRB5_KDC_UNREACH)
		return;
	uv_mutex_lock(&i->lock);
	if (!i->worked) {
		i->down = *err;
		i->down_until_ms = clock_now_ms() + DOWN_MS;
	}
	uv_mutex_unlock(&i->lock);
}

static void note_worked(struct identity *i)
{
	uv_mutex_lock(&i->lock);
	i->worked = true;
	uv_mutex_unlock(&i->lock);
}

/* --- a token --------------------------------------------------------------------------------- */

static OM_uint32 import_host(struct negotiate *n, OM_uint32 *minor, gss_name_t *out)
{
	AUTO_FREE char *text = xasprintf("HTTP@%s", n->host);
	gss_buffer_desc service = buffer_of(text);

	return gss_import_name(minor, &service, GSS_C_NT_HOSTBASED_SERVICE, out);
}

static int step(struct negotiate *n, struct err *err)
{
	struct gss_channel_bindings_struct channel = {
		.application_data = { .length = n->binding_len, .value = n->binding },
	};
	gss_buffer_desc in = { .length = n->said_len, .value = n->said };
	gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
	gss_name_t host = GSS_C_NO_NAME;
	OM_uint32 minor, unused, major = import_host(n, &minor, &host);

	if (!GSS_ERROR(major))
		major = gss_init_sec_context(&minor, n->identity->cred, &n->context, host,
					     mechanism(n->identity->by),
					     GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG, 0,
					     n->binding_len ? &channel : GSS_C_NO_CHANNEL_BINDINGS,
					     &in, NULL, &out, NULL, NULL);
	gss_release_name(&unused, &host);
	n->goes_on = major == GSS_S_CONTINUE_NEEDED;
	if (out.length > 0)
		n->token = base64_encode(out.value, out.length, NULL);
	gss_release_buffer(&unused, &out);
	if (GSS_ERROR(major)) {
		AUTO_FREE char *what = xasprintf(
			"%s HTTP/%s",
			n->said_len ? "WinRM rejected the ticket for" : "no ticket for", n->host);

		gss_failed(n->identity, major, minor, what, err);
		if (n->said_len && err->hint == err_hint_of(err->code)) {
			err->code = FAULT_SIGN_IN_REJECTED;
			err_hint(err, WSMAN_NEGOTIATE_HINT);
		}
		keep_if_common(n->identity, minor, err);
		return -1;
	}
	note_worked(n->identity);
	return 0;
}

static void on_thread(uv_work_t *work)
{
	struct negotiate *n = (struct negotiate *)work;

	n->failed = ready(n->identity, &n->err) != 0 || step(n, &n->err) != 0;
	secret_wipe_stack();
}

static void really_free(struct negotiate *n)
{
	OM_uint32 minor;

	if (n->context != GSS_C_NO_CONTEXT)
		gss_delete_sec_context(&minor, &n->context, GSS_C_NO_BUFFER);
	identity_drop(n->identity);
	free(n->host);
	free(n->said);
	free(n->binding);
	free(n->token);
	free(n);
}

static void on_done(uv_work_t *work, int status)
{
	struct negotiate *n = (struct negotiate *)work;

	(void)status;           /* nobody cancels it */
	n->working = false;
	transport_handle_gone(n->t);
	if (n->abandoned)
		really_free(n);
	else
		transport_wake(n->session);
}

/* --- for the session ------------------------------------------------------------------------- */

struct negotiate *negotiate_new(struct session *s, const char *host)
{
	struct negotiate *n = xcalloc(1, sizeof(*n));

	n->session = s;
	n->t = s->t;
	n->host = xstrdup(host);
	n->identity = identity_of(s);
	n->identity->refs++;
	n->context = GSS_C_NO_CONTEXT;
	return n;
}

void negotiate_free(struct negotiate *n)
{
	if (!n)
		return;
	if (n->working)
		n->abandoned = true;
	else
		really_free(n);
}

/* NULL: it is no base64. */
static char *decoded(const char *text, size_t *out_len)
{
	struct base64_reader reader = { 0 };
	size_t len = strlen(text);
	char *bytes = xmalloc(len + 3);

	if (base64_read(&reader, text, len, bytes, out_len) && base64_is_whole(&reader))
		return bytes;
	free(bytes);
	return NULL;
}

static int take_said(struct negotiate *n, const char *said, struct err *err)
{
	free(n->said);
	n->said = decoded(said, &n->said_len);
	if (!n->said)
		return err_set(err, FAULT_WRONG_ANSWER,
			       "the host's word of Negotiate is no base64");
	return 0;
}

void negotiate_ask(struct negotiate *n, const char *said, const char *binding, size_t len)
{
	INSIST(!n->working);
	free(n->token);
	free(n->binding);
	n->token = NULL;
	n->binding = xmalloc(len + 1);
	memcpy(n->binding, binding, len);
	n->binding_len = len;
	n->failed = take_said(n, said, &n->err) != 0;
	if (n->failed) {
		transport_wake(n->session);
		return;
	}
	n->working = true;
	n->t->handles++;
	uv_queue_work(n->t->loop, &n->work, on_thread, on_done);
}

enum turn negotiate_token(struct negotiate *n, const char **out, struct err *err)
{
	if (n->working)
		return TURN_WAIT;
	if (!n->failed && !n->token)
		return err_set(err, FAULT_SIGN_IN_REJECTED,
			       "the sign-in of the host asks for more than there is to say");
	if (n->failed) {
		*err = n->err;
		return TURN_FAILED;
	}
	*out = n->token;
	return TURN_DONE;
}

/* The last word is reckoned with what is there: nobody is asked for it. */
int negotiate_prove(struct negotiate *n, const char *said, struct err *err)
{
	if (!n->goes_on)
		return 0;
	if (take_said(n, said, err) != 0)
		return -1;
	if (n->said_len > 0 && step(n, &n->err) == 0 && !n->goes_on)
		return 0;
	err_set(err, FAULT_WRONG_ANSWER,
		"the host let us in and did not prove that it is HTTP/%s of the directory",
		n->host);
	return err_hint(err, "find out who answers there: the ticket was for another");
}
