/* checks_host.c - who answers, and with which rights: what all others rest on. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "scanner/checks/checks_inside.h"
#include "scanner/facts/identity.h"

#define SAID_OTHER_MACHINE "another machine than before"

enum { NAME_CHARS = 15 };                 /* of a computer's name, as NetBIOS has it */
enum { NAME_BYTES = 4 * NAME_CHARS + 1 }; /* UTF-8 */

enum verdict judge_account(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need(c, FACT_HOST, evidence, &verdict);
	const char *user = json_get_str(fact, "user");

	if (!fact)
		return verdict;
	switch (bool_of(fact, "admin")) {
	case YES:
		return say(evidence, V_PASS, "%.100s is an administrator", or_none(user));
	case NO:
		return say(evidence, V_FAIL,
			   "%.100s is no administrator, or without its rights: nothing else that "
			   "was found can be believed",
			   or_none(user));
	case NOT_KNOWN:
		break;
	}
	return say(evidence, V_UNKNOWN, "whether the account is an administrator is not known");
}

static bool is_address(const char *text)
{
	unsigned char raw[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, raw) == 1 || strchr(text, ':');
}

/* As much of a name as Windows has of it. */
static void name_cut(const char *name, char out[NAME_BYTES])
{
	size_t end = strcspn(name, "."), len = 0;
	int chars = 0;

	for (; len < end && len < NAME_BYTES - 1; len++) {
		bool begins = (name[len] & 0xc0) != 0x80;

		if (begins && ++chars > NAME_CHARS)
			break;
	}
	memcpy(out, name, len);
	out[len] = '\0';
}

/* Whether the server may call itself so by this word of the inventory. NOT_KNOWN: it is no name. */
static enum answer named(const char *word, const char *name)
{
	char a[NAME_BYTES], b[NAME_BYTES];

	if (!word || !*word || is_address(word))
		return NOT_KNOWN;
	name_cut(word, a);
	name_cut(name, b);
	return text_casecmp(a, b) == 0 ? YES : NO;
}

/* Whether the server's own name is one that the inventory has for it. NOT_KNOWN: it has none, or
 * the server told none. */
static enum answer name_is_expected(const struct context *c, const char *name)
{
	bool told = c->computer_name && *c->computer_name;
	enum answer by_name, by_address;

	if (!name)
		return NOT_KNOWN;
	by_name = named(told ? c->computer_name : c->name, name);
	by_address = told ? NOT_KNOWN : named(c->address, name);
	if (by_name == YES || by_address == YES)
		return YES;
	return by_name == NO || by_address == NO ? NO : NOT_KNOWN;
}

static void say_other_name(const struct context *c, const char *name, char *evidence)
{
	const char *told = c->computer_name && *c->computer_name ? c->computer_name : NULL;
	bool has_name = c->name && *c->name && !is_address(c->name);

	say_also(evidence, SAID_OTHER_NAME " %.60s, the inventory expects %.60s", name,
		 told	  ? told :
		 has_name ? c->name :
			    c->address);
}

/* Another machine than the one that was seen under this name before. */
static bool has_changed(const struct context *c, const char *name, char *evidence)
{
	static const char *const before[] = {
		[MACHINE_NOT_KNOWN] = "another installation of Windows",
		[MACHINE_SAME] = "another installation of Windows on this hardware",
		[MACHINE_OTHER] = "of other hardware, and another installation of Windows",
	};
	const struct fact *fact = facts_find(c->facts, FACT_IDENTITY);
	enum machine_answer hardware;
	char when[CLOCK_TEXT];
	int64_t since;

	if (c->accept_changed ||
	    identity_answers(json_get_obj(c->past, "machine"), facts_value(c->facts, FACT_IDENTITY),
			     &since, &hardware) != MACHINE_OTHER)
		return false;
	clock_format_utc(since ? since : fact->utc_ms, when);
	say(evidence, V_FAIL, SAID_OTHER_MACHINE ", since %.10s; the one before was %s", when,
	    before[hardware]);
	if (name_is_expected(c, name) == NO)
		say_other_name(c, name, evidence);
	return true;
}

/* By what it begins with: behind that stand words of the server's own. */
bool is_other_machine(enum check_id id, const char *evidence)
{
	return id == CHECK_IDENTITY &&
	       strncmp(evidence, SAID_OTHER_MACHINE, strlen(SAID_OTHER_MACHINE)) == 0;
}

/* By the name alone: another machine that answers to it would not be noticed. */
static enum verdict by_name_alone(const struct context *c, enum verdict verdict, char *evidence)
{
	if (identity_tells(json_get_obj(c->past, "machine"),
			   facts_value(c->facts, FACT_IDENTITY)) >= 2)
		return verdict;
	say_also(evidence, SAID_NOBODY ": fewer than two of its SMBIOS UUID, MachineGuid and "
				       "machine SID tell it from others");
	return verdict == V_WARN ? V_WARN : V_UNKNOWN;
}

static enum verdict judge_name(const struct context *c, const json_t *fact, char *evidence)
{
	const char *name = json_get_str(fact, "name");

	switch (name_is_expected(c, name)) {
	case YES:
		say(evidence, V_PASS, "it is %.60s", name);
		say_of(evidence, fact, "domain", "of ");
		return by_name_alone(c, V_PASS, evidence);
	case NOT_KNOWN:
		say(evidence, V_NOT_APPLICABLE,
		    "the inventory has an address and no name; it is %.60s", or_none(name));
		return by_name_alone(c, V_NOT_APPLICABLE, evidence);
	case NO:
		break;
	}
	say_other_name(c, name, evidence);
	return by_name_alone(c, V_WARN, evidence);
}

enum verdict judge_identity(const struct context *c, char *evidence)
{
	const char *twin = json_get_str(json_get_obj(c->past, "machine"), "twin");
	enum verdict verdict;
	const json_t *fact = need(c, FACT_HOST, evidence, &verdict);

	if (has_changed(c, json_get_str(fact, "name"), evidence))
		return V_FAIL;
	if (!fact)
		return verdict;
	verdict = judge_name(c, fact, evidence);
	if (!twin)
		return verdict;
	say_also(evidence, SAID_TWIN " %.60s", twin);
	return V_WARN;
}
