/* winrmhost.c - the program: Windows servers as WinRM shows them, over the same states that the
 * fleet's sshd and simhost play. A program of its own beside simhost, which is started once a call
 * and must not carry TLS and HTTP with it. Prints its port and serves until SIGTERM or SIGINT. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/fleet/wsman/server.h"

enum { FILE_MAX = 1 << 20 };

struct program {
	uv_loop_t loop;
	uv_signal_t signals[2];
	struct ws_server *server;
};

static const char usage[] =
	"usage: winrmhost --fleet D --certificate PEM --key PEM --users FILE [--port N]\n"
	"                 [--keytab F] [--bound-to HEX] [--simhost F]\n"
	"                 [--priorities P] [--hasty]\n"
	"Serves the hosts of a fleet's folder (D/addresses) by WinRM over HTTPS on all of\n"
	"127.0.0.0/8: which host is meant is said by the address. Without --port it takes a\n"
	"free one, and prints it. FILE has NAME:PASSWORD a line. With --keytab\n"
	"it takes Negotiate too, of those who have a line PRINCIPAL: and nothing; with\n"
	"--bound-to, the SHA-256 of the certificate, only tokens of its TLS channel.\n"
	"With --hasty who has not signed in is told so before the body has come, and the\n"
	"connection is closed.\n"
	"P is GnuTLS's, NORMAL:-VERS-ALL:+VERS-TLS1.0 for one.\n";

static void on_signal(uv_signal_t *signal, int number)
{
	struct program *p = signal->data;

	(void)number;
	uv_close((uv_handle_t *)&p->signals[0], NULL);
	uv_close((uv_handle_t *)&p->signals[1], NULL);
	ws_server_stop(p->server);
}

/* Some descriptors a connection and some a command: as many as this process may have. */
static void raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static void watch_signals(struct program *p)
{
	static const int numbers[2] = { SIGTERM, SIGINT };

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 2; i++) {
		uv_signal_init(&p->loop, &p->signals[i]);
		p->signals[i].data = p;
		uv_signal_start(&p->signals[i], on_signal, numbers[i]);
	}
}

static int read_options(int argc, char **argv, struct ws_options *out)
{
	static const struct option names[] = {
		{ "fleet", required_argument, NULL, 'f' },
		{ "certificate", required_argument, NULL, 'c' },
		{ "key", required_argument, NULL, 'k' },
		{ "users", required_argument, NULL, 'u' },
		{ "keytab", required_argument, NULL, 'n' },
		{ "bound-to", required_argument, NULL, 'b' },
		{ "hasty", no_argument, NULL, 'h' },
		{ "port", required_argument, NULL, 'p' },
		{ "simhost", required_argument, NULL, 's' },
		{ "priorities", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'f':
			out->fleet = optarg;
			break;
		case 'c':
			out->certificate = optarg;
			break;
		case 'k':
			out->key = optarg;
			break;
		case 'u':
			out->users = optarg;
			break;
		case 'n':
			setenv("KRB5_KTNAME", optarg, 1);
			/* what a client says is said by a test: no file remembers it */
			setenv("KRB5RCACHENAME", "none:", 1);
			out->negotiate = true;
			break;
		case 'b':
			out->bound_to = optarg;
			break;
		case 'h':
			out->hasty = true;
			break;
		case 'p':
			out->port = (int)strtol(optarg, NULL, 10);
			break;
		case 's':
			out->simhost = optarg;
			break;
		case 't':
			out->priorities = optarg;
			break;
		default:
			return -1;
		}
	}
	return optind == argc && out->fleet && out->certificate && out->key && out->users ? 0 : -1;
}

static int serve(struct ws_options *o, struct err *err)
{
	size_t len;
	AUTO_FREE char *certificate = file_read(o->certificate, FILE_MAX, &len, err);
	AUTO_FREE char *key = certificate ? file_read(o->key, FILE_MAX, &len, err) : NULL;
	AUTO_FREE char *users = key ? file_read(o->users, FILE_MAX, &len, err) : NULL;
	struct program p = { 0 };

	if (!users)
		return -1;
	o->certificate = certificate;
	o->key = key;
	o->users = users;
	uv_loop_init(&p.loop);
	p.server = ws_server_start(&p.loop, o, err);
	if (!p.server)
		return -1;
	raise_limit();
	watch_signals(&p);
	printf("%d\n", ws_server_port(p.server));
	fflush(stdout);
	uv_run(&p.loop, UV_RUN_DEFAULT);
	uv_loop_close(&p.loop);
	ws_server_free(p.server);
	return 0;
}

int main(int argc, char **argv)
{
	AUTO_FREE char *own = realpath("/proc/self/exe", NULL);
	AUTO_FREE char *simhost = NULL;
	struct ws_options o = { 0 };
	struct err err;

	if (own && strrchr(own, '/')) {
		*strrchr(own, '/') = '\0';
		o.simhost = simhost = xasprintf("%s/simhost", own);
	}
	if (read_options(argc, argv, &o) != 0) {
		fputs(usage, stderr);
		return 2;
	}
	if (serve(&o, &err) == 0)
		return 0;
	fprintf(stderr, "winrmhost: %s\n", err.msg);
	return 2;
}
