/* log.h - talk goes to stderr, one line each, `marshal: error: ...`. Results never do. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);               /* LOG_INFO at start */
enum log_level log_get_level(void);
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The error with its hint on a second line. */
void log_err(const struct err *err);

#endif
