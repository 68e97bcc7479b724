/* body.h - what stands in the body of a request, by the operation: MS-WSMV 2.2.4.7 (CommandLine),
 * 2.2.4.14 and 26 (Receive), 2.2.4.32 and 40 (Send), 2.2.4.37 (Shell), 2.2.4.38 (Signal). */
#ifndef TESTS_FLEET_WSMAN_BODY_H
#define TESTS_FLEET_WSMAN_BODY_H

#include "tests/fleet/wsman/request.h"

/* Bits of the streams that a shell has, or a client asks for. */
enum { WS_STDIN = 1, WS_STDOUT = 2, WS_STDERR = 4 };

struct ws_shell_ask { unsigned streams; int64_t idle_ms, lifetime_ms; };        /* -1: not said */
struct ws_send { const char *command; const char *bytes; size_t len; bool end; };
struct ws_receive { const char *command; unsigned streams; };
enum ws_signal { WS_TERMINATE, WS_CTRL_C, WS_CTRL_BREAK };
struct ws_signal_ask { const char *command; enum ws_signal signal; };

/* What they give lives as long as the request. */
enum ws_fault ws_body_shell(const struct ws_request *r, struct ws_shell_ask *out);
/* The command and its arguments with blanks between, as cmd.exe gets them. */
enum ws_fault ws_body_command(struct ws_request *r, const char **out_line);
enum ws_fault ws_body_send(struct ws_request *r, struct ws_send *out);
enum ws_fault ws_body_receive(const struct ws_request *r, struct ws_receive *out);
enum ws_fault ws_body_signal(const struct ws_request *r, struct ws_signal_ask *out);
enum ws_fault ws_body_nothing(const struct ws_request *r);

#endif
