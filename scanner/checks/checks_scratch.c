/* checks_scratch.c - where the agent works and what it protects: the scratch folder, space for
 * it and for system state, and the volumes of the backup policy. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/winpath.h"
#include "scanner/checks/checks_inside.h"

/* Win32_Volume's numbers, and those of FileAttributes. */
enum { DRIVE_REMOVABLE = 2, DRIVE_FIXED = 3, DRIVE_NETWORK = 4, DRIVE_RAM = 6 };
static const struct { int64_t bit; const char *name; } unsupported[] = {
	{ 0x200, "sparse" }, { 0x400, "a reparse point" }, { 0x800, "compressed" },
	{ 0x1000, "offline" }, { 0x4000, "encrypted" },
};

/* Adds what is wrong with a drive for snapshots and scratch; true when something is. */
static bool add_drive(const json_t *fact, const char *name, char *evidence)
{
	int64_t drive;

	if (!json_get_int(fact, "drive_type", &drive) || drive == DRIVE_FIXED)
		return false;
	if (drive == DRIVE_REMOVABLE)
		say_also(evidence, "%.60s is removable", name);
	else if (drive == DRIVE_NETWORK)
		say_also(evidence, "%.60s is a network drive", name);
	else
		say_also(evidence, "%.60s is no fixed disk (drive type %lld)", name,
			 (long long)drive);
	return true;
}

static void add_attributes(int64_t attributes, char *evidence)
{
	for (size_t i = 0; i < ARRAY_LEN(unsupported); i++)
		if (attributes & unsupported[i].bit)
			say_also(evidence, "the folder is %s", unsupported[i].name);
}

/* Everything the documents forbid, joined; "" when there is none. */
static void add_faults(const json_t *fact, const char *path, char *evidence)
{
	const char *config = json_get_str(fact, "config"),
		   *provider = json_get_str(fact, "provider"),
		   *volume = json_get_str(fact, "volume");
	int64_t attributes = 0;

	if (config && provider && !winpath_equal(config, provider))
		say_also(evidence, "Config says %.80s, CloudBackupProvider says %.80s", config,
			 provider);
	if (bool_of(fact, "exists") == NO) {
		say_also(evidence, "%.80s does not exist", path);
		return;
	}
	if (bool_of(fact, "kek_exists") == NO)
		say_also(evidence, "OnlineBackup.KEK is not in %.80s", path);
	if (winpath_is_share(path))
		say_also(evidence, "%.80s is a network share", path);
	add_drive(fact, volume ? volume : "its volume", evidence);
	json_get_int(fact, "attributes", &attributes);
	add_attributes(attributes, evidence);
	if (bool_of(fact, "deduplicated") == YES)
		say_also(evidence, "its volume is deduplicated");
}

enum verdict judge_scratch_location(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_SCRATCH, evidence, &verdict);
	const char *path = json_get_str(fact, "path"), *config = json_get_str(fact, "config"),
		   *provider = json_get_str(fact, "provider");
	int64_t number;

	if (!fact)
		return verdict;
	if (!path)
		return say(evidence, V_UNKNOWN, "no ScratchLocation is set");
	add_faults(fact, path, evidence);
	if (*evidence)
		return V_FAIL;
	if (bool_of(fact, "exists") == NOT_KNOWN || bool_of(fact, "kek_exists") == NOT_KNOWN)
		return say(evidence, V_UNKNOWN, "%.80s: whether it and its key exist is not known",
			   path);
	/* Whether a volume is deduplicated not every server can say: that may stay unknown. */
	if (!json_get_int(fact, "drive_type", &number) ||
	    !json_get_int(fact, "attributes", &number))
		return say(evidence, V_UNKNOWN, "%.80s: its drive type or attributes are not known",
			   path);
	if (!config || !provider)
		return say(evidence, V_WARN, "%.80s, but %s has no ScratchLocation", path,
			   config ? "Config\\CloudBackupProvider" : "Config");
	return say(evidence, V_PASS, "%.80s, OnlineBackup.KEK is there", path);
}

/* The size of what is protected, of the newest job that completed. */
static bool data_of(const struct context *c, int64_t *out)
{
	const json_t *job = facts_value(c->facts, FACT_BACKUP_LAST_JOB);

	return bool_of(job, "known") == YES && json_get_int(job, "protected_bytes", out) &&
	       *out > 0;
}

