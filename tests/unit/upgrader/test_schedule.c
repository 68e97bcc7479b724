/* test_schedule.c - what a run does next, from a letter a job. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "upgrader/schedule.h"

enum { JOBS = 12 };

#define ENDED(how, ...) { .outcome = OUTCOME_##how, .ended = true, __VA_ARGS__ }

/* clang-format off */
/* A letter a job; of before: it ended so before the run was taken up. */
static const struct { char letter; struct schedule_job job; } letters[] = {
	{ 'P', { .planned = true } },
	{ 'W', { .planned = true, .slot = SLOT_LATER } },       /* its window opens later, */
	{ 'Z', { .planned = true, .slot = SLOT_NONE } },        /* or not in time */
	{ 'B', { .outcome = OUTCOME_NONE, .begun = true } },                   /* begun by another process */
	{ 'I', { .active = true } },                            /* in flight */
	{ 'x', { .ended = true } },                             /* cut */
	{ 'U', ENDED(UPGRADED, ) }, { 'u', ENDED(UPGRADED, .stood = true) },
	{ 'S', ENDED(UPGRADED, .slow = true) }, { 's', ENDED(UPGRADED, .slow = true, .stood = true) },
	{ 'V', ENDED(UPGRADED, .confirmed = true) }, { 'v', ENDED(UPGRADED, .confirmed = true, .stood = true) },
	{ 'E', ENDED(CURRENT, ) },
	{ 'R', ENDED(REHEARSED, ) },
	{ 'F', ENDED(FAILED, ) }, { 'f', ENDED(FAILED, .stood = true) },
	{ '0', ENDED(FAILED, .stood = true, .forgotten = true) },
	{ '?', ENDED(UNCERTAIN, ) },
	{ 'L', ENDED(UNCERTAIN, .lost = true) }, { 'l', ENDED(UNCERTAIN, .lost = true, .stood = true) },
	{ 'D', ENDED(DAMAGED, ) }, { 'd', ENDED(DAMAGED, .stood = true) },
	{ 'N', ENDED(UNREACHABLE, ) }, { 'n', ENDED(UNREACHABLE, .stood = true) },
	{ 'K', ENDED(BLOCKED, ) },
	{ 'A', ENDED(BLOCKED_NOW, .again_ms = 20) },            /* may be begun once more at 20, */
	{ 'o', ENDED(BLOCKED_NOW, .again_ms = 20, .slot = SLOT_LATER) }, /* its window opens later */
	{ 'a', ENDED(BLOCKED_NOW, .again_ms = 20, .slot = SLOT_NONE) }, /* were its window open */
	{ 'k', ENDED(BLOCKED, .stood = true, .apart = true) },  /* by the plan */
	{ 'C', { .outcome = OUTCOME_UPGRADED, .stood = true } },        /* to be cleaned up */
	{ 'c', { .outcome = OUTCOME_UPGRADED, .stood = true, .active = true } },
};

