/* prompt.h - asking a person for a secret amid the work, on the terminal, while the loop goes on:
 * a one-time code is worth nothing a minute before it is needed. One question stands at a time. */
#ifndef TRANSPORT_PROMPT_H
#define TRANSPORT_PROMPT_H

#include "transport/session.h"

struct prompts;
struct prompt;

struct prompts *prompts_new(struct transport *t);
void prompts_free(struct prompts *all);         /* once every prompt was dropped */

/* `wake` is called from the loop when it was answered; nothing is shown of what is typed. The text
 * is printable. Yours until prompt_drop(), also while it waits for another's answer. */
struct prompt *prompt_new(struct prompts *all, const char *text, void (*wake)(void *ctx),
			  void *ctx);
/* TURN_WAIT: not yet; TURN_DONE: *out is the line, secret_free() it; TURN_FAILED: there is no
 * terminal, or the person gave up, FAULT_NO_USABLE_KEY. */
enum turn prompt_answer(struct prompt *p, char **out, struct err *err);
/* Takes it off the terminal, which gets its settings back. NULL is fine. */
void prompt_drop(struct prompt *p);

bool prompts_stand(const struct prompts *all);

#endif
