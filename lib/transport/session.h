/* session.h - the inside of a session, for the driver (session.c), what tables are built of
 * (dial.c) and the tables (local.c, ssh/). A table is a list of named states with a limit each; a
 * state's function makes one attempt without blocking and says with a step what comes next. It
 * knows no library of any way. Nobody else includes this but tests. */
#ifndef TRANSPORT_SESSION_H
#define TRANSPORT_SESSION_H

#include <sys/queue.h>

#include "base/buf.h"
#include "transport/answer.h"
#include "transport/lag.h"
#include "transport/transport.h"

enum turn { TURN_FAILED = -1, TURN_DONE, TURN_MORE, TURN_WAIT };

/* Every table begins with these two: no line; a line that waits for work. */
enum { STATE_IDLE, STATE_READY, STATE_FIRST };

enum limit {
	LIMIT_NONE, LIMIT_NAME, LIMIT_CONNECT, LIMIT_HANDSHAKE, LIMIT_SIGN_IN, LIMIT_CHANNEL,
	LIMIT_PERSON,   /* somebody is asked for something */
	LIMIT_TASK      /* what is left of the call's or upload's own limit */
};

struct state_row {
	const char *name;               /* in messages and session_look() */
	enum turn (*run)(struct session *s, struct err *err);
	enum limit limit;               /* longest stay */
	enum err_code late;             /* the fault when it passed */
};

struct machine {
	const struct state_row *row;
	/* Ends the line; in_order when nothing was going on over it. Any number of times. */
	void (*close)(struct session *s, bool in_order);
	/* After each step: sends what gathered, adds to what is waited for. NULL for none. */
	void (*flush)(struct session *s);
	/* A limit passed: sets a better explanation than "no answer" and returns -1, or
	 * returns 0; 1: it concerned one thing of several and was dealt with. NULL for none. */
	int (*late)(struct session *s, struct err *err);
	/* Gives back the table's part of a session that is closed and goes. NULL for none. */
	void (*release)(struct session *s);
	/* Begins what the other end is to be told before the line is closed, in a state of the
	 * table that ends in TURN_DONE or TURN_FAILED; false: nothing. NULL for none. */
	bool (*part)(struct session *s);
	/* Of a failure before the sign-in: whether it was the host's own. NULL: it cannot tell. */
	bool (*host_failed)(const struct session *s);
};

/* What a session was asked to do. */
enum task_kind { TASK_NONE, TASK_CALL, TASK_UPLOAD, TASK_CARRY, TASK_REACH, TASK_GREET };

struct task {
	enum task_kind kind;
	int64_t limit_ms, until_ms;     /* until_ms is set when the work itself begins */
	const char *limit_name;         /* NULL: none */
	bool fixed_limit;               /* nothing of our own lag is taken off */
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
	/* a call */
	void (*line)(void *ctx, const char *line, size_t len);
	const struct payload *script;   /* the transport's */
	char *request;                  /* the lines of base64 behind the script */
	size_t request_len, sent;       /* sent counts over all lines */
	struct answer answer;
	struct buf complaint;           /* the first 2 KB of stderr */
	uint64_t taken;                 /* bytes of both */
	bool too_late;                  /* the program no longer reads: send nothing more */
	/* an upload */
	char *remote;
	const char *data;
	size_t len, at;
	int64_t (*pace)(void *ctx, size_t len);
	size_t may_go;                  /* of a piece that was taken from it, */
	int64_t go_ms;                  /* which goes then */
	void (*progress)(void *ctx, size_t bytes);
	/* a greeting */
	void (*shown)(void *ctx, const struct shown_key *key);
};

/* A descriptor the loop watches. The handle outlives its session by a turn of the loop. */
struct watch {
	uv_poll_t *handle;              /* NULL: not watched */
	int want, mask;                 /* events: as the state wants, as told to libuv */
};

struct dial;
struct ssh;
struct winrm;
struct child;

struct session {
	struct transport *t;
	const struct endpoint *endpoint;
	const struct machine *machine;
	int state;
	int64_t now_ms;
	int64_t deadline_ms;            /* of the state; INT64_MAX for none */
	int64_t wake_ms;                /* a state wants a turn by then; INT64_MAX for none */
	int64_t armed_ms;               /* what the timer is set to */
	bool keep_line;                 /* the failure is the call's alone, the line is fine */
	bool queued, dead, connected;
	bool parting;                   /* what goes on concerns no task: the line is closed then */
	bool is_leaving;                /* in the transport's list of these */
	TAILQ_ENTRY(session) parted;
	bool background;                /* keeps no loop from ending */
	uv_timer_t timer;
	struct watch watch[2];          /* the line; a local program's stderr */
	TAILQ_ENTRY(session) queue, waiting, overdue;
	bool is_overdue;                /* a limit passed, and the loop has not listened since */

	struct task task;
	struct err ending;              /* set by session_end(): how to end the task */

	int64_t cpu_us;                 /* spent on the way to the line, then on the task */
	int64_t rtt_ms, sent_utc_ms, first_line_utc_ms;
	char peer[128];                 /* printable */
	char *found;                    /* by the present state, for who listens; NULL nothing */

	/* Where there are two ways, endpoint and machine are those of the one that is taken. */
	const struct endpoint *first;
	struct endpoint own;            /* the copy that first is */
	char *passed_over;              /* why it is not the first; NULL: it is, or unknown */