static const struct {
	const char *label, *jobs;
	int first, parallel;
	const char *failures;           /* the budget */
	const char *want;               /* begin N, wait, first, lost N, failures N, over */
	const char *how;                /* Halted, Paused, Stopping, first ones Anew */
} cases[] = {
	{ "nothing at all",                       "",         1, 10, "2", "over", "" },
	{ "the first",                            "PPPP",     1, 10, "2", "begin 0", "" },
	{ "nobody beside the first",              "IPPP",     1, 10, "2", "wait", "" },
	{ "two first ones",                       "IPPP",     2, 10, "2", "begin 1", "" },
	{ "nobody beside two first ones",         "IIPP",     2, 10, "2", "wait", "" },
	{ "one of two was upgraded",              "UIPP",     2, 10, "2", "wait", "" },
	{ "the others after the first",           "UPPP",     1, 10, "2", "begin 1", "" },
	{ "up to the number in flight",           "UIIP",     1, 3,  "2", "begin 3", "" },
	{ "not beyond it",                        "UIIIP",    1, 3,  "2", "wait", "" },
	{ "a blocked first gives its place",      "KNPP",     1, 10, "2", "begin 2", "" },
	{ "all ended",                            "UUKN",     1, 10, "2", "over", "" },
	{ "the last is in flight",                "UUKI",     1, 10, "2", "wait", "" },
	{ "a first failed",                       "FPPP",     1, 10, "2", "first", "" },
	{ "a first is uncertain",                 "?PPP",     1, 10, "2", "first", "" },
	{ "the second of two first failed",       "UFPP",     2, 10, "9", "first", "" },
	{ "one failure less than the limit",      "UFPP",     1, 10, "2", "begin 2", "" },
	{ "the limit",                            "UF?P",     1, 10, "2", "failures 2", "" },
	{ "the limit with some in flight",        "UFFIIP",   1, 10, "2", "failures 2", "" },
	{ "a limit of one",                       "UFPP",     1, 10, "1", "failures 1", "" },
	{ "blocked and unreachable do not count", "UKNKNP",   1, 10, "1", "begin 5", "" },
	{ "a window that is closed: the next",    "UZWP",     1, 10, "2", "begin 3", "" },
	{ "also for the first",                   "WZPP",     1, 10, "2", "begin 2", "" },
	{ "one that opens is waited for",         "UZW",      1, 10, "2", "wait", "" },
	{ "one that does not is not",             "UZZ",      1, 10, "2", "over", "" },
	{ "nor where none is begun: paused",      "UFFW",     1, 10, "2", "over",       "p" },
	{ "halted",                               "UFFW",     1, 10, "2", "over",       "h" },
	{ "stopping",                             "UW",       1, 10, "2", "over",       "s" },
	{ "a closed one is no hurdle to others",  "UIWZ",     1, 10, "2", "wait", "" },
	{ "halted: none is begun",                "UFFIP",    1, 10, "2", "wait",       "h" },
	{ "paused: none is begun",                "UFFIP",    1, 10, "2", "wait",       "p" },
	{ "halted and over",                      "UFFUP",    1, 10, "2", "over",       "h" },
	{ "halted: what was left is taken away",  "UFFPC",    1, 10, "2", "begin 4",    "h" },
	{ "paused: what was begun goes on",       "UFFPB",    1, 10, "2", "begin 4",    "p" },
	{ "paused: a first cannot fail any more", "FFIP",     1, 10, "2", "wait",       "p" },
	{ "stopping: none is begun",              "UIPPC",    1, 10, "2", "wait",       "s" },
	{ "stopping and over",                    "UUPPC",    1, 10, "2", "over",       "s" },
	{ "a halt while it stops is said",        "FxPP",     1, 10, "2", "first",      "s" },
	{ "what was begun comes first",           "PPBP",     1, 10, "2", "begin 2", "" },
	{ "and is no first host",                 "PPIB",     1, 10, "2", "begin 3", "" },
	{ "but is in flight beside none",         "PPIP",     1, 10, "2", "wait", "" },
	{ "within the number in flight",          "uIB",      1, 1,  "2", "wait", "" },
	{ "upgraded before is a first",           "uPPP",     1, 10, "2", "begin 1", "" },
	{ "unless they are had anew",             "uIPP",     1, 10, "2", "wait",       "a" },
	{ "and anew was one",                     "uUPP",     1, 10, "2", "begin 2",    "a" },
	{ "one being cleaned is in flight",       "cP",       1, 1,  "2", "wait", "" },
	{ "failures of before stop nothing",      "uffP",     1, 10, "2", "begin 3", "" },
	{ "but count: the next one does",         "uffFP",    1, 10, "2", "failures 3", "" },
	{ "also where one died before the limit", "ufFP",     1, 10, "2", "failures 2", "" },
	{ "and not one that went well",           "uffUP",    1, 10, "2", "begin 4", "" },
	{ "forgotten ones do not count",          "u00FP",    1, 10, "2", "begin 4", "" },
	{ "nor do they halt as first ones",       "fPPP",     1, 10, "2", "begin 1", "" },
	{ "a lost host halts at once",            "ULIP",     1, 10, "9", "lost 1", "" },
	{ "more than a first host",               "LPPP",     1, 10, "9", "lost 0", "" },
	{ "also what is paused",                  "UFFLP",    1, 10, "2", "lost 3",     "p" },
	{ "once",                                 "ULIP",     1, 10, "9", "wait",       "h" },
	{ "one lost before does not",             "ulP",      1, 10, "9", "begin 2", "" },
	{ "a damaged host halts at once",         "UDIP",     1, 10, "9", "damaged 1", "" },
	{ "one damaged before does not",          "udP",      1, 10, "9", "begin 2", "" },
	{ "a share: 25% of 8 is two",             "UFPPPPPP", 1, 10, "25%", "begin 2", "" },
	{ "which pause",                          "UFFPPPPP", 1, 10, "25%", "failures 2", "" },
	{ "25% of 4 is one",                      "UFPP",     1, 10, "25%", "failures 1", "" },
	{ "25% of 5 is two",                      "UFPPP",    1, 10, "25%", "begin 2", "" },
	{ "where the plan does nothing is none",  "UFPPkkk",  1, 10, "25%", "failures 1", "" },
	{ "blocked when its turn came is one",    "UFPPKKK",  1, 10, "25%", "begin 2", "" },
};

