/* names.c - names of hosts and groups: which are allowed, how they sort, which is near. Letter
 * case never tells two of them apart: Windows and DNS do not know the difference. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "inventory/build.h"

char *name_fold(struct arena *a, const char *name)
{
	char *copy = arena_strdup(a, name);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	return copy;
}

void *name_find(const struct map *m, const char *name)
{
	char key[256];
	size_t i = 0;

	for (; i < sizeof(key) - 1 && name[i]; i++)
		key[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 'a' - 'A') : name[i];
	key[i] = '\0';
	return name[i] ? NULL : map_get(m, key); /* no name is longer than 255 */
}

bool name_is_ipv6(const char *name)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, name, &address) == 1;
}

int name_check_group(const char *name, const struct place *at, struct err *err)
{
	/* : and @ would be read as operators or users in patterns */
	if (!text_is_name(name) || strpbrk(name, ":@") || strchr("-.", name[0]))
		return place_error(
			at, err, "'%s' cannot name a group: expected letters, digits, . _ -", name);
	return 0;
}

int name_check_host(const char *name, const struct place *at, struct err *err)
{
	/* the name becomes a file name below host_vars/ and an argument: no leading . or - */
	if (!text_is_name(name) || strchr(name, '@') || strchr("-.", name[0])) {
		place_error(at, err,
			    "'%s' cannot name a host: expected letters, digits, . _ -, or an "
			    "IPv6 address",
			    name);
		return strchr(name, '@') ?
			       err_hint(err, "the user is a variable: web01 ansible_user=root") :
			       -1;
	}
	if (strchr(name, ':') && !name_is_ipv6(name))
		return place_error(at, err, "'%s' is neither NAME:PORT nor an IPv6 address", name);
	if (text_casecmp(name, "all") == 0 || text_casecmp(name, "ungrouped") == 0)
		return place_error(at, err, "'%s' is the name of a group, no host can have it",
				   name);
	return 0;
}

/* Compares two runs of digits as numbers of any length and steps behind them. */
static int cmp_digits(const char **a, const char **b)
{
	size_t la, lb;
	int diff;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	la = strspn(*a, "0123456789");
	lb = strspn(*b, "0123456789");
	if (la != lb)
		return la < lb ? -1 : 1;
	diff = strncmp(*a, *b, la);
	*a += la;
	*b += lb;
	return diff;
}

int name_natural_cmp(const char *a, const char *b)
{
	const char *x = a, *y = b;

	while (*x && *y) {
		int diff;

		if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
			diff = cmp_digits(&x, &y);
		} else {
			char two[2][2] = { { *x++ }, { *y++ } };

			diff = text_casecmp(two[0], two[1]);
		}
		if (diff)
			return diff;
	}
	if (*x || *y)
		return *x ? 1 : -1;
	return strcmp(a, b); /* web1 and web01 are two hosts: some fixed order */
}
