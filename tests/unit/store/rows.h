/* rows.h - statements that fill the schema of the first release: five hosts, of which one was
 * looked at twice. Good for both engines. */
#ifndef UNIT_STORE_ROWS_H
#define UNIT_STORE_ROWS_H

extern const char rows_of_the_first_release[];

#endif