static const struct {
	const char *label, *jobs, *unreachable, *want, *how;
} seen[] = {
	{ "no limit",              "UNNNP", NULL,  "begin 4", "" },
	{ "below the limit",       "UNP",   "2",   "begin 2", "" },
	{ "at the limit",          "UNNP",  "2",   "unreachable 2", "" },
	{ "failures are others",   "UNFP",  "2",   "begin 3", "" },
	{ "a share",               "UNPPP", "20%", "unreachable 1", "" },
	{ "of before: none",       "unnP",  "2",   "begin 3", "" },
	{ "of before: the next",   "unNP",  "2",   "unreachable 2", "" },
	{ "it is paused already",  "UNNP",  "2",   "over", "p" },
	{ "a first one: the next", "NPPP",  "2",   "begin 1", "" },
};
/* Each letter that has ended did so at its place, or at that of `at`. */
static const struct {
	const char *label, *jobs, *slow;
	int consecutive;
	const char *at, *want, *how;
} others[] = {
	{ "slow: no limit",            "SSSP",    NULL,  0, NULL, "begin 3", "" },
	{ "slow: below it",            "USP",     "2",   0, NULL, "begin 2", "" },
	{ "slow: at it",               "SSP",     "2",   0, NULL, "slow 2", "" },
	{ "slow: a share, 20% of 5",   "USPPP",   "20%", 0, NULL, "slow 1", "" },
	{ "slow: 20% of 6 is two",     "USPPPP",  "20%", 0, NULL, "begin 2", "" },
	{ "slow: failures are others", "USFP",    "2",   0, NULL, "begin 3", "" },
	{ "slow: of before",           "ussP",    "2",   0, NULL, "begin 3", "" },
	{ "slow: of before, the next", "usSP",    "2",   0, NULL, "slow 2", "" },
	{ "slow: it is paused",        "SSP",     "2",   0, NULL, "over", "p" },
	{ "in a row: no limit",        "UFFFP",   NULL,  0, NULL, "begin 4", "" },
	{ "in a row: below it",        "UFFP",    NULL,  3, NULL, "begin 3", "" },
	{ "in a row: at it",           "UFFFP",   NULL,  3, NULL, "consecutive 3", "" },
	{ "in a row: one between",     "UFFUFP",  NULL,  3, NULL, "begin 5", "" },
	{ "in a row: slow is between", "UFFSFP",  NULL,  3, NULL, "begin 5", "" },
	{ "in a row: these are not",   "UFKFNFP", NULL,  3, NULL, "consecutive 3", "" },
	{ "in a row: as they ended",   "UFUFP",   NULL,  2, "0213", "consecutive 2", "" },
	{ "in a row: not as planned",  "UFFP",    NULL,  2, "201", "begin 3", "" },
	{ "in a row: of before",       "uffP",    NULL,  2, NULL, "begin 3", "" },
	{ "in a row: and the next",    "uffFP",   NULL,  2, NULL, "consecutive 3", "" },
	{ "in a row: forgotten ones",  "u00FP",   NULL,  2, NULL, "begin 4", "" },
	{ "in a row: it is paused",    "UFFP",    NULL,  2, NULL, "over", "p" },
};
/* In waves as below; at 20 who is A is begun once more. `patient` waits for that. */
static const struct {
	const char *label, *jobs, *waves, *promote;
	int64_t now;
	bool patient;
	const char *want, *how;
} again[] = {
	{ "not before its time",            "UIA",  "111",  NULL,   19, false, "wave 0 until 20", "" },
	{ "but then",                       "UIA",  "111",  NULL,   20, false, "begin 2", "" },
	{ "others come first",              "UAP",  "111",  NULL,   20, false, "begin 2", "" },
	{ "also of later waves",            "UAPP", "1122", NULL,   20, false, "begin 2", "" },
	{ "the run ends without it",        "UAU",  "111",  NULL,   19, false, "over", "" },
	{ "unless it is patient",           "UAU",  "111",  NULL,   19, true,  "wave 0 until 20", "" },
	{ "which begins it",                "UAU",  "111",  NULL,   20, true,  "begin 1", "" },
	{ "not in a closed window",         "UaU",  "111",  NULL,   20, true,  "over", "" },
	{ "nor when it is paused",          "UAU",  "111",  NULL,   20, true,  "over", "p" },
	{ "or stops",                       "UAU",  "111",  NULL,   20, true,  "over", "s" },
	{ "it holds its wave",              "UAPP", "1122", NULL,   19, true,  "wave 0 until 20", "" },
	{ "not that of the impatient",      "UAPP", "1122", NULL,   19, false, "begin 2", "" },
	{ "nor with a closed window",       "UaPP", "1122", NULL,   19, true,  "begin 2", "" },
	{ "the first may come back",        "APP",  "122",  NULL,   19, true,  "wave 0 until 20", "" },
	{ "and is one",                     "APP",  "122",  NULL,   20, true,  "begin 0", "" },
	{ "too few: it may still be one",   "UAPP", "1122", "100%", 19, true,  "wave 0 until 20", "" },
	{ "too few",                        "UAPP", "1122", "100%", 19, false, "promoted 1", "" },
	{ "enough: not waited for",         "UAPP", "1122", "50%",  19, true,  "begin 2", "" },
	{ "within the number in flight",    "UIIA", "1111", NULL,   20, false, "wait", "" },
	{ "its next window is waited for",  "UoPP", "1122", NULL,   30, true,  "wait", "" },
	{ "not by the impatient",           "UoU",  "111",  NULL,   30, false, "over", "" },
};
/* In which wave each comes; soak is 10, and each letter that has ended did so at its place. */
static const struct {
	const char *label, *jobs, *waves, *promote;
	int64_t soak, now;
	const char *want, *how;
} waves[] = {
	{ "the lowest wave first",           "PPPP", "2211", NULL,   0,  9,  "begin 2", "" },
	{ "it is not through",               "UIPP", "1122", NULL,   0,  9,  "wait", "" },
	{ "it is",                           "UUPP", "1122", NULL,   0,  9,  "begin 2", "" },
	{ "blocked ones do not hold it up",  "UKPP", "1122", NULL,   0,  9,  "begin 2", "" },
	{ "a failure within the budget",     "UFPP", "1122", NULL,   0,  9,  "begin 2", "" },
	{ "no wave binds who is in none",    "UIPP", "1122", NULL,   0,  9,  "wait", "" },
	{ "or has none: it comes with the last", "UIPP", "1100", NULL, 0, 9, "wait", "" },
	{ "behind the others of it",         "UUPP", "1102", NULL,   0,  9,  "begin 3", "" },
	{ "a run without waves",             "UPPP", "0000", NULL,   0,  9,  "begin 1", "" },
	{ "one in other hands holds its wave", "xPPP", "1222", NULL, 0,  9,  "over", "" },
	{ "a rehearsal that went well counts", "RIPP", "1122", "1",  0,  9,  "begin 2", "" },
	{ "a wave without hosts",            "UUPP", "1155", NULL,   0,  9,  "begin 2", "" },
	{ "soaking",                         "UUPP", "1122", NULL,   10, 9,  "wave 1 until 11", "" },
	{ "to the last moment",              "UUPP", "1122", NULL,   10, 10, "wave 1 until 11", "" },
	{ "and then",                        "UUPP", "1122", NULL,   10, 11, "begin 2", "" },
	{ "nothing is left to soak for",     "UUUU", "1122", NULL,   10, 4,  "over", "" },
	{ "the last wave does not soak",     "UUKK", "1122", NULL,   10, 4,  "over", "" },
	{ "paused, nobody waits",            "UUPP", "1122", NULL,   10, 9,  "over", "p" },
	{ "nor when it stops",               "UUPP", "1122", NULL,   10, 9,  "over", "s" },
	{ "what was begun does not wait",    "UUPB", "1122", NULL,   10, 9,  "begin 3", "" },
	{ "promoted by a share",             "UIPP", "1122", "50%",  0,  9,  "begin 2", "" },
	{ "and not by less",                 "UIIP", "1112", "50%",  0,  9,  "wait", "" },
	{ "the rest of it comes first",      "UPPP", "1122", "50%",  0,  9,  "begin 1", "" },
	{ "it soaks from there",             "UUIP", "1112", "1",    10, 9,  "wave 1 until 10", "" },
	{ "too few",                         "UKPP", "1122", "100%", 0,  9,  "promoted 1", "" },
	{ "that is said once",               "UKPP", "1122", "100%", 0,  9,  "over", "p" },
	{ "who goes on promotes it",         "ukPP", "1122", "100%", 0,  9,  "begin 2", "" },
	{ "there is no next one",            "UKUU", "1122", "100%", 0,  9,  "over", "" },
	{ "more than it has is all",         "UUPP", "1122", "9",    0,  9,  "begin 2", "" },
	{ "a closed window holds no wave",   "UZPP", "1122", NULL,   0,  9,  "begin 2", "" },
	{ "nor when one was upgraded before", "uZPP", "1122", NULL,  0,  9,  "begin 2", "" },
	{ "while others are in flight",      "IZPP", "1122", NULL,   0,  9,  "wait", "" },
	{ "one that opens is waited for",    "UWPP", "1122", NULL,   0,  9,  "wait", "" },
	{ "not one of it can be begun",      "ZZPP", "1122", NULL,   0,  9,  "promoted 0", "" },
	{ "nor was one upgraded",            "ZKPP", "1122", NULL,   0,  9,  "promoted 0", "" },
	{ "also for who goes on",            "ZnPP", "1122", NULL,   0,  9,  "promoted 0", "" },
	{ "that too is said once",           "ZZPP", "1122", NULL,   0,  9,  "over", "p" },
	{ "where none behind can be either", "ZZZZ", "1122", NULL,   0,  9,  "over", "" },
	{ "closed, and too few",             "UZPP", "1122", "100%", 0,  9,  "promoted 1", "" },
	{ "closed, and enough",              "UZPP", "1122", "50%",  0,  9,  "begin 2", "" },
	{ "closed: who goes on promotes it", "uZPP", "1122", "100%", 0,  9,  "begin 2", "" },
	{ "soaking behind the last",         "UZPP", "1122", NULL,   10, 9,  "wave 1 until 10", "" },
};

