/* settings.h - what the database remembers beside hosts and runs: every setting there is, a row
 * each. Who lists settings walks these rows; docs/database.md names them.
 *   TARGET             scan --target, for hosts that no policy names one for
 *   NEWEST_INSTALLER   of the newest that upgraded a server: the target where nobody said
 *   CONTROLLER         our name on servers
 *   POLICY             as canonical text, and POLICY_FILE, where it came from
 *   RULES              by which all hosts were judged last (scanner/judge.h) */
#ifndef STORE_SETTINGS_H
#define STORE_SETTINGS_H

/* clang-format off */
/*  row(ID, word) */
#define SETTINGS(row) \
	row(TARGET, "target") \
	row(NEWEST_INSTALLER, "newest-installer") \
	row(CONTROLLER, "controller") \
	row(POLICY, "policy") \
	row(POLICY_FILE, "policy-file") \
	row(RULES, "rules")
/* clang-format on */

#define SETTING_ID(id, word) SETTING_##id,
enum setting { SETTINGS(SETTING_ID) SETTING_COUNT };
#undef SETTING_ID

#endif
