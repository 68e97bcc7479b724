/* fold.h - many hosts in few words: web[01-40,43].corp.example. What is written here, patterns
 * read: inventory_select() gives the same hosts again. */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

/* Names in any order, each once; ranges joined by commas, in natural order. "" for none. Yours:
 * free() it. */
char *fold_names(const char *const *name, int count);

/* The same for a summary that people read: behind some FOLD_ROOM bytes it is cut, between names,
 * and says how many more there are and where all of them stand: "web[01-40],db07 and 1812 more:
 * marshal report faults". */
enum { FOLD_ROOM = 400 };
char *fold_some(const char *const *name, int count, const char *rest);

#endif
