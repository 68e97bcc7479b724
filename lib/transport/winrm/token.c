/* token.c - see token.h. Tokens are those of the mechanism itself, as pywinrm sends them, without
 * SPNEGO around: there is nothing to negotiate about. A password gets its ticket once, into a cache
 * in memory that the tokens of all hosts read. */
#include "transport/winrm/token.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/insist.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "transport/winrm/wsman.h"

struct identity {
	atomic_int refs;
	enum winrm_sign_in by;
	char *user;                     /* NULL: whoever's tickets there are */
	char *password;                 /* secret; NULL: tickets */
	char *label;                    /* the credential's */
	char *cache;                    /* where the password's ticket is: "MEMORY:..." */
	uv_mutex_t lock;                /* over the rest */
	bool tried;
	int64_t until_ms;               /* when the ticket ends */
	gss_cred_id_t cred;             /* of NTLM, which asks nobody */
	struct err err;                 /* what was said the first time counts for all */
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

/* "Cannot contact any KDC for realm 'FLEET.EXAMPLE'": the realm has no other way to us, and where
 * that has another form it is unknown. */
static void note_silent(struct token *k, const char *text)
{
	const char *begin = strchr(text, '\''), *end = begin ? strchr(begin + 1, '\'') : NULL;
	size_t len = end ? (size_t)(end - begin) - 1 : 0;

	k->is_silent = true;
	k->realm[0] = '\0';
	if (len >= sizeof(k->realm))
		return;
	memcpy(k->realm, end ? begin + 1 : "", len);
	k->realm[len] = '\0';
}

static int gss_failed(struct token *k, OM_uint32 major, OM_uint32 minor, const char *what,
		      struct err *err)
{
	AUTO_FREE char *text = status_text(major, minor, mechanism(k->identity->by));

	if (k->identity->by == WINRM_NTLM) {
		err_set(err, FAULT_NO_USABLE_KEY, "%s: %s", what, text);
		return err_hint(err, "NTLM is made by GSSAPI's plug-in (Debian: gss-ntlmssp); "
				     "Kerberos needs none, and Windows is giving NTLM up");
	}
	if ((krb5_error_code)minor == KRB5_KDC_UNREACH) {
		note_silent(k, text);
		what = "no ticket";     /* the cause is told of other hosts and users, too */
	}
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (reasons[i].code != (krb5_error_code)minor)
			continue;
		err_set(err, reasons[i].fault, "%s: %s", what, text);
		return err_hint(err, reasons[i].hint);
	}
	return err_set(err, FAULT_NO_USABLE_KEY, "%s: %s", what, text);
}

/* --- an identity ----------------------------------------------------------------------------- */

struct identity *identity_of(struct credential *c, enum winrm_sign_in by)
{
	struct identity *i;

	INSIST(by == WINRM_KERBEROS || by == WINRM_NTLM);
	if (c->identity[by])
		return c->identity[by];
	i = xcalloc(1, sizeof(*i));
	atomic_init(&i->refs, 1);
	i->by = by;
	i->user = c->user[0] ? xstrdup(c->user) : NULL;
	i->label = xstrdup(c->label);
	i->cache = xasprintf("MEMORY:marshal-%p", (void *)i);
	if (c->password) {
		size_t len = strlen(password_text(c->password));

		i->password = secret_alloc(len + 1);
		memcpy(i->password, password_text(c->password), len);
	}
	uv_mutex_init(&i->lock);
	c->identity[by] = i;
	return i;
}

const char *identity_user(const struct identity *i)
{
	return i->user;
}

bool identity_has_password(const struct identity *i)
{
	return i->password != NULL;
}

static void destroy_cache(const char *name)
{
	krb5_context context;
	krb5_ccache cache;

	if (krb5_init_context(&context) != 0)
		return;
	if (krb5_cc_resolve(context, name, &cache) == 0)
		krb5_cc_destroy(context, cache);
	krb5_free_context(context);
}

