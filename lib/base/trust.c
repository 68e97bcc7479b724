/* trust.c - who else can change a file. */
#include "base/trust.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

#define UID_NONE ((uid_t)-1)

/* sudo says who called it; nobody else can say so to a process of root. */
static bool is_caller(uid_t uid)
{
	const char *text = geteuid() == 0 ? getenv("SUDO_UID") : NULL;
	char *end;
	unsigned long number;

	if (!text || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, 10);
	return errno == 0 && *end == '\0' && number == uid;
}

/* `also` is whose it may be besides; UID_NONE: nobody. */
static bool is_ours(uid_t uid, uid_t also)
{
	return uid == 0 || uid == geteuid() || is_caller(uid) || (also != UID_NONE && uid == also);
}

/* Whether the group is that of its one member, who is the owner: by the list of accounts, where it
 * is their group of their own, and by its own list of members. */
static bool is_private_group(gid_t gid, uid_t owner)
{
	const struct group *group;
	const struct passwd *account;
	bool any = false, other = false;

	setpwent();
	while ((account = getpwent()) && !other) {
		any = any || account->pw_gid == gid;
		other = account->pw_gid == gid && account->pw_uid != owner;
	}
	endpwent();
	group = other ? NULL : getgrgid(gid);
	for (char **name = group ? group->gr_mem : NULL; name && *name && !other; name++) {
		account = getpwnam(*name);
		any = true;
		other = !account || account->pw_uid != owner;
	}
	return group && any && !other;
}

static bool nobody_else(const struct stat *st, ssize_t list_bytes, uid_t also)
{
	if (!is_ours(st->st_uid, also) || (st->st_mode & S_IWOTH))
		return false;
	/* with a list, the bits of the group are the most that any name on it may */
	return !(st->st_mode & S_IWGRP) ||
	       (list_bytes <= 0 && is_private_group(st->st_gid, st->st_uid));
}

#define ACCESS_LIST "system.posix_acl_access"

bool trust_state(const struct stat *st, int fd)
{
	return nobody_else(st, fd < 0 ? 0 : fgetxattr(fd, ACCESS_LIST, NULL, 0), UID_NONE);
}

static char *words_of(const char *path, const struct stat *st, uid_t also)
{
	AUTO_FREE char *shown = text_printable(path, strlen(path), 300);
	unsigned mode = (unsigned)st->st_mode & 07777;

	if (!is_ours(st->st_uid, also))
		return xasprintf("'%s' belongs to another user (%u)", shown, (unsigned)st->st_uid);
	if (st->st_mode & S_IWOTH)
		return xasprintf("'%s' can be written by everybody (mode %04o)", shown, mode);
	return xasprintf("'%s' can be written by a group (%u, mode %04o) with others in it", shown,
			 (unsigned)st->st_gid, mode);
}

/* NULL: safe, or not to be seen. Nothing is opened: closing any descriptor of a database would drop
 * the locks that SQLite holds on it in this process (fcntl(2)), and other processes' writes would
 * be lost. */
static char *look(const char *path, bool folder, uid_t also)
{
	struct stat st;

	/* a device or a pipe is what its name says, whoever may write to it */
	if (stat(path, &st) != 0 || (!folder && !S_ISREG(st.st_mode)))
		return NULL;
	if (folder && (st.st_mode & S_ISVTX) && is_ours(st.st_uid, also))
		return NULL;
	return nobody_else(&st, getxattr(path, ACCESS_LIST, NULL, 0), also) ?
		       NULL :
		       words_of(path, &st, also);
}

static char *why_not(const char *path, uid_t also)
{
	AUTO_FREE char *real = realpath(path, NULL);
	char *why, *slash;

	if (!real)
		return NULL;
	why = look(real, false, also);
	while (!why && (slash = strrchr(real, '/')) && real[1] != '\0') {
		slash[slash == real] = '\0';
		why = look(real, true, also);
	}
	return why;
}

char *trust_why_not(const char *path)
{
	return why_not(path, UID_NONE);
}

char *trust_why_not_to_read(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? why_not(path, st.st_uid) : NULL;
}
