/* fuzz_db.c - a database from elsewhere: opened as every command opens one, checked, read, and
 * given to one command. The first byte chooses what the bytes are - changes to a sound database by
 * SQL, pieces laid over its file, or the file itself - and the second which command. Nothing is
 * turned down without a word, nothing is shown that a terminal would obey, and what db check finds
 * sound can be read. */
#include <fcntl.h>
#include <locale.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cmd.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "scanner/remember.h"
#include "store/lease.h"
#include "store/upkeep.h"
#include "tests/unit/reports/hostile.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FILE_MAX = 65536, CHANGES_MAX = 16, ROWS = 8, PAGE = 512,
	PAGES_MAX = 16 * 1024 * 1024 / PAGE
};

/* Read from the front; past the end all is 0. */
struct bytes {
	const uint8_t *at, *end;
};

static char folder[64], path[80];
static uint8_t sound_file[FILE_MAX];
static size_t sound_size;
static struct hostile_column column[HOSTILE_COLUMNS_MAX];
static int column_count;

static const int64_t odd_numbers[] = {
	-1, 0, 1, 2, 6, 7, 50, 65535, 65536, 1000000000, INT32_MAX, INT64_C(1) << 31,
	INT64_C(1) << 53, INT64_C(1) << 62, INT64_MAX, INT64_MIN, INT64_C(253402300799999),
	INT64_C(253402300800000),
};

static const char *const odd_texts[] = {
	"", "x", "seen", "clock", "mars.version", "pass", "fail", "compliant", "gone", "running",
	"ended", "2.0.9262.0", "99999999999.1", "{", "{}", "[]", "null", "7", "\"\"", "[[[1,{}]]]",
	"{\"a\":1e999}", "{\"a\":[1,{\"b\":\"x\"}]}", "\xff\xfe\x80", "%s%n", "\x1b[31m",
	"\xe2\x80\xae", "\xc2\x9b", "=1+1", "a\nb\r\n", "\",;\t", "<script>", "]]>",
};

/* @ is the table and # the column that the bytes choose; $1 a value, $2 a row, $3 a place in a
 * text. */
/* clang-format off */
static const char *const changes[] = {
	"update @ set # = $1 where rowid = $2",
	"update @ set # = $1",
	"update @ set # = substr(#, 1, $3) || $1 || substr(#, $3 + 2) where rowid = $2",
	"update @ set # = # + $1",
	"delete from @ where rowid = $2",
	"insert into @ (#) values ($1)",
	"drop table @",
	"alter table @ rename column # to other",
	"alter table @ drop column #",
	"alter table @ add column other text default 'x'",
	"alter table @ add column other text generated always as (hex(#))",
	"create index other on @ (hex(#))",
	"create trigger other after update on @ begin delete from host; end",
	"alter table @ rename to other; create view @ as select * from other",
	"create table other as select * from @; drop table @; alter table other rename to @",
	"drop table @; create table @ (# primary key, other) without rowid",
	"pragma writable_schema = on; delete from sqlite_master where tbl_name = '@' and type = 'index'",
};
/* clang-format on */

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	abort();
}

static unsigned take(struct bytes *b)
{
	return b->at < b->end ? *b->at++ : 0;
}

static unsigned take_two(struct bytes *b)
{
	unsigned low = take(b);

	return low | take(b) << 8;
}

static size_t take_piece(struct bytes *b, const uint8_t **out)
{
	size_t len = take(b), left = (size_t)(b->end - b->at);

	*out = b->at;
	len = len < left ? len : left;
	b->at += len;
	return len;
}

static void bind_long(struct bytes *b, sqlite3_stmt *stmt)
{
	int letter = (int)take(b);
	size_t len = (size_t)(1 + take(b)) << take(b) % 12;
	AUTO_FREE char *text = xmalloc(len);

	memset(text, letter ? letter : 'a', len);
	sqlite3_bind_text(stmt, 1, text, (int)len, SQLITE_TRANSIENT);
}