enum verdict judge_scratch_space(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_SCRATCH, evidence, &verdict);
	const char *path = json_get_str(fact, "path");
	int64_t size = 0, freed, data;
	double percent = 100;

	if (!fact)
		return verdict;
	if (!json_get_int(fact, "free_bytes", &freed) ||
	    (json_get_int(fact, "size_bytes", &size) && size < freed))
		return say(evidence, V_UNKNOWN,
			   "the free space of the scratch volume is not known");
	if (size > 0)
		percent = 100.0 * (double)freed / (double)size;
	say(evidence, V_PASS, "%.1f GB (%.0f %%) free for %.200s", (double)freed / GIB, percent,
	    path ? path : "the scratch folder");
	if (freed < c->policy->scratch_min_bytes)
		return V_FAIL;
	if (!data_of(c, &data))
		return percent < c->policy->scratch_warn_percent ? V_WARN : V_PASS;
	percent = 100.0 * (double)freed / (double)data;
	say_also(evidence, "%.0f %% of %.1f GB protected", percent, (double)data / GIB);
	if (percent < c->policy->scratch_fail_data_percent)
		return V_FAIL;
	return percent < c->policy->scratch_warn_data_percent ? V_WARN : V_PASS;
}

enum verdict judge_state_space(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *policy = need_of_agent(c, FACT_BACKUP_POLICY, evidence, &verdict), *fact;
	const char *volume;
	int64_t size, freed;

	if (!policy)
		return verdict;
	if (state_protected(c) == NOT_KNOWN)
		return say(evidence, V_UNKNOWN, "whether system state is protected is not known");
	if (state_protected(c) == NO)
		return say(evidence, V_NOT_APPLICABLE, "system state is not protected");
	fact = need(c, FACT_SYSTEM_VOLUME, evidence, &verdict);
	if (!fact)
		return verdict;
	if (!json_get_int(fact, "free_bytes", &freed) ||
	    (json_get_int(fact, "size_bytes", &size) && size < freed))
		return say(evidence, V_UNKNOWN, "the free space of the system volume is not known");
	volume = json_get_str(fact, "volume");
	say(evidence, V_PASS, "%.1f GB free on %.80s, documented are %.0f to %.0f GB",
	    (double)freed / GIB, volume ? volume : "the system volume",
	    (double)c->policy->state_fail_bytes / GIB, (double)c->policy->state_warn_bytes / GIB);
	if (freed < c->policy->state_fail_bytes)
		return V_FAIL;
	return freed < c->policy->state_warn_bytes ? V_WARN : V_PASS;
}

const json_t *volume_named(const json_t *fact, const char *name)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_get_arr(fact, "list"), i, row)
	{
		const char *found = json_get_str(row, "name");

		if (found && winpath_equal(found, name))
			return row;
	}
	return NULL;
}

/* What the agent cannot back up about one volume of the policy. */
static void add_volume(const json_t *volume, const char *name, char *evidence)
{
	const char *fs = json_get_str(volume, "file_system");

	add_drive(volume, name, evidence);
	if (bool_of(volume, "locked") == YES)
		say_also(evidence, "%.60s is locked by BitLocker", name);
	else if (fs && text_casecmp(fs, "NTFS") != 0)
		say_also(evidence, "%.60s is %.20s, not NTFS", name, fs);
	if (bool_of(volume, "read_only") == YES)
		say_also(evidence, "%.60s is read-only", name);
}

/* Whether the probe could say what a pass rests on. One that is locked shows no file system, and
 * fails before this is asked. */
static bool is_told(const json_t *volume)
{
	int64_t drive;

	return json_get_int(volume, "drive_type", &drive) && json_get_str(volume, "file_system");
}

/* Those that are not there, beside others that cannot be backed up. */
static void add_missing(const json_t *wanted, const json_t *volumes, char *evidence)
{
	size_t i;
	json_t *row;

	json_array_foreach(wanted, i, row)
	{
		const char *name = or_none(json_get_str(row, "name"));

		if (!volume_named(volumes, name))
			say_also(evidence, "%.60s is not there", name);
	}
}

bool no_volume_fits(const struct context *c)
{
	const json_t *volumes = facts_value(c->facts, FACT_VOLUMES);
	const json_t *wanted = json_get_arr(facts_value(c->facts, FACT_BACKUP_POLICY), "volumes");
	size_t i;
	json_t *row;

	if (!volumes || state_protected(c) != NO)
		return false;
	json_array_foreach(wanted, i, row)
	{
		const char *name = or_none(json_get_str(row, "name"));
		const json_t *volume = volume_named(volumes, name);
		char why[EVIDENCE_MAX] = "";

		if (volume)
			add_volume(volume, name, why);
		if (volume && !*why)
			return false;
	}
	return json_array_size(wanted) > 0;
}

