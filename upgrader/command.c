/* command.c - driving a run for a command: opened once, driven to its end, told, released. */
#include "upgrader/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "scanner/recheck.h"
#include "scanner/stopped.h"
#include "upgrader/ledger.h"
#include "upgrader/show.h"

int upgrade_open_store(struct upgrade *u, bool must_exist, struct err *err)
{
	AUTO_FREE char *path = store_path(u->app->db, err);

	if (!path)
		return -1;
	u->store = store_open(&(struct store_options){ .path = path,
						       .group = u->app->db_group,
						       .must_exist = must_exist,
						       .read_only = u->o->dry_run,
						       .command = "upgrade" },
			      err);
	return u->store ? 0 : -1;
}

int upgrade_open_same_installer(struct upgrade *u, struct err *err)
{
	const char *path = u->o->installer ? u->o->installer : u->run.row.installer;

	if (installer_open(path, &u->installer, err) < 0)
		return err_hint(err, "--installer FILE names another copy with the same SHA-256");
	if (strcmp(u->installer.sha256, u->run.row.sha256) == 0)
		return 0;
	return err_set(err, ERR_USAGE,
		       "'%s' is not the installer this run began with: SHA-256 %s, then %s", path,
		       u->installer.sha256, u->run.row.sha256);
}

/* Of a plan it was decided before that it is not to have the installer. */
static bool was_never_meant(const struct job *j)
{
	return j->run->staging && j->stood && !j->left_because;
}

static int exit_status(const struct run *run)
{
	if (run->stays != RUN_STATE_RUNNING)
		return EXIT_HALTED;
	if (run_is(run, RUN_STATE_INTERRUPTED) || (run->staging && run->stop != RUN_ON))
		return EXIT_INTERRUPTED;
	for (int i = 0; i < run->count; i++) {
		enum outcome outcome = outcome_from_name(run->job[i].row.outcome);

		if (!was_never_meant(&run->job[i]) && outcome != OUTCOME_UPGRADED &&
		    outcome != OUTCOME_REHEARSED && outcome != OUTCOME_STAGED &&
		    outcome != OUTCOME_CURRENT && outcome != OUTCOME_EXCLUDED)
			return EXIT_SOME;
	}
	return EXIT_OK;
}

static void tell_resume(const struct run *run)
{
	struct err err;

	if (warn_stopped(run->store, &err) != 0)
		log_line(LOG_WARN, "%s", err.msg);
	for (int i = 0; i < run->count; i++) {
		enum outcome outcome = outcome_from_name(run->job[i].row.outcome);

		if (!job_left_some(&run->job[i]) && outcome != OUTCOME_BLOCKED_NOW &&
		    outcome != OUTCOME_NONE && outcome != OUTCOME_UNCERTAIN &&
		    outcome != OUTCOME_CANCELLED && outcome != OUTCOME_NOT_STARTED)
			continue;
		if (was_never_meant(&run->job[i]) || job_was_never_approved(&run->job[i]))
			continue;
		log_line(LOG_INFO, "go on with: marshal upgrade %s %s",
			 run->staging ? "stage" : "resume",
			 run->staging ? run->staging : run->row.name);
		return;
	}
}

static void show(const struct upgrade *u)
{
	if (u->o->json)
		run_print_json(&u->run);
	else
		run_print(&u->run);
	fflush(stdout);
}

static bool upgraded_any(const struct run *run)
{
	for (int i = 0; i < run->count; i++)
		if (outcome_from_name(run->job[i].row.outcome) == OUTCOME_UPGRADED)
			return true;
	return false;
}

/* The newest installer is what hosts are measured by while nobody named a target. It counts once a
 * server took it - its signature was checked there - and came up with its version: what they all
 * refuse is no target. */
static int remember_installer(struct upgrade *u, struct err *err)
{
	struct err own = { .code = ERR_NONE };
	AUTO_FREE char *text = NULL;
	struct version known;
	struct policies *policies;
	char version[VERSION_TEXT];
	int rc;
	struct tx *tx;

	if (!upgraded_any(&u->run))
		return 0;
	text = store_setting(u->store, SETTING_NEWEST_INSTALLER, &own);
	if (!text && own.code != ERR_NONE) {
		*err = own;
		return -1;
	}
	if (text && version_parse(text, &known) && version_cmp(known, u->installer.version) >= 0)
		return 0;
	tx = tx_new();
	tx_setting(tx, SETTING_NEWEST_INSTALLER, version_format(u->installer.version, version));
	if (store_write(u->store, tx, false, err) < 0)
		return -1;
	log_line(LOG_INFO,
		 "%s is the newest agent that an upgrade brought: the target where nobody "
		 "names one",
		 version);
	policies = policies_load(u->store, err);
	rc = policies ? judge_stored(u->store, policies, err) : -1;
	policies_free(policies);
	return rc;
}

void upgrade_prepare(struct upgrade *u)
{
	u->run.store = u->store;
	u->run.installer = &u->installer;
	u->run.terms = u->terms;
	run_pace_default(&u->run.pace);
}

int upgrade_tell(struct upgrade *u)
{
	show(u);
	tell_resume(&u->run);
	return exit_status(&u->run);
}

int upgrade_drive(struct upgrade *u)
{
	struct err err;
	int status;

	if (!u->run.staging)
		log_line(LOG_INFO, "run %s", u->run.row.name);
	if (run_drive(&u->run, &u->way, u->app->quiet || u->o->json, &err) < 0) {
		if (u->run.broken.code != ERR_NONE)
			show(u);        /* how far it came */
		status = cmd_fail(&err);
		tell_resume(&u->run);
		return status;
	}
	status = upgrade_tell(u);
	return remember_installer(u, &err) < 0 ? cmd_fail(&err) : status;
}

void upgrade_release(struct upgrade *u)
{
	run_release(&u->run);
	store_close(u->store);
	installer_close(&u->installer);
	inventory_free(u->inv);
	free(u->given);
}
