/* transport.h - the way to hosts. One struct transport holds what all sessions of a command
 * share: the loop, limits, known hosts, keys, the state of every credential. A session is one
 * conversation with one host: it connects at its first call, carries one call or upload
 * at a time, and tells its owner by callbacks from the loop. Nothing here blocks. Knows no MARS. */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "transport/script.h"

enum host_key_rule { HOST_KEY_STRICT, HOST_KEY_ACCEPT_NEW };

/* The states of a line that have a limit of time, in their order.
 * row(word, member, default in seconds, what follows it in a text) */
/* clang-format off */
#define LINE_LIMITS(row, before_last) \
	row("name", name, 10, ", ") row("connect", connect, 10, ", ") \
	row("handshake", handshake, 15, ", ") row("sign-in", sign_in, 15, before_last) \
	row("channel", channel, 10, "")
/* clang-format on */
/* In ms. transport_defaults() gives those of the table. */
struct transport_limits {
	int64_t name, connect, handshake, sign_in, channel;
	size_t output;                  /* bytes of one call, 4 MB */
	size_t line;                    /* bytes of one line, 256 KB */
};

struct session;

struct transport_options {
	struct transport_limits limits;
	enum host_key_rule host_key;
	const char *known_hosts;        /* --known-hosts; NULL: the user's and the system's */
	bool no_prompt;                 /* never ask for a passphrase */
	bool group_exchange;            /* offer Diffie-Hellman group exchange too, where the server
					 * names the numbers: it can stop all for a second */
	/* Not even that an authority vouched for a certificate; what accept-new learns is kept. */
	bool keeps_nothing;
	/* Hears of every state as it begins, also of those of bastions' lines: session_look() has
	 * its name, and what the one before found. Must not touch the session. NULL: nobody. */
	void (*moved)(void *ctx, const struct session *s);
	void *moved_ctx;
};
void transport_defaults(struct transport_options *out);

/* Borrows the loop; copies the options. */
struct transport *transport_new(uv_loop_t *loop, const struct transport_options *options);
/* Only when every session was freed. Its handles and theirs are closed, and the last memory is
 * given back, when the loop has turned once more. NULL is fine. */
void transport_free(struct transport *t);

/* How an ENDPOINT_WINRM is signed in to. */
enum winrm_sign_in { WINRM_BASIC, WINRM_KERBEROS, WINRM_NTLM, WINRM_SIGN_INS };

enum endpoint_kind {
	ENDPOINT_SSH, ENDPOINT_WINRM, ENDPOINT_LOCAL,
	ENDPOINT_UNSUPPORTED, ENDPOINT_UNRESOLVED       /* no way: `why_not` */
};

/* Where a host is and who we are there. All strings are borrowed. */
struct endpoint {
	const char *name;               /* of the inventory, for messages */
	enum endpoint_kind kind;
	/* ENDPOINT_UNSUPPORTED: "ansible_connection 'docker'"; ENDPOINT_UNRESOLVED: the whole
	 * message. */
	const char *why_not;
	const char *why_not_hint;       /* static, of that; NULL: that of the fault */
	const char *address;
	int port;
	const char *user;               /* NULL is FAULT_NO_USABLE_KEY with a hint */
	const char *key_file;           /* NULL: the key agent's only key */
	/* Where the password is that signs in instead of a key, "file:/path" (password.h has the
	 * others); or NULL. */
	const char *password;
	const char *known_hosts;        /* NULL: as in the options */
	/* The bastion to go through, which connects to address and port as it sees them; NULL:
	 * straight. An ENDPOINT_SSH, which may have one itself; borrowed for the transport's
	 * life. Two that say the same share their lines. */
	const struct endpoint *via;
	/* ENDPOINT_WINRM, by HTTPS alone: */
	const char *tls_name;           /* whose certificate it is; NULL: address */
	const char *ca_file;            /* who may have signed it; NULL: the system's */
	const char *certificate;        /* SHA-256 of it in DER, hex, and nothing else; or NULL */
	const char *through;            /* the bastions on the way as known_certificates has them,
					 * "gate,[inner]:2222"; NULL: none. Two networks may use
					 * one address. */
	enum winrm_sign_in sign_in;     /* Kerberos needs neither user nor password: then the
					 * tickets of this account are offered */
	int64_t answer_ms;              /* how long a request may wait for something; 0: 20 s */
	const char *service_host;       /* behind HTTP/ in the directory; NULL: tls_name */
	/* The other way to the same host, for where nothing listens on this one, or nobody answers,
	 * or in another protocol, and nobody was signed in to: whatever else fails is no reason to
	 * offer a password elsewhere. Its own `otherwise` counts for nothing. NULL: none. */
	const struct endpoint *otherwise;
	/* Of a bastion: it is the host, whose WinRM is reached through its own SSH. Hints name
	 * marshal_ssh_port and marshal_ssh_user then. */
	bool itself;
	/* Of a bastion: lines that connect to hosts at a time, and hosts a line; 0: 4 and 100. */
	int sessions, channels;
	/* Of a bastion: besides key or password it asks for a code, which a person is asked for;
	 * there is one line to it then. */
	bool one_time_code;
	const char *program;            /* ENDPOINT_LOCAL: run in place of a host, by execvp, with
					 * the command line's words; gets MARSHAL_HOST=name */
};