enum verdict judge_volumes(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *policy = need_of_agent(c, FACT_BACKUP_POLICY, evidence, &verdict), *volumes;
	const json_t *wanted = json_get_arr(policy, "volumes");
	const char *untold = NULL;
	int missing = 0;
	size_t i;
	json_t *row;

	if (!policy)
		return verdict;
	if (bool_of(policy, "known") != YES)
		return say(evidence, V_UNKNOWN, "the backup policy is not known");
	if (json_array_size(wanted) == 0)
		return say(evidence, V_NOT_APPLICABLE, "no volume is in a backup policy");
	volumes = need(c, FACT_VOLUMES, evidence, &verdict);
	if (!volumes)
		return verdict;
	json_array_foreach(wanted, i, row)
	{
		const char *name = or_none(json_get_str(row, "name"));
		const json_t *volume = volume_named(volumes, name);

		missing += !volume;
		if (volume)
			add_volume(volume, name, evidence);
		if (volume && !is_told(volume))
			untold = name;
	}
	if (*evidence) {
		add_missing(wanted, volumes, evidence);
		return V_FAIL;
	}
	if (missing > 0)
		return say(evidence, missing < (int)json_array_size(wanted) ? V_WARN : V_FAIL,
			   "%d of %d volumes of the backup policy are not there", missing,
			   (int)json_array_size(wanted));
	if (untold)
		return say(evidence, V_UNKNOWN, "%.60s: its drive type or file system is not known",
			   untold);
	return say(evidence, V_PASS, "%d protected, all of them NTFS on fixed disks",
		   (int)json_array_size(wanted));
}

/* What the agent leaves out, by the members of a row of the fact. */
static const struct { const char *member, *shown; } left_out[] = {
	{ "reparse", "reparse points" }, { "encrypted_sparse", "encrypted and sparse" },
	{ "cloud", "kept by a cloud" },
};

enum { LOOKED_MAX = 1000000 };                  /* more is no sample of ours */

/* Adds a number of each row; false: one is none of a sample. */
static bool sum_of(const json_t *list, const char *member, int64_t *out)
{
	size_t i;
	json_t *row;

	*out = 0;
	json_array_foreach(list, i, row)
	{
		int64_t count = -1;

		if (!json_get_int(row, member, &count) || count < 0 || count > LOOKED_MAX)
			return false;
		*out += count;
	}
	return true;
}

/* The first file that a row names; whether every row says that it is whole. */
static const char *example_of(const json_t *list, bool *whole)
{
	const char *example = NULL;
	size_t i;
	json_t *row;

	*whole = true;
	json_array_foreach(list, i, row)
	{
		*whole &= bool_of(row, "whole") == YES;
		example = example ? example : json_get_str(row, "example");
	}
	return example;
}

enum verdict judge_volumes_files(const struct context *c, char *evidence)
{
	enum verdict verdict;
	const json_t *fact = need_of_agent(c, FACT_VOLUMES_FILES, evidence, &verdict);
	const json_t *list = json_get_arr(fact, "list");
	const char *example;
	int64_t looked, found = 0, count;
	bool whole;

	if (!fact)
		return verdict;
	if (is_dpm(c))
		return say(evidence, V_NOT_APPLICABLE, "what is backed up is DPM's policy");
	if (bool_of(fact, "known") != YES)
		return say(evidence, V_UNKNOWN, "the backup policy is not known");
	if (json_array_size(list) == 0)
		return say(evidence, V_NOT_APPLICABLE, "no volume of a backup policy is there");
	example = example_of(list, &whole);
	if (!sum_of(list, "looked", &looked))
		return say_absurd(evidence, "how many files were looked at");
	for (size_t i = 0; i < ARRAY_LEN(left_out); i++) {
		if (!sum_of(list, left_out[i].member, &count))
			return say_absurd(evidence, "how many files are left out");
		found += count;
		if (count > 0)
			say_also(evidence, "%lld %s", (long long)count, left_out[i].shown);
	}
	if (found > 0 && example)
		say_also(evidence, "such as %.150s", example);
	say_also(evidence, "%s %lld files and folders%s",
		 whole	   ? "looked at all" :
		 found > 0 ? "sampled" :
			     "none is left out, sampled",
		 (long long)looked, whole && found == 0 ? ": none is left out" : "");
	return found > 0 ? V_WARN : V_PASS;
}