/* Waves as above: so many are to be confirmed. */
static const struct { const char *label, *jobs, *waves, *promote, *want, *how; } confirmed[] = {
	{ "upgraded is not confirmed",          "UUPP",  "1122",  "confirmed",     "promoted 0", "" },
	{ "one of two is",                      "VUPP",  "1122",  "confirmed",     "promoted 1", "" },
	{ "that is said once",                  "VUPP",  "1122",  "confirmed",     "over", "p" },
	{ "while others are in flight",         "VIPP",  "1122",  "confirmed",     "wait", "" },
	{ "both are",                           "VVPP",  "1122",  "confirmed",     "begin 2", "" },
	{ "half of them are enough",            "VUPP",  "1122",  "50%:confirmed", "begin 2", "" },
	{ "a number",                           "VUPP",  "1122",  "1:confirmed",   "begin 2", "" },
	{ "without the word they are upgraded", "UUPP",  "1122",  "100%",          "begin 2", "" },
	{ "who goes on promotes nothing",       "uuPP",  "1122",  "confirmed",     "promoted 0", "1" },
	{ "but where they are by now",          "vvPP",  "1122",  "confirmed",     "begin 2", "1" },
	{ "a failure never is",                 "vfPP",  "1122",  "confirmed",     "promoted 1", "1" },
	{ "what had it has nothing to confirm", "VEPP",  "1122",  "confirmed",     "begin 2", "" },
	{ "nor has a rehearsal",                "RRPP",  "1122",  "confirmed",     "begin 2", "" },
	{ "one that left the plan is none",     "VkPP",  "1122",  "confirmed",     "begin 2", "" },
	{ "a wave of such is through",          "VkkP",  "1223",  "confirmed",     "begin 3", "" },
	{ "each wave for itself",               "vvUP",  "1123",  "confirmed",     "promoted 0", "" },
	{ "none is behind the last",            "VVUU",  "1122",  "confirmed",     "over", "" },
};

