/* insist.h - what can only be a mistake of ours, at the doors of modules: who owns what, in which
 * state it is. In release builds too. Never on what a host, a file or a person says: that is an
 * error, which travels up. One that fails says where, what was under way and how to go on, prints
 * the calls that led there, and ends the process as a crash does: what the journal has stands. */
#ifndef BASE_INSIST_H
#define BASE_INSIST_H

#define INSIST(condition) \
	((condition) ? (void)0 : insist_failed(#condition, __FILE__, __LINE__, __func__))

/* What is said behind one that fails, say how a run is taken up again: borrowed, of whoever began
 * last; NULL: nothing. Of the main thread alone. */
void insist_hint(const char *text);

_Noreturn void insist_failed(const char *condition, const char *file, int line,
			     const char *function);

#endif
