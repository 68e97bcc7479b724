/* shown.h - what of a variable may be seen. Inventories that are shared with Ansible hold passwords
 * under any name. */
#ifndef INVENTORY_SHOWN_H
#define INVENTORY_SHOWN_H

#include "inventory/inventory.h"

/* Its value with what looks secret in it as "(hidden)", and what is vaulted as "(vaulted)", also
 * within lists and maps. Yours: free() it. */
char *shown_value(const struct variable *v);

#endif