/* With --gate; waves as above; 1: who went on saw the first. */
static const struct { const char *label, *jobs, *waves, *promote, *want, *how; } gates[] = {
	{ "a wave that ended",              "UUPP", "1122", NULL,  "gate 2", "" },
	{ "that is said once",              "UUPP", "1122", NULL,  "over", "p" },
	{ "not before its end",             "UIPP", "1122", NULL,  "wait", "" },
	{ "nor when it is promoted",        "UIPP", "1122", "50%", "wait", "" },
	{ "who goes on has looked at it",   "uuPP", "1122", NULL,  "begin 2", "1" },
	{ "and meets the next",             "uuUP", "1123", NULL,  "gate 1", "1" },
	{ "a run that died was looked at by nobody", "uuPP", "1122", NULL, "gate 2", "" },
	{ "who goes on has looked at it, whoever came back", "uNPP", "1122", NULL, "begin 2", "1" },
	{ "a next that was begun goes on",  "uUBP", "1122", NULL,  "begin 2", "" },
	{ "one that left the plan is none", "UUkPP", "11222", NULL, "gate 2", "" },
	{ "nor a whole wave of them",       "UUkkP", "11223", NULL, "gate 2", "" },
	{ "none is behind the last",        "UUUU", "1122", NULL,  "over", "" },
	{ "too few are another matter",     "UKPP", "1122", "100%", "promoted 1", "" },
};