/* Whether a question stands on the terminal: a progress line would be written over it. */
bool transport_is_asking(const struct transport *t);

/* The transport's own copy of a bastion's endpoint, to be named by `via`; the same one for what is
 * the same. Its strings are borrowed for the transport's life. */
const struct endpoint *transport_bastion(struct transport *t, const struct endpoint *bastion);

/* The transport's own copy, to be named by `otherwise`; its strings are borrowed for the
 * transport's life. */
const struct endpoint *transport_endpoint(struct transport *t, const struct endpoint *e);

/* Loads keys, passwords and known_hosts that these endpoints name, once, and asks for passphrases
 * where a terminal is there. A missing or unreadable key or password is not an error here: it is
 * the fault of the hosts that need it. ERR_SYSTEM also where the open-files limit allows no session
 * with any of them. Call before the loop runs. */
int transport_prepare(struct transport *t, const struct endpoint *const *endpoint, int count,
		      struct err *err);

/* The most hosts in flight that the open-files limit (raised to its hard value here) allows, by the
 * ways to those that were prepared and beside the lines to their bastions; NULL: without any. */
int transport_max_in_flight(const struct transport *t);
/* The same for a command that needs one at least: ERR_SYSTEM that names ulimit -n, else 0. */
int transport_check_limit(struct err *err);

/* What an ENDPOINT_SSH or ENDPOINT_WINRM signs in with, and where the host keys are that the former
 * believes: known without dialling, once it was prepared. All borrowed. */
struct transport_identity {
	const char *label;              /* "user 'x' with key '/path'" */
	const char *key_type;           /* "ssh-ed25519"; NULL: a password */
	const char *known_hosts, *known_hosts_too;      /* NULL: no second file, WinRM */
};
/* -1 and the fault that each host with this endpoint would have, whatever its way. */
int transport_identify(struct transport *t, const struct endpoint *e,
		       struct transport_identity *out, struct err *err);
/* The file of known certificates that an ENDPOINT_WINRM goes by; yours. NULL and err where it
 * cannot be read: the fault that each host with this endpoint has. */
char *transport_certificates(struct transport *t, const struct endpoint *e, struct err *err);
/* How many keys the agent of $SSH_AUTH_SOCK holds, -1 and err where it does not say. Blocks for 5 s
 * at most: before the loop runs. */
int transport_agent_keys(struct err *err);

enum { CALL_DATA_MAX = 4 << 20 };       /* a server has it three times in its memory at once */

/* What a call asks. `request` and `data` are borrowed until session_call() returns; "nonce" and "v"
 * are added here, and "data" where there are any: their size and SHA-256. `line` gets every
 * complete line of the answer, NUL-terminated, as it arrives; a line above the limit is given as
 * NULL with its length. `done` is called once, from the loop, with NULL when the end marker came,
 * else with the fault; the session may be freed or used again inside it. */