static void bind_value(struct bytes *b, sqlite3_stmt *stmt)
{
	const uint8_t *piece;
	int64_t number = 0;
	double real = 0;
	size_t len;

	switch (take(b) % 8) {
	case 0:
		sqlite3_bind_null(stmt, 1);
		break;
	case 1:
		number = odd_numbers[take(b) % ARRAY_LEN(odd_numbers)];
		sqlite3_bind_int64(stmt, 1, number);
		break;
	case 2:
		len = take_piece(b, &piece);
		memcpy(&number, piece, len < sizeof(number) ? len : sizeof(number));
		sqlite3_bind_int64(stmt, 1, number);
		break;
	case 3:
		len = take_piece(b, &piece);
		memcpy(&real, piece, len < sizeof(real) ? len : sizeof(real));
		sqlite3_bind_double(stmt, 1, real);
		break;
	case 4:
		sqlite3_bind_text(stmt, 1, odd_texts[take(b) % ARRAY_LEN(odd_texts)], -1,
				  SQLITE_STATIC);
		break;
	case 5:
		len = take_piece(b, &piece);
		sqlite3_bind_text(stmt, 1, (const char *)piece, (int)len, SQLITE_TRANSIENT);
		break;
	case 6:
		len = take_piece(b, &piece);
		sqlite3_bind_blob(stmt, 1, piece, (int)len, SQLITE_TRANSIENT);
		break;
	default:
		bind_long(b, stmt);
	}
}

static char *with_names(const char *change, const struct hostile_column *c)
{
	struct buf sql;

	buf_init(&sql, 4096);
	for (; *change; change++) {
		if (*change == '@')
			buf_adds(&sql, c->table);
		else if (*change == '#')
			buf_addf(&sql, "\"%s\"", c->name);
		else
			buf_add(&sql, change, 1);
	}
	return buf_take(&sql);
}

/* What SQLite refuses - a table is gone, a key is there already - is not done. */
static void change(struct bytes *b, sqlite3 *db)
{
	const char *what = changes[take(b) % ARRAY_LEN(changes)];
	AUTO_FREE char *sql = with_names(what, &column[take(b) % (unsigned)column_count]);
	unsigned row = 1 + take(b) % ROWS;

	for (const char *rest = sql; *rest;) {
		sqlite3_stmt *stmt = NULL;

		if (sqlite3_prepare_v2(db, rest, -1, &stmt, &rest) != SQLITE_OK || !stmt)
			return;
		if (strstr(what, "$1"))
			bind_value(b, stmt);
		if (strstr(what, "$2"))
			sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, "$2"), row);
		if (strstr(what, "$3"))
			sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, "$3"), take(b));
		sqlite3_step(stmt);
		sqlite3_finalize(stmt);
	}
}

static void write_file(const uint8_t *data, size_t size)
{
	AUTO_FCLOSE FILE *f = fopen(path, "w");

	if (!f || fwrite(data, 1, size, f) != size)
		die(path, "cannot be written");
}

static void change_all(struct bytes *b)
{
	AUTO_FREE char *begin = xasprintf("pragma journal_mode = memory; pragma synchronous = off; "
					  "pragma max_page_count = %d; begin",
					  PAGES_MAX);
	sqlite3 *db = NULL;

	write_file(sound_file, sound_size);
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, begin, NULL, NULL, NULL) != SQLITE_OK)
		die(path, sqlite3_errmsg(db));
	for (int i = 0; i < CHANGES_MAX && b->at < b->end; i++)
		change(b, db);
	sqlite3_exec(db, "commit", NULL, NULL, NULL);
	sqlite3_close(db);
}

/* A piece of no bytes is where the file ends. */
static void lay_over(struct bytes *b)
{
	static uint8_t file[FILE_MAX];
	size_t size = sound_size;

	memcpy(file, sound_file, sound_size);
	while (b->at < b->end) {
		size_t at = take_two(b);
		const uint8_t *piece;
		size_t len = take_piece(b, &piece);

		if (len == 0)
			size = at < size ? at : size;
		else if (at + len <= sizeof(file))
			memcpy(file + at, piece, len);
	}
	write_file(file, size);
}

