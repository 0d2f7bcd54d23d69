/* store_sqlite_file.c - the database's file: one callsvc at a time, and how it is written */
#include "callsvc/store_sqlite.h"

#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Chosen with tests/bench/bench_store.c; the page size counts only when the file is made. Large
 * pages and a bounded cache: whenever its trees were balanced, SQLite 3.40 walks through all cached
 * pages at the next commit. The log grows to 16 MiB before it is written back. */
static const char settings[] = "PRAGMA page_size = 8192;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA cache_size = -65536;"
                               "PRAGMA wal_autocheckpoint = 2048;"
                               "PRAGMA temp_store = MEMORY;";

enum { BUSY_MS = 1000 };

/* Who holds the lock wrote his pid into the file: into *ret as text, "" if it is not there. */
static void read_holder(int fd, char ret[16])
{
    ssize_t size = pread(fd, ret, 15, 0);

    ret[size > 0 ? size : 0] = '\0';
    ret[strspn(ret, "0123456789")] = '\0';
}

static int refuse_second(int fd, const char *path, char reterr[STORE_PROBLEM_MOST])
{
    char holder[16];

    read_holder(fd, holder);
    snprintf(reterr, STORE_PROBLEM_MOST,
             "another callsvc uses %s (%s%s holds %s-lock): SQLite serves one callsvc only", path,
             *holder ? "process " : "somebody", holder, path);
    return -EBUSY;
}

/* SQLite's own locks are held only during transactions: a lock beside the file says that a callsvc
 * keeps what it knows of it in memory. */
static int lock_file(struct store_sqlite *s, const char *path, char reterr[STORE_PROBLEM_MOST])
{
    AUTO(free_memory) char *lock_path = must_format("%s-lock", path);

    s->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) {
        int r = -errno;

        snprintf(reterr, STORE_PROBLEM_MOST, "cannot open %s: %s", lock_path, strerror(-r));
        return r;
    }
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return refuse_second(s->lock_fd, path, reterr);
    /* The pid is for people: that it cannot be written on a full disk is no reason to stop. */
    if (ftruncate(s->lock_fd, 0) == 0)
        (void)!dprintf(s->lock_fd, "%d\n", (int)getpid());
    return 0;
}

static int execute(struct sqlite3 *database, const char *text)
{
    return sqlite_errno(sqlite3_exec(database, text, NULL, NULL, NULL));
}

static int use_log(struct sqlite3 *database)
{
    struct sqlite3_stmt *statement = NULL;
    bool is_used = false;
    int r = sqlite3_prepare_v2(database, "PRAGMA journal_mode = WAL", -1, &statement, NULL);

    if (r == SQLITE_OK)
        r = sqlite3_step(statement);
    if (r == SQLITE_ROW)
        is_used = strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    sqlite3_finalize(statement);
    if (r == SQLITE_ROW && !is_used)
        return -ENOTSUP;
    return sqlite_errno(r);
}

static int open_database(struct store_sqlite *s, const char *path)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int r;

    /* Without statistics its allocations take no lock. Refused once SQLite is in use. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    r = sqlite_errno(sqlite3_open_v2(path, &s->database, flags, NULL));
    if (r < 0)
        return r;
    sqlite3_busy_timeout(s->database, BUSY_MS);
    r = execute(s->database, settings);
    return r < 0 ? r : use_log(s->database);
}

static int open_and_migrate(struct store_sqlite *s, const char *path,
                            char reterr[STORE_PROBLEM_MOST])
{
    char problem[STORE_PROBLEM_MOST] = "";
    int r = open_database(s, path);

    if (r < 0)
        snprintf(problem, sizeof problem, "%s", sqlite3_errmsg(s->database));
    else
        r = sqlite_schema_migrate(s->database, problem);
    if (r >= 0) {
        r = sqlite_prepare(s);
        if (r < 0)
            snprintf(problem, sizeof problem, "its tables are not dapi's: %s",
                     sqlite3_errmsg(s->database));
    }
    if (r < 0)
        snprintf(reterr, STORE_PROBLEM_MOST, "cannot use %.200s: %.250s", path, problem);
    return r;
}

int sqlite_file_open(struct store_sqlite *s, const char *path, char reterr[STORE_PROBLEM_MOST])
{
    /* Another name for the same file must meet the same lock. */
    AUTO(free_memory) char *true_path = realpath(path, NULL);
    int r;

    if (true_path)
        path = true_path;
    r = lock_file(s, path, reterr);
    return r < 0 ? r : open_and_migrate(s, path, reterr);
}

void sqlite_file_close(struct store_sqlite *s)
{
    sqlite_finalize(s);
    sqlite3_close(s->database);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
}
