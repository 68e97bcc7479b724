/* callhost.c - calls or uploads to many hosts at once, for the scenarios of the transport: each
 * line "NAME ADDRESS PORT" of standard input is a host, behind the bastions that --via names, the
 * outermost first; each prints how its work ended. Ends with a line of totals: our CPU time, most
 * memory, hosts. Nothing of it is installed. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "transport/transport.h"

struct options {
	struct transport_options transport;
	const char *user, *key, *program, *upload, *remote, *kind;
	/* of WinRM: the bastions have `user` and `key` */
	const char *winrm_user, *password, *tls_name, *ca_file, *certificate, *sign_in;
	int64_t limit_ms;
	int calls;              /* one after another on the same session */
	struct endpoint via[4];
	int via_count;
	int sessions, channels; /* of each bastion */
};

struct host {
	const struct options *options;
	struct endpoint endpoint;
	struct session *session;
	int lines, calls;
	size_t bytes, over;     /* of lines; lines above the limit */
	struct host *next;
};

static int send_buffer;         /* of each connection; 0: as it is */
int __real_connect(int fd, const struct sockaddr *to, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len);

/* A line whose kernel takes little is where half-sent packets come from. */
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
	if (send_buffer)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof(send_buffer));
	return __real_connect(fd, to, len);
}

static const void *data;        /* of --upload: to --remote, without that of each call */
static size_t data_len;
static json_t *request;
static struct script script = { "test", "test.ps1", "-", NULL, 40000 };

static void on_line(void *ctx, const char *line, size_t len)
{
	struct host *h = ctx;

	h->lines++;
	h->bytes += len;
	h->over += line == NULL;
}

static void begin(struct host *h);

static void on_done(void *ctx, const struct err *err)
{
	struct host *h = ctx;
	struct session_facts facts;

	session_look(h->session, &facts);
	if (err)
		printf("%s %s %s | %s\n", h->endpoint.name, err_name(err->code), err->msg,
		       err->hint);
	else
		printf("%s ok lines=%d bytes=%zu over=%zu peer=%s rtt=%lld sent=%d first=%d\n",
		       h->endpoint.name, h->lines, h->bytes, h->over, facts.peer,
		       (long long)facts.rtt_ms, facts.sent_utc_ms > 0, facts.first_line_utc_ms > 0);
	fflush(stdout);
	if (++h->calls < h->options->calls) {
		begin(h);
	} else {
		session_free(h->session);
		h->session = NULL;
	}
}

static void begin(struct host *h)
{
	h->lines = 0;
	h->bytes = 0;
	if (h->options->remote)
		session_upload(h->session, &(struct upload){ .remote = h->options->remote,
							     .data = data,
							     .len = data_len,
							     .limit_ms = h->options->limit_ms,
							     .done = on_done,
							     .ctx = h });
	else
		session_call(h->session, &(struct call){ .script = &script,
							 .request = request,
							 .data = data,
							 .len = data_len,
							 .limit_ms = h->options->limit_ms,
							 .line = on_line,
							 .done = on_done,
							 .ctx = h });
}

static void map_upload(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0)
		exit(2);
	data_len = (size_t)st.st_size;
	data = data_len ? mmap(NULL, data_len, PROT_READ, MAP_PRIVATE, fd, 0) : "";
	if (data == MAP_FAILED)
		exit(2);
	close(fd);
}

static enum winrm_sign_in sign_in_of(const char *word)
{
	static const char *const words[] = { "basic", "kerberos", "ntlm" };

	for (int i = 0; word && i < WINRM_SIGN_INS; i++)
		if (strcmp(words[i], word) == 0)
			return (enum winrm_sign_in)i;
	return WINRM_BASIC;
}

static struct host *read_hosts(const struct options *o, const struct endpoint ***out,
			       int *out_count)
{
	struct host *first = NULL, **last = &first;
	char name[256], address[512];
	int port, cap = 0;

	while (scanf("%255s %511s %d", name, address, &port) == 3) {
		struct host *h = xcalloc(1, sizeof(*h));

		h->options = o;
		h->endpoint = (struct endpoint){
			.name = xstrdup(name),
			.address = xstrdup(address),
			.port = port,
			.user = o->winrm_user ? o->winrm_user : o->user,
			.key_file = o->key,
			.via = o->via_count ? &o->via[o->via_count - 1] : NULL,
			.program = o->program,
			.why_not = o->kind,
			.tls_name = o->tls_name,
			.password = o->password,
			.ca_file = o->ca_file,
			.certificate = o->certificate,
			.sign_in = sign_in_of(o->sign_in),
			.kind = o->kind			  ? ENDPOINT_UNSUPPORTED :
				o->program		  ? ENDPOINT_LOCAL :
				o->password || o->sign_in ? ENDPOINT_WINRM :
							    ENDPOINT_SSH,
		};
		MEM_GROW(*out, *out_count, cap);
		(*out)[(*out_count)++] = &h->endpoint;
		*last = h;
		last = &h->next;
	}
	return first;
}

