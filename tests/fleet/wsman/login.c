/* login.c - see login.h. */
#include "tests/fleet/wsman/login.h"

#include <gssapi/gssapi_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/mem.h"
#include "tests/fleet/wsman/base64.h"

struct ws_login {
	gss_ctx_id_t context;           /* of a Negotiate that goes on */
	char *principal;                /* that has signed in, or NULL */
};

struct ws_login *ws_login_new(void)
{
	return xcalloc(1, sizeof(struct ws_login));
}

static void drop_context(struct ws_login *login)
{
	OM_uint32 minor;

	if (login->context != GSS_C_NO_CONTEXT)
		gss_delete_sec_context(&minor, &login->context, GSS_C_NO_BUFFER);
	login->context = GSS_C_NO_CONTEXT;
}

void ws_login_free(struct ws_login *login)
{
	if (!login)
		return;
	drop_context(login);
	free(login->principal);
	free(login);
}

static bool is_line(const char *lines, const char *line)
{
	size_t len = strlen(line);

	while (*lines) {
		size_t n = strcspn(lines, "\n");

		if (n == len && strncmp(lines, line, len) == 0)
			return true;
		lines += n + (lines[n] == '\n');
	}
	return false;
}

static enum ws_login_is basic(struct MHD_Connection *connection, const char *lines, char **out_user)
{
	char *password = NULL;
	char *user = MHD_basic_auth_get_username_password(connection, &password);
	AUTO_FREE char *line =
		user && password && *password ? xasprintf("%s:%s", user, password) : NULL;
	bool good = line && is_line(lines, line);

	if (good)
		*out_user = xstrdup(user);
	MHD_free(user);
	MHD_free(password);
	return good ? WS_LOGIN_GOOD : WS_LOGIN_NOBODY;
}

/* Takes the name over. */
static void note_principal(struct ws_login *login, gss_name_t name)
{
	gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 minor;

	free(login->principal);
	login->principal = NULL;
	if (gss_display_name(&minor, name, &text, NULL) == GSS_S_COMPLETE)
		login->principal = xstrndup(text.value, text.length);
	gss_release_buffer(&minor, &text);
	gss_release_name(&minor, &name);
}

static size_t binding_of(const char *hex, char *out)
{
	static const char type[] = "tls-server-end-point:";
	size_t len = sizeof(type) - 1;
	unsigned byte;

	memcpy(out, type, len);
	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		out[len++] = (char)byte;
	return len;
}

static enum ws_login_is negotiate(struct ws_login *login, const char *said, const char *bound_to,
				  char **out_token)
{
	char binding[128];
	struct gss_channel_bindings_struct channel = { 0 };
	OM_uint32 flags = 0;
	AUTO_FREE char *bytes = xmalloc(strlen(said) + 1);
	long len = ws_base64_decode(said, bytes);
	gss_buffer_desc in = { .length = len > 0 ? (size_t)len : 0, .value = bytes };
	gss_buffer_desc out = GSS_C_EMPTY_BUFFER;
	gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 major, minor;

	if (len <= 0)
		return WS_LOGIN_NOBODY;
	if (bound_to) {
		channel.application_data.length = binding_of(bound_to, binding);
		channel.application_data.value = binding;
	}
	major = gss_accept_sec_context(&minor, &login->context, GSS_C_NO_CREDENTIAL, &in,
				       bound_to ? &channel : GSS_C_NO_CHANNEL_BINDINGS, &name, NULL,
				       &out, &flags, NULL, NULL);
	if (out.length > 0)
		*out_token = base64_encode(out.value, out.length, NULL);
	gss_release_buffer(&minor, &out);
	if (major == GSS_S_CONTINUE_NEEDED)
		return WS_LOGIN_GOES_ON;
	drop_context(login);
	if (GSS_ERROR(major) || (bound_to && !(flags & GSS_C_CHANNEL_BOUND_FLAG))) {
		gss_release_name(&minor, &name);
		return WS_LOGIN_NOBODY;
	}
	note_principal(login, name);
	return login->principal ? WS_LOGIN_GOOD : WS_LOGIN_NOBODY;
}

enum ws_login_is ws_login_check(struct ws_login *login, struct MHD_Connection *connection,
				const struct ws_users *users, char **out_user, char **out_token)
{
	static const char scheme[] = "Negotiate ";
	const char *said =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
	enum ws_login_is is = WS_LOGIN_NOBODY;
	AUTO_FREE char *line = NULL;

	*out_user = *out_token = NULL;
	if (is_line(users->lines, "*:")) {
		*out_user = xstrdup("anybody");
		return WS_LOGIN_GOOD;
	}
	if (said && (!users->negotiate || strncasecmp(said, scheme, strlen(scheme)) != 0))
		return basic(connection, users->lines, out_user);
	if (said)
		is = negotiate(login, said + strlen(scheme), users->bound_to, out_token);
	else if (login->principal)
		is = WS_LOGIN_GOOD;
	if (is != WS_LOGIN_GOOD)
		return is;
	line = xasprintf("%s:", login->principal);
	if (!is_line(users->lines, line))
		return WS_LOGIN_STRANGER;
	*out_user = xstrdup(login->principal);
	return is;
}