void identity_drop(struct identity *i)
{
	OM_uint32 minor;

	if (!i || atomic_fetch_sub(&i->refs, 1) > 1)
		return;
	gss_release_cred(&minor, &i->cred);
	if (i->until_ms)
		destroy_cache(i->cache);
	uv_mutex_destroy(&i->lock);
	secret_free(i->password);
	free(i->cache);
	free(i->label);
	free(i->user);
	free(i);
}

static gss_buffer_desc buffer_of(char *text)
{
	return (gss_buffer_desc){ .length = text ? strlen(text) : 0, .value = text };
}

/* By a password, by the cache that one of a password has, or by what there is on this machine. */
static OM_uint32 acquire(const struct identity *i, bool by_password, gss_cred_id_t *out,
			 OM_uint32 *minor)
{
	gss_OID_set_desc mechs = { .count = 1, .elements = mechanism(i->by) };
	gss_key_value_element_desc element = { "ccache", i->cache };
	gss_key_value_set_desc cache = { .count = 1, .elements = &element };
	gss_buffer_desc user = buffer_of(i->user), password = buffer_of(i->password);
	gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 major = GSS_S_COMPLETE, unused;

	if (i->user)
		major = gss_import_name(minor, &user, GSS_C_NT_USER_NAME, &name);
	if (!GSS_ERROR(major) && by_password)
		major = gss_acquire_cred_with_password(minor, name, &password, GSS_C_INDEFINITE,
						       &mechs, GSS_C_INITIATE, out, NULL, NULL);
	else if (!GSS_ERROR(major))
		major = gss_acquire_cred_from(minor, name, GSS_C_INDEFINITE, &mechs, GSS_C_INITIATE,
					      i->password ? &cache : NULL, out, NULL, NULL);
	gss_release_name(&unused, &name);
	return major;
}

/* gss_inquire_cred() has the KDC asked now, and not by each host's token: 1.20 does so where the
 * password is first needed. */
static int get_ticket(struct token *k, struct err *err)
{
	struct identity *i = k->identity;
	gss_key_value_element_desc element = { "ccache", i->cache };
	gss_key_value_set_desc cache = { .count = 1, .elements = &element };
	gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
	OM_uint32 minor = 0, unused, seconds = 0, major = acquire(i, true, &cred, &minor);

	if (!GSS_ERROR(major))
		major = gss_inquire_cred(&minor, cred, NULL, &seconds, NULL, NULL);
	if (!GSS_ERROR(major))
		major = gss_store_cred_into(&minor, cred, GSS_C_INITIATE, mechanism(i->by), 1, 0,
					    &cache, NULL, NULL);
	gss_release_cred(&unused, &cred);
	if (GSS_ERROR(major))
		return gss_failed(k, major, minor, i->label, err);
	i->until_ms = clock_now_ms() + (int64_t)seconds * 1000;
	return 0;
}

/* The first to ask does it for all. Where no KDC was reached the next one asks again. */
static int first_of_all(struct token *k, struct err *err)
{
	struct identity *i = k->identity;
	OM_uint32 major, minor = 0;

	if (i->by == WINRM_KERBEROS)
		return get_ticket(k, err);
	major = acquire(i, true, &i->cred, &minor);
	return GSS_ERROR(major) ? gss_failed(k, major, minor, i->label, err) : 0;
}

static int ready(struct token *k, struct err *err)
{
	struct identity *i = k->identity;

	if (!i->password)
		return 0;
	uv_mutex_lock(&i->lock);
	if (i->until_ms && clock_now_ms() >= i->until_ms)
		i->tried = false;
	if (!i->tried) {
		i->err.code = ERR_NONE;
		i->tried = first_of_all(k, &i->err) == 0 || !k->is_silent;
	}
	*err = i->err;
	uv_mutex_unlock(&i->lock);
	return err->code == ERR_NONE ? 0 : -1;
}

/* --- a token --------------------------------------------------------------------------------- */

void token_init(struct token *k, struct identity *i, const char *host)
{
	*k = (struct token){ .identity = i,
			     .host = xstrdup(host),
			     .cred = GSS_C_NO_CREDENTIAL,
			     .context = GSS_C_NO_CONTEXT };
	atomic_fetch_add(&i->refs, 1);
}