static const struct option option_names[] = {
	{ "user", 1, NULL, 'u' },
	{ "key", 1, NULL, 'k' },
	{ "known-hosts", 1, NULL, 'h' },
	{ "program", 1, NULL, 'p' },
	{ "learn", 0, NULL, 'l' },
	{ "limit", 1, NULL, 't' },
	{ "upload", 1, NULL, 'U' },
	{ "remote", 1, NULL, 'r' },
	{ "calls", 1, NULL, 'c' },
	{ "unsupported", 1, NULL, 'x' },
	{ "ask", 1, NULL, 'a' },
	{ "group-exchange", 0, NULL, 'g' },
	{ "patient", 0, NULL, 'P' },
	{ "via", 1, NULL, 'v' },
	{ "winrm-user", 1, NULL, 'W' },
	{ "password", 1, NULL, 'w' },
	{ "tls-name", 1, NULL, 'n' },
	{ "ca", 1, NULL, 'A' },
	{ "certificate", 1, NULL, 'F' },
	{ "sign-in", 1, NULL, 'I' },
	{ "request", 1, NULL, 'R' },
	{ "send-buffer", 1, NULL, 's' },
	{ "connect-limit", 1, NULL, 'C' },
	{ "sign-in-limit", 1, NULL, 'S' },
	{ "sessions", 1, NULL, 'L' },
	{ "channels", 1, NULL, 'H' },
	{ NULL, 0, NULL, 0 },
};

/* Hundreds of servers that share two processors with us answer when they can. */
static void be_patient(struct transport_limits *limits)
{
	limits->connect = limits->handshake = limits->sign_in = limits->channel = 90000;
}

/* "NAME ADDRESS PORT", in words that are cut up. */
static void add_bastion(struct options *o, char *words)
{
	const char *name = strsep(&words, " "), *address = strsep(&words, " ");

	if (!words || o->via_count == (int)ARRAY_LEN(o->via))
		exit(2);
	o->via[o->via_count] = (struct endpoint){
		.name = name,
		.address = address,
		.port = (int)strtol(words, NULL, 10),
		.via = o->via_count ? &o->via[o->via_count - 1] : NULL,
	};
	o->via_count++;
}

/* An option whose value is kept as it is. */
static bool take_text(struct options *o, int c)
{
	const struct {
		int c;
		const char **to;
	} texts[] = {
		{ 'u', &o->user },     { 'k', &o->key },	{ 'h', &o->transport.known_hosts },
		{ 'p', &o->program },  { 'U', &o->upload },	{ 'r', &o->remote },
		{ 'x', &o->kind },     { 'W', &o->winrm_user }, { 'w', &o->password },
		{ 'n', &o->tls_name }, { 'A', &o->ca_file },	{ 'F', &o->certificate },
		{ 'I', &o->sign_in },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i].c == c) {
			*texts[i].to = optarg;
			return true;
		}
	}
	return false;
}

static void read_options(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "", option_names, NULL)) != -1) {
		if (take_text(o, c))
			continue;
		switch (c) {
		case 'l':
			o->transport.host_key = HOST_KEY_ACCEPT_NEW;
			break;
		case 't':
			o->limit_ms = strtoll(optarg, NULL, 10);
			break;
		case 'c':
			o->calls = (int)strtol(optarg, NULL, 10);
			break;
		case 'g':
			o->transport.group_exchange = true;
			break;
		case 'P':
			be_patient(&o->transport.limits);
			break;
		case 'v':
			add_bastion(o, optarg);
			break;
		case 'R':
			json_decref(request);
			request = json_loads(optarg, 0, NULL);
			break;
		case 's':
			send_buffer = (int)strtol(optarg, NULL, 10);
			break;
		case 'C':
			o->transport.limits.connect = strtoll(optarg, NULL, 10);
			break;
		case 'S':
			o->transport.limits.sign_in = strtoll(optarg, NULL, 10);
			break;
		case 'L':
			o->sessions = (int)strtol(optarg, NULL, 10);
			break;
		case 'H':
			o->channels = (int)strtol(optarg, NULL, 10);
			break;
		case 'a':
			json_object_set_new(request, "ask", json_string(optarg));
			break;
		default:
			exit(2);
		}
	}
}

static void print_totals(int count, int64_t begun_ms)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	printf("total hosts=%d ms=%lld cpu_ms=%ld rss_kb=%ld\n", count,
	       (long long)(clock_now_ms() - begun_ms),
	       (long)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
		       (long)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000,
	       u.ru_maxrss);
}

int main(int argc, char **argv)
{
	struct options o = { .limit_ms = 120000, .calls = 1 };
	const struct endpoint **endpoints = NULL;
	struct transport *t;
	struct host *hosts;
	struct err err;
	int count = 0;
	int64_t begun_ms;

	transport_defaults(&o.transport);
	o.transport.no_prompt = true;
	request = json_object();
	read_options(&o, argc, argv);
	for (int i = 0; i < o.via_count; i++) {
		o.via[i].user = o.user;
		o.via[i].key_file = o.key;
		o.via[i].sessions = o.sessions;
		o.via[i].channels = o.channels;
	}
	script.text = memset(xcalloc(1, script.len + 1), '#', script.len);
	if (o.upload)
		map_upload(o.upload);
	transport_max_in_flight(NULL);
	t = transport_new(uv_default_loop(), &o.transport);
	hosts = read_hosts(&o, &endpoints, &count);
	if (transport_prepare(t, endpoints, count, &err) != 0) {
		printf("prepare %s %s\n", err_name(err.code), err.msg);
		fflush(stdout);
		_exit(2);
	}
	begun_ms = clock_now_ms();
	for (struct host *h = hosts; h; h = h->next) {
		h->session = session_new(t, &h->endpoint);
		begin(h);
	}
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	transport_free(t);
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	print_totals(count, begun_ms);
	json_decref(request);
	while (hosts) {
		struct host *next = hosts->next;

		free((char *)hosts->endpoint.name);
		free((char *)hosts->endpoint.address);
		free(hosts);
		hosts = next;
	}
	free(endpoints);
	free((char *)script.text);
	return uv_loop_close(uv_default_loop()) == 0 ? 0 : 3;   /* 3: a handle was forgotten */
}