/* The first wave was named; waves as above. */
static const struct { const char *label, *jobs, *waves, *want, *how; } canaries[] = {
	{ "one that was upgraded shows the way", "UPP", "122", "begin 1", "" },
	{ "also one that had it",                "CPP", "122", "begin 0", "" },
	{ "one that was in the way for now",     "NPP", "122", "promoted 0", "" },
	{ "or stays blocked",                    "KPP", "122", "promoted 0", "" },
	{ "one of two is enough",                "UNP", "112", "begin 2", "" },
	{ "who goes on passes them over",        "nPP", "122", "begin 1", "" },
	{ "though one was tried again",          "NPP", "122", "begin 1", "1" },
};

/* A group each, of which one may be in flight; 0: in none. L: behind the others of its wave. */
static const struct { const char *label, *jobs, *groups, *late, *want; } groups[] = {
	{ "another group",         "uIPP", "1112", "....", "begin 3" },
	{ "none is another",       "uIPP", "1110", "....", "begin 3" },
	{ "both are in flight",    "uIIP", "1121", "....", "wait" },
	{ "one has ended",         "uUPP", "1111", "....", "begin 2" },
	{ "of before too",         "uIBB", "1112", "....", "begin 3" },
	{ "the others first",      "uPPP", "0000", ".LL.", "begin 3" },
	{ "then these",            "uPPU", "0000", ".LL.", "begin 1" },
};
/* clang-format on */

