/* fold.h - many hosts in few words: web[01-40,43].corp.example. What is written here, patterns
 * read: inventory_select() gives the same hosts again. */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

/* Names in any order, each once; ranges joined by commas, in natural order. "" for none. Yours:
 * free() it. */
char *fold_names(const char *const *name, int count);

#endif
