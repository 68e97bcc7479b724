/* fleet.h - commands of simhost that make and keep a fleet. Each gets the words behind its own
 * name and returns an exit status. */
#ifndef TESTS_FLEET_FLEET_H
#define TESTS_FLEET_FLEET_H

/* --make DIR HOSTS MIX NAME=VALUE...: states, addresses, inventory. */
int cmd_make(int argc, char **argv);
/* --make-installer FILE VERSION [KILOBYTES]: a Windows program that is nothing but its version. */
int cmd_make_installer(int argc, char **argv);
/* --sign FILE: gives such a program an empty signature: enough for who looks whether it has one. */
int cmd_sign(int argc, char **argv);
/* --free-ports N: N ports of loopback that nobody uses. */
int cmd_free_ports(int argc, char **argv);
/* --keep DIR PORTS...: starts the sshds, listens where none does, ends all of it at SIGTERM. */
int cmd_keep(int argc, char **argv);
/* --complete-backup FILE...: as if a backup had just ended well. */
int cmd_complete_backup(int argc, char **argv);
/* --faults: the words of faults.OP, for help. */
int cmd_faults(int argc, char **argv);

#endif