void token_release(struct token *k)
{
	OM_uint32 minor;

	if (k->context != GSS_C_NO_CONTEXT)
		gss_delete_sec_context(&minor, &k->context, GSS_C_NO_BUFFER);
	gss_release_cred(&minor, &k->cred);
	identity_drop(k->identity);
	free(k->host);
	free(k->said);
	free(k->binding);
	free(k->text);
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

int token_hear(struct token *k, const char *said, const char *binding, size_t len)
{
	char *bound = xmalloc(len + 1);

	memcpy(bound, binding, len);    /* it may be what it has */
	free(k->text);
	free(k->said);
	free(k->binding);
	k->text = NULL;
	k->binding = bound;
	k->binding_len = len;
	k->said = decoded(said, &k->said_len);
	k->failed = k->said == NULL;
	if (k->failed)
		err_set(&k->err, FAULT_WRONG_ANSWER, "the host's word of Negotiate is no base64");
	return k->failed ? -1 : 0;
}

static OM_uint32 import_host(const struct token *k, OM_uint32 *minor, gss_name_t *out)
{
	AUTO_FREE char *text = xasprintf("HTTP@%s", k->host);
	gss_buffer_desc service = buffer_of(text);

	return gss_import_name(minor, &service, GSS_C_NT_HOSTBASED_SERVICE, out);
}

/* Its own of the identity's tickets; NTLM has none and shares what it has. */
static int take_cred(struct token *k, struct err *err)
{
	OM_uint32 minor = 0, major;

	if (k->cred != GSS_C_NO_CREDENTIAL || k->identity->cred != GSS_C_NO_CREDENTIAL)
		return 0;
	major = acquire(k->identity, false, &k->cred, &minor);
	return GSS_ERROR(major) ? gss_failed(k, major, minor, k->identity->label, err) : 0;
}

static int no_token(struct token *k, OM_uint32 major, OM_uint32 minor, struct err *err)
{
	AUTO_FREE char *what =
		xasprintf("%s HTTP/%s",
			  k->said_len ? "WinRM rejected the ticket for" : "no ticket for", k->host);

	gss_failed(k, major, minor, what, err);
	if (k->said_len && err->hint == err_hint_of(err->code)) {
		err->code = FAULT_SIGN_IN_REJECTED;
		err_hint(err, WSMAN_NEGOTIATE_HINT);
	}
	return -1;
}

static int step(struct token *k, struct err *err)
{
	struct gss_channel_bindings_struct channel = {
		.application_data = { .length = k->binding_len, .value = k->binding },
	};
	gss_buffer_desc in = { .length = k->said_len, .value = k->said };
	gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
	gss_name_t host = GSS_C_NO_NAME;
	OM_uint32 minor, unused, major = import_host(k, &minor, &host);

	if (!GSS_ERROR(major))
		major = gss_init_sec_context(&minor, k->cred ? k->cred : k->identity->cred,
					     &k->context, host, mechanism(k->identity->by),
					     GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG, 0,
					     k->binding_len ? &channel : GSS_C_NO_CHANNEL_BINDINGS,
					     &in, NULL, &out, NULL, NULL);
	gss_release_name(&unused, &host);
	k->goes_on = major == GSS_S_CONTINUE_NEEDED;
	if (out.length > 0)
		k->text = base64_encode(out.value, out.length, NULL);
	gss_release_buffer(&unused, &out);
	return GSS_ERROR(major) ? no_token(k, major, minor, err) : 0;
}

bool token_wants_user(const struct token *k)
{
	return k->identity->by == WINRM_KERBEROS && k->identity->password && !k->known;
}

bool token_wants_host(const struct token *k)
{
	return k->identity->by == WINRM_KERBEROS && k->context == GSS_C_NO_CONTEXT;
}

void token_make(struct token *k)
{
	bool user_alone = token_wants_user(k), first = k->context == GSS_C_NO_CONTEXT;

	k->is_silent = false;
	k->failed = first && !k->known && ready(k, &k->err) != 0;
	k->known = !k->failed;
	if (!k->failed && !user_alone)
		k->failed = (first && take_cred(k, &k->err) != 0) || step(k, &k->err) != 0;
	secret_wipe_stack();
}