	struct credential *credential;  /* of the transport, found once; NULL: none yet */
	bool at_gate;                   /* in its list of waiters */

	/* each table keeps its own part here; NULL when it has none */
	struct dial *dial;
	struct tunnel *tunnel;          /* its descriptor leads through; NULL none */
	struct ssh *ssh;
	struct winrm *winrm;
	struct child *child;
	const struct certificate_facts *certificate;    /* in winrm; NULL none was shown */
};
TAILQ_HEAD(session_list, session);

/* A script as sent: base64 and a line feed, made once for all hosts. */
struct payload {
	const struct script *script;
	char *text;
	size_t len;
	struct payload *next;
};

enum { SCRATCH_SIZE = 32 * 1024, TURNS_MAX = 16, COMPLAINT_MAX = 2048 };
/* CPU time that a host may cost, and beside it for each MB that it answers or takes: a hundred
 * times what a handshake takes, ten times what encryption does. A server can have libssh2 compute
 * for as long as it likes, key exchange after key exchange, while all other hosts wait. */
enum { CPU_MS = 300, CPU_GROUP_EXCHANGE_MS = 1000, CPU_MB_MS = 100 };

struct kept_endpoint { struct endpoint endpoint; struct kept_endpoint *next; };

struct transport {
	uv_loop_t *loop;
	struct transport_options options;
	char *known_hosts;              /* the copy options.known_hosts points to */
	struct ssh_common *ssh;         /* what all SSH lines share */
	struct bastions *bastions;
	struct doors *doors;            /* ways into tunnels for libcurl */
	struct http *http;              /* NULL: nothing was asked over HTTPS yet */
	struct knowncerts_files *certificates;  /* what is known of them, read when asked for */
	struct negotiations *negotiations;      /* NULL: nobody was signed in to by Negotiate */
	struct session_list parting;    /* freed ones that still say goodbye */
	struct credentials *credentials;
	struct passwords *passwords;
	struct prompts *prompts;
	struct payload *payloads;
	struct kept_endpoint *endpoints;
	uv_idle_t idle;                 /* runs while somebody is queued */
	struct session_list queue;
	struct session_list overdue;    /* judged when the loop has listened once more */
	struct lag lag;
	uv_prepare_t prepare;           /* the loop is about to listen, and has listened */
	uv_check_t check;
	bool by_doors;                  /* some prepared host is reached by WinRM over a bastion */
	int handles;                    /* open handles of sessions and of our own */
	bool closing;
	char scratch[SCRATCH_SIZE];     /* for bytes on their way; one thread, so one is enough */
};

/* transport.c */
void transport_wake(struct session *s);                 /* a turn for s, from the loop */
void transport_overdue(struct session *s);              /* a turn after the loop has listened */
void transport_wake_session(void *session);             /* transport_wake() as a callback */
void transport_handle_gone(struct transport *t);        /* a handle counted in t->handles closed */
/* Closes such a handle that was allocated by itself, or begins what was, and frees that. */
void transport_close_handle(struct transport *t, void *handle);
const struct payload *transport_payload(struct transport *t, const struct script *script);

/* moved.c: tells who listens that a state begins */
void session_moved(struct session *s);

/* ways.c: which way is taken */
const struct machine *session_machine(const struct endpoint *e);
/* Of an endpoint without a way: its fault. Returns -1. */
int session_no_way(const struct endpoint *e, struct err *err);
/* A task failed: true where it goes on by the endpoint's other way. Else err says what came of
 * both, and the next task begins with the first. */
bool session_goes_another_way(struct session *s, struct err *err);

/* session.c: for the loop and for tests */
enum turn session_step(struct session *s, int64_t now_ms, struct err *err);
void session_heard(struct session *s, int64_t now_ms);  /* the loop found something for it */
void session_turn(struct session *s);
/* Of a dead one, which is freed when it has said goodbye; `now`: without. */
void session_reap(struct session *s, bool now);

/* session.c: for a session that is nobody's conversation: one that carries others. Its task lasts
 * as long as its line; `done` is told how that ended. */
void session_carry(struct session *s, void (*done)(void *ctx, const struct err *err), void *ctx);
void session_background(struct session *s, bool on);

/* session.c: for tables */
enum turn session_enter(struct session *s, int state);  /* alone sets s->state */
enum turn session_wait(struct session *s, int mask);
/* What the present state came to, for people; kept where somebody hears of states, until the next
 * one has begun. */
void session_found(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void session_watch(struct session *s, int which, int fd);
void session_unwatch(struct session *s, int which);
void session_begin_task(struct session *s);             /* its own limits count from now */
/* What was done since begun_us (clock_cpu_us()) is not held against the host. */
void session_own_work(struct session *s, int64_t begun_us);
enum turn session_idle(struct session *s, struct err *err);
/* Bytes of the answer or of stderr arrived. */
int session_take(struct session *s, const char *data, size_t len, struct err *err);
void session_complain(struct session *s, const char *data, size_t len);

/* input.c: the lines behind the script's. */
void session_make_input(struct task *task, const struct call *call, const char *nonce);
/* What is to be sent next of a call's lines; NULL when all is sent. */
const char *session_to_send(const struct session *s, size_t *out_len);

extern const struct machine machine_ssh, machine_winrm, machine_local, machine_none;

#endif