struct call {
	const struct script *script;
	const json_t *request;
	const void *data;               /* for the script, in a third line of input; or NULL */
	size_t len;                     /* at most CALL_DATA_MAX */
	int64_t limit_ms;               /* of the call, from the channel's opening */
	const char *limit_name;         /* the option that sets it, for the message; may be NULL */
	/* It is reckoned against something that goes on without us (the safety task), so it is not
	 * given the time for which our own loop did not listen; the way there is. Uploads too. */
	bool fixed_limit;
	void (*line)(void *ctx, const char *line, size_t len);
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
};

/* A file to put where files are taken beside calls: by SFTP, not over WinRM. Read once by the
 * caller, borrowed until done. */
struct upload {
	const char *remote;             /* as the stage script answered it */
	const void *data;
	size_t len;
	int64_t limit_ms;
	void (*sent)(void *ctx, size_t bytes);  /* progress, may be NULL */
	/* Before so many bytes go over a line: in how many ms they may. NULL: at once. */
	int64_t (*pace)(void *ctx, size_t len);
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
};

/* Copies the endpoint; its strings are borrowed until the freed session has said goodbye, or the
 * transport is freed. Never NULL. A session whose line was lost, by a fault or while it was idle,
 * dials again at its next call or upload. */
struct session *session_new(struct transport *t, const struct endpoint *endpoint);
void session_call(struct session *s, const struct call *call);
/* Whether they are, on the way by which the last call went. */
bool session_puts_files(const struct session *s);
void session_upload(struct session *s, const struct upload *upload);
/* Connects and signs in, and asks for nothing: of an ENDPOINT_SSH. `done` is as of a call. */
void session_reach(struct session *s, void (*done)(void *ctx, const struct err *err), void *ctx);

/* What a host shows as its own before anybody signs in; borrowed. */
struct shown_key {
	enum endpoint_kind way;         /* by which it was shown */
	const void *data;               /* a raw host key; of a certificate the 64 digits of its */
	size_t len;                     /* SHA-256 */
	const char *why_not;            /* of a certificate: why it is not vouched for; NULL: an
					 * authority does */
	bool nobody;                    /* that is since nobody known has signed it */
};
/* Asks an ENDPOINT_SSH for its host key alone: connects, exchanges keys and leaves before any
 * sign-in, whatever known_hosts says to the key; an ENDPOINT_WINRM so for its certificate. `shown`
 * is called once, then `done` as of a call. On the way there bastions are signed in to, and their
 * keys must be known. */
struct greet {
	void (*shown)(void *ctx, const struct shown_key *key);
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
};
void session_greet(struct session *s, const struct greet *greet);

/* Ends the call in flight with FAULT_CANCELLED (done is called from the loop). With `limit_ms` of a
 * whole host passed the owner uses session_end() with the fault it wants told. */
void session_end(struct session *s, enum err_code code, const char *why);

/* Disconnects and frees; a call in flight is dropped without a word. The descriptor and
 * memory go at the end of the loop's round. NULL is fine. */
void session_free(struct session *s);

/* What a WinRM host showed. */
struct certificate_facts {
	char hex[65];                   /* SHA-256 of its DER */
	char by[300];                   /* why it is believed, in words; "": it is not */
	bool vouched;                   /* because an authority does */
	int64_t until_utc_ms;           /* when it ends */
};

/* What is known of the way so far; valid until the next step. */
struct session_facts {
	const char *name;               /* of the endpoint */
	const char *state;              /* "connect", "sign-in", "run" */
	int64_t until_ms;               /* its limit, of the monotonic clock; INT64_MAX: none */
	bool connected;                 /* signed in at least once */
	enum endpoint_kind way;         /* that is taken; where there are two, the one that works */
	const char *passed_over;        /* why it is the other one; "" it is not */
	const char *found;              /* by the state before this one, printable, "" nothing: only
					 * while somebody hears of states */
	const struct certificate_facts *certificate;    /* NULL: none was shown */
	const char *peer;               /* the server's SSH identification, "" before it */
	int64_t rtt_ms;                 /* of the TCP connect; -1 unknown */
	int64_t sent_utc_ms, first_line_utc_ms; /* of the last call, to compare clocks; 0 unknown */
};
void session_look(const struct session *s, struct session_facts *out);

#endif
