/* schema.h - the steps that build the database, embedded from lib/store/schema/NNNN_*.sql at
 * build (scripts/sql2c.awk). Each is one transaction, and none is edited after release. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

struct schema_step {
	int number;             /* 1, 2, ... without gaps */
	const char *name;
	const char *text;       /* SQL, several statements */
};
extern const struct schema_step schema_steps[];        /* ends with a row without a name */

#endif