static const char *text_of(const struct decision *d)
{
	static const char *const halts[] = { "first",	    "lost",	   "damaged",
					     "failures",    "unreachable", "slow",
					     "consecutive", "gate",	   "promoted" };
	static char text[40];

	switch (d->what) {
	case DECIDE_WAIT:
		snprintf(text, sizeof(text), "wave %d until %d", d->wave, (int)d->until_ms);
		return d->until_ms ? text : "wait";
	case DECIDE_OVER:
		return "over";
	case DECIDE_BEGIN:
		snprintf(text, sizeof(text), "begin %d", d->job);
		break;
	case DECIDE_HALT:
		snprintf(text, sizeof(text), "%s %d", halts[d->halt],
			 d->halt == HALT_LOST || d->halt == HALT_DAMAGED ? d->job : d->count);
		return d->halt == HALT_FIRST ? halts[HALT_FIRST] : text;
	}
	return text;
}

static struct schedule_job job_of(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(letters); i++)
		if (letters[i].letter == letter)
			return letters[i].job;
	ck_abort_msg("letter %c", letter);
	return letters[0].job;
}

static struct decision next(const char *text, struct schedule s, const char *how)
{
	struct schedule_job jobs[JOBS];

	s.job = jobs;
	s.count = (int)strlen(text);
	s.first_anew = *how == 'a';
	s.halted = *how == 'h';
	s.paused = *how == 'p';
	s.stopping = *how == 's';
	ck_assert_int_le(s.count, JOBS);
	for (int i = 0; i < s.count; i++)
		jobs[i] = job_of(text[i]);
	return schedule_next(&s);
}

/* In these waves; each letter that has ended did so at its place. */
static struct decision next_in_waves(const char *text, const char *wave, struct schedule s)
{
	struct schedule_job jobs[JOBS];

	s.job = jobs;
	s.count = (int)strlen(text);
	s.first = 1;
	s.max_failures = (struct budget){ .number = 2 };
	ck_assert_int_le(s.count, JOBS);
	for (int i = 0; i < s.count; i++) {
		jobs[i] = job_of(text[i]);
		jobs[i].wave = wave[i] - '0';
		jobs[i].ended_ms = jobs[i].ended ? i : 0;
		jobs[i].begun |= jobs[i].ended && !jobs[i].apart;
	}
	return schedule_next(&s);
}

static void wants(const char *label, struct decision d, const char *want)
{
	ck_assert_msg(strcmp(text_of(&d), want) == 0, "%s: %s", label, text_of(&d));
}

static struct budget budget(const char *text)
{
	struct budget b = { 0 };

	if (text)
		ck_assert_ptr_null(budget_expected(text, &b));
	return b;
}

START_TEST(the_next_thing_follows_from_the_jobs)
{
	struct decision d = next(cases[_i].jobs,
				 (struct schedule){ .first = cases[_i].first,
						    .parallel = cases[_i].parallel,
						    .max_failures = budget(cases[_i].failures) },
				 cases[_i].how);

	wants(cases[_i].label, d, cases[_i].want);
}
END_TEST

START_TEST(unreachable_hosts_have_a_budget_of_their_own)
{
	struct decision d =
		next(seen[_i].jobs,
		     (struct schedule){ .first = 1,
					.parallel = 10,
					.max_failures = budget("2"),
					.max_unreachable = budget(seen[_i].unreachable) },
		     seen[_i].how);

	wants(seen[_i].label, d, seen[_i].want);
}
END_TEST

START_TEST(slow_hosts_and_failures_in_a_row_have_theirs)
{
	struct schedule_job jobs[JOBS];
	struct schedule s = { .job = jobs,
			      .count = (int)strlen(others[_i].jobs),
			      .first = 1,
			      .parallel = 10,
			      .max_slow = budget(others[_i].slow),
			      .max_consecutive = others[_i].consecutive,
			      .paused = *others[_i].how == 'p' };
	struct decision d;

	for (int i = 0; i < s.count; i++) {
		jobs[i] = job_of(others[_i].jobs[i]);
		if (jobs[i].ended)
			jobs[i].ended_ms = others[_i].at ? others[_i].at[i] - '0' : i;
	}
	d = schedule_next(&s);
	wants(others[_i].label, d, others[_i].want);
}
END_TEST

