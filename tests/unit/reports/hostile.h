/* hostile.h - a database as somebody else could have made it, and the commands that read one. What
 * cannot be done here ends the process: tests and the fuzz target use it alike. */
#ifndef UNIT_REPORTS_HOSTILE_H
#define UNIT_REPORTS_HOSTILE_H

/* Every table has a row, and what its columns say of nulls is taken away. `path` does not exist
 * yet. */
void hostile_make(const char *path, int page_bytes);

enum { HOSTILE_COLUMNS_MAX = 200 };
struct hostile_column { char table[64], name[64]; };
/* Of all its tables, one after the other: how many. `out` has HOSTILE_COLUMNS_MAX. */
int hostile_columns(const char *path, struct hostile_column *out);

/* The commands that read a database, or write into one that is there, as they are typed. */
int hostile_commands(void);
const char *const *hostile_words(int which);    /* ends with NULL */
int hostile_run(int which, const char *path);   /* its exit status */

#endif
