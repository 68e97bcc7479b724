/* print.h - pending keys as people and programs read them. */
#ifndef SCANNER_KEYS_PRINT_H
#define SCANNER_KEYS_PRINT_H

#include "scanner/keys/rows.h"

void key_rows_print_table(const struct key_rows *rows);
void key_rows_print_csv(const struct key_rows *rows);
void key_rows_print_json(const struct key_rows *rows);

/* "ssh-ed25519 key SHA256:...", "certificate SHA256:...". Yours. */
char *key_row_called(const struct key_row *row);
/* Where a changed or revoked key disagrees, in words: "is not the one in FILE line 3, SHA256:...".
 * Yours. */
char *key_row_disagrees(const struct key_row *row);

#endif