START_TEST(who_was_blocked_for_now_is_begun_once_more)
{
	wants(again[_i].label,
	      next_in_waves(again[_i].jobs, again[_i].waves,
			    (struct schedule){ .parallel = 2,
					       .promote = budget(again[_i].promote),
					       .now_ms = again[_i].now,
					       .patient = again[_i].patient,
					       .paused = *again[_i].how == 'p',
					       .stopping = *again[_i].how == 's' }),
	      again[_i].want);
}
END_TEST

START_TEST(waves_follow_each_other)
{
	wants(waves[_i].label,
	      next_in_waves(waves[_i].jobs, waves[_i].waves,
			    (struct schedule){ .parallel = 10,
					       .promote = budget(waves[_i].promote),
					       .soak_ms = waves[_i].soak,
					       .now_ms = waves[_i].now,
					       .paused = *waves[_i].how == 'p',
					       .stopping = *waves[_i].how == 's' }),
	      waves[_i].want);
}
END_TEST

START_TEST(a_wave_is_promoted_by_backups)
{
	struct schedule s = { .parallel = 10,
			      .looked_at = *confirmed[_i].how == '1',
			      .paused = *confirmed[_i].how == 'p' };

	ck_assert_ptr_null(
		promote_expected(confirmed[_i].promote, &s.promote, &s.promote_confirmed));
	wants(confirmed[_i].label, next_in_waves(confirmed[_i].jobs, confirmed[_i].waves, s),
	      confirmed[_i].want);
}
END_TEST

START_TEST(a_gate_pauses_behind_each_wave)
{
	wants(gates[_i].label,
	      next_in_waves(gates[_i].jobs, gates[_i].waves,
			    (struct schedule){ .parallel = 10,
					       .promote = budget(gates[_i].promote),
					       .gate = true,
					       .looked_at = *gates[_i].how == '1',
					       .paused = *gates[_i].how == 'p' }),
	      gates[_i].want);
}
END_TEST

START_TEST(named_canaries_are_not_passed_over)
{
	wants(canaries[_i].label,
	      next_in_waves(canaries[_i].jobs, canaries[_i].waves,
			    (struct schedule){ .parallel = 10,
					       .canaries = true,
					       .looked_at = *canaries[_i].how == '1' }),
	      canaries[_i].want);
}
END_TEST

START_TEST(groups_and_the_minimum_decide_within_a_wave)
{
	struct schedule_job jobs[JOBS];
	struct schedule s = { .job = jobs,
			      .count = (int)strlen(groups[_i].jobs),
			      .first = 1,
			      .parallel = 10,
			      .groups = 2,
			      .per_group = 1 };
	struct decision d;

	for (int i = 0; i < s.count; i++) {
		jobs[i] = job_of(groups[_i].jobs[i]);
		jobs[i].group = groups[_i].groups[i] - '0';
		jobs[i].late = groups[_i].late[i] == 'L';
	}
	d = schedule_next(&s);
	wants(groups[_i].label, d, groups[_i].want);
}
END_TEST

UNIT_SUITE(schedule)
{
	Suite *s = suite_create("schedule");
	TCase *tc = tcase_create("schedule");

	tcase_add_loop_test(tc, the_next_thing_follows_from_the_jobs, 0, (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, unreachable_hosts_have_a_budget_of_their_own, 0,
			    (int)ARRAY_LEN(seen));
	tcase_add_loop_test(tc, slow_hosts_and_failures_in_a_row_have_theirs, 0,
			    (int)ARRAY_LEN(others));
	tcase_add_loop_test(tc, who_was_blocked_for_now_is_begun_once_more, 0,
			    (int)ARRAY_LEN(again));
	tcase_add_loop_test(tc, waves_follow_each_other, 0, (int)ARRAY_LEN(waves));
	tcase_add_loop_test(tc, a_wave_is_promoted_by_backups, 0, (int)ARRAY_LEN(confirmed));
	tcase_add_loop_test(tc, a_gate_pauses_behind_each_wave, 0, (int)ARRAY_LEN(gates));
	tcase_add_loop_test(tc, named_canaries_are_not_passed_over, 0, (int)ARRAY_LEN(canaries));
	tcase_add_loop_test(tc, groups_and_the_minimum_decide_within_a_wave, 0,
			    (int)ARRAY_LEN(groups));
	suite_add_tcase(s, tc);
	return s;
}