static void tell(void *ctx, const char *trouble)
{
	(void)ctx;
	if (!*trouble)
		die("db check", "tells nothing");
}

/* Sound, but a command that writes has to bring it up to date first. */
static bool is_older(const char *text)
{
	return strstr(text, ", this marshal needs ") != NULL;
}

/* What failed says why, and fails for a reason that db check knows too. */
static void ended(const char *what, bool failed, bool sound, const struct err *err)
{
	if (!failed)
		return;
	if (err->code == ERR_NONE || !*err->msg || !err->hint)
		die(what, "failed without a word");
	if (sound && err->code != ERR_NOT_FOUND && !is_older(err->msg))
		die(what, err->msg);
}

static void no_change(void *ctx, const struct status_change *c)
{
	(void)ctx;
	if (!c->host || !c->was || !c->status)
		abort();
}

static int no_host(void *ctx, const struct host_row *row, struct err *err)
{
	(void)ctx;
	(void)err;
	return row->name && row->facts ? 0 : -1;
}

static void read_hosts(struct store *s, bool sound)
{
	struct err err = { 0 };
	struct host_rows hosts;
	struct moment_rows moment;
	struct stopped_rows stopped;
	json_t *past = past_of_all(s, &err);

	ended("past", !past, sound, &err);
	json_decref(past);
	if (store_hosts(s, NULL, ROWS_FACTS | ROWS_FINDINGS | ROWS_GONE, &hosts, &err) == 0)
		host_rows_release(&hosts);
	else
		ended("hosts", true, sound, &err);
	ended("each host",
	      store_each_host(s, ROWS_FACTS | ROWS_FINDINGS, NULL, no_host, NULL, &err) != 0, sound,
	      &err);
	if (store_moment(s, 52, ROWS_FINDINGS | ROWS_GONE, &moment, &err) == 0)
		moment_rows_release(&moment);
	else
		ended("a moment", true, sound, &err);
	if (store_stopped(s, &stopped, &err) == 0)
		stopped_rows_release(&stopped);
	else
		ended("stopped", true, sound, &err);
	ended("changes", store_status_changes(s, 0, no_change, NULL, &err) != 0, sound, &err);
}

static void read_runs(struct store *s, bool sound)
{
	struct err err = { 0 };
	struct store_run_row run;
	struct event_rows events;
	struct scan_rows scans;
	struct lease_rows leases;
	struct job_rows jobs;

	if (store_run_find(s, "last", &run, &err) == 0) {
		if (store_jobs(s, run.id, &jobs, &err) == 0)
			job_rows_release(&jobs);
		else
			ended("jobs", true, sound, &err);
		store_run_release(&run);
	} else {
		ended("a run", true, sound, &err);
	}
	if (store_events(s, 0, NULL, 100, &events, &err) == 0)
		event_rows_release(&events);
	else
		ended("events", true, sound, &err);
	if (store_scans(s, 0, 100, &scans, &err) == 0)
		scan_rows_release(&scans);
	else
		ended("scans", true, sound, &err);
	if (store_leases(s, NULL, &leases, &err) == 0)
		lease_rows_release(&leases);
	else
		ended("leases", true, sound, &err);
}

static bool has_word(int which, const char *word)
{
	for (const char *const *w = hostile_words(which); *w; w++)
		if (strcmp(*w, word) == 0)
			return true;
	return false;
}

/* Tabs and line ends stay in CSV (docs/formats.md) and stand in the style of a page. */
static void line_is_printable(const char *line, size_t len, bool tabs)
{
	AUTO_FREE char *kept = xstrndup(line, len), *shown = NULL;

	for (char *c = kept; tabs && *c; c++)
		if (*c == '\r' || *c == '\t')
			*c = ' ';
	shown = text_printable(kept, strlen(kept), SIZE_MAX);
	if (strlen(kept) != len || strcmp(kept, shown) != 0)
		die("a terminal would obey", shown);
}

static void lines_are_printable(const char *text, size_t len, bool tabs)
{
	const char *end = text + len;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		line_is_printable(text, (size_t)((stop ? stop : end) - text), tabs);
		text = stop ? stop + 1 : end;
	}
}

static void shown_well(int which, const char *text, size_t len)
{
	bool json = has_word(which, "json") || has_word(which, "--json");
	AUTO_JSON json_t *value = json ? json_loadb(text, len, JSON_DECODE_ANY, NULL) : NULL;

	if (json && !value)
		die("output", "is no JSON");
	if (!text_is_utf8(text, len))
		die("output", "is not UTF-8");
	if (!json && !has_word(which, "prometheus"))
		lines_are_printable(text, len, has_word(which, "csv") || has_word(which, "html"));
}

/* What it says on standard error must not hide what the sanitizers say there. */
static void run_command(int which, bool sound)
{
	FILE *real = stderr;
	char *said = NULL, *text = "";
	size_t said_len = 0;
	struct stat st;
	int status;

	if (ftruncate(STDOUT_FILENO, 0) != 0 || lseek(STDOUT_FILENO, 0, SEEK_SET) != 0)
		abort();
	stderr = open_memstream(&said, &said_len);
	status = hostile_run(which, path);
	fclose(stderr);
	stderr = real;
	fflush(stdout);
	if (has_word(which, "nagios"))
		status = EXIT_OK;       /* it says all of it on standard output */
	if (status < EXIT_OK || status > EXIT_UNABLE)
		die("a command", "ended in no way it knows");
	if (status >= EXIT_USAGE && !strstr(said, "error: "))
		die("a command", "failed without a word");
	/* a host that a process holds is not renamed */
	if (status == EXIT_UNABLE && sound && !is_older(said) && !strstr(said, " is being changed"))
		die("a command", said);
	if (fstat(STDOUT_FILENO, &st) != 0)
		abort();
	if (st.st_size > 0) {
		text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, STDOUT_FILENO, 0);
		if (text == MAP_FAILED)
			abort();
		shown_well(which, text, (size_t)st.st_size);
		munmap(text, (size_t)st.st_size);
	}
	free(said);
}

static void leave(void)
{
	static const char *const suffix[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < ARRAY_LEN(suffix); i++) {
		AUTO_FREE char *name = xasprintf("%s%s", path, suffix[i]);

		unlink(name);
	}
}

static void leave_all(void)
{
	leave();
	rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int out = memfd_create("output", MFD_CLOEXEC);
	FILE *f;

	(void)argc;
	(void)argv;
	setlocale(LC_CTYPE, "C.UTF-8");         /* as main() does */
	snprintf(folder, sizeof(folder), "%s/fuzz-db-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(folder) || out < 0 || dup2(out, STDOUT_FILENO) < 0)
		abort();
	atexit(leave_all);
	snprintf(path, sizeof(path), "%s/db", folder);
	hostile_make(path, PAGE);
	column_count = hostile_columns(path, column);
	f = fopen(path, "r");
	sound_size = f ? fread(sound_file, 1, sizeof(sound_file), f) : 0;
	if (sound_size == 0 || sound_size == sizeof(sound_file))
		die(path, "is larger than is good for this");
	fclose(f);
	unsetenv("MARSHAL_INVENTORY");
	unsetenv("MARSHAL_POLICY");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, data + size };
	unsigned how = take(&b) % 4;
	int which = (int)take(&b) % hostile_commands(), troubles;
	struct store *s;
	struct err err = { 0 };

	leave();
	if (how == 3)
		write_file(b.at, (size_t)(b.end - b.at));
	else if (how == 2)
		lay_over(&b);
	else
		change_all(&b);
	troubles = store_check(path, tell, NULL, &err);
	ended("db check", troubles < 0, false, &err);
	s = store_open(&(struct store_options){ .path = path, .read_only = true }, &err);
	ended("open", !s, troubles == 0, &err);
	if (s) {
		read_hosts(s, troubles == 0);
		read_runs(s, troubles == 0);
		store_close(s);
	}
	run_command(which, troubles == 0);
	return 0;
}
