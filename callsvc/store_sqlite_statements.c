/* store_sqlite_statements.c - the store's SQL: statements that stay prepared, and what goes in and
 * out of them */
#include "callsvc/store_sqlite.h"

#include "callsvc/uuid.h"
#include "common/buffer.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

enum column_kind { COLUMN_UUID, COLUMN_TEXT, COLUMN_ENUM, COLUMN_NUMBER };
enum column_life { COLUMN_FIXED, COLUMN_CHANGING, COLUMN_LATER };

// clang-format off
static const struct column {
    enum column_life life;
    enum column_kind kind;
    size_t offset;
    size_t size;
} columns[] = {
#define COLUMN(life, kind, name)                                        \
    { COLUMN_##life, COLUMN_##kind, offsetof(struct call_record, name), \
      sizeof((struct call_record *)NULL)->name },
#include "callsvc/call_columns.def"
#undef COLUMN
};

/* Lists for the SQL; each begins with a comma and a space, which are left out where it is used. */
static const char names[] =
#define COLUMN(life, kind, name) ", " #name
#include "callsvc/call_columns.def"
#undef COLUMN
;
static const char places[] =
#define COLUMN(life, kind, name) ", ?"
#include "callsvc/call_columns.def"
#undef COLUMN
;
static const char changes[] =
#define CHANGE_FIXED(name)
#define CHANGE_CHANGING(name)    ", " #name " = ?"
#define CHANGE_LATER(name)       CHANGE_CHANGING(name)
#define COLUMN(life, kind, name) CHANGE_##life(name)
#include "callsvc/call_columns.def"
#undef COLUMN
;

static const char fresh[] =
#define UNSET_TEXT               ", ''"
#define UNSET_ENUM               ", 0"
#define UNSET_NUMBER             ", 0"
#define FRESH_FIXED(kind)        ", ?"
#define FRESH_CHANGING(kind)     ", ?"
#define FRESH_LATER(kind)        UNSET_##kind
#define COLUMN(life, kind, name) FRESH_##life(kind)
#include "callsvc/call_columns.def"
#undef COLUMN
;

static const char *const texts[] = {
#define STATEMENT(name, text) [name] = (text),
#include "callsvc/store_sqlite_statements.def"
#undef STATEMENT
};
// clang-format on

int sqlite_errno(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return 0;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return -EBUSY;
    case SQLITE_FULL: return -ENOSPC;
    case SQLITE_READONLY: return -EROFS;
    case SQLITE_PERM:
    case SQLITE_AUTH: return -EACCES;
    case SQLITE_CANTOPEN: return -ENOENT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return -EBADMSG;
    default: return -EIO;
    }
}

static const struct {
    const char *word;
    const char *list;
} words[] = {
    {"$columns",  names  },
    { "$places",  places },
    { "$changes", changes},
    { "$fresh",   fresh  },
};

/* Append the list that the text's first word stands for, or else its first character: the rest. */
static const char *expand_word(const char *text, struct buffer *out)
{
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strncmp(text, words[i].word, strlen(words[i].word)) != 0)
            continue;
        buffer_add_text(out, words[i].list + 2);
        return text + strlen(words[i].word);
    }
    buffer_add(out, text, 1);
    return text + 1;
}

static int prepare(struct store_sqlite *s, enum statement name)
{
    AUTO(buffer_done) struct buffer text = { 0 };

    for (const char *at = texts[name]; *at;)
        at = expand_word(at, &text);
    return sqlite_errno(sqlite3_prepare_v3(s->database, text.data, (int)text.size,
                                           SQLITE_PREPARE_PERSISTENT, &s->statements[name], NULL));
}

int sqlite_prepare(struct store_sqlite *s)
{
    for (size_t name = 0; name < STATEMENTS; name++) {
        int r = prepare(s, name);

        if (r < 0)
            return r;
    }
    return 0;
}

void sqlite_finalize(struct store_sqlite *s)
{
    for (size_t name = 0; name < STATEMENTS; name++) {
        sqlite3_finalize(s->statements[name]);
        s->statements[name] = NULL;
    }
}

/* Run a statement that gives no rows, and make it ready for the next time. */
static int run(struct sqlite3_stmt *statement)
{
    int r = sqlite_errno(sqlite3_step(statement));

    sqlite3_reset(statement);
    return r;
}

int sqlite_begin(struct store_sqlite *s, bool writes)
{
    return run(s->statements[writes ? BEGIN_WRITE : BEGIN_READ]);
}

int sqlite_commit(struct store_sqlite *s)
{
    return run(s->statements[COMMIT]);
}

void sqlite_rollback(struct store_sqlite *s)
{
    /* After some errors SQLite has rolled back by itself. */
    if (!sqlite3_get_autocommit(s->database))
        (void)run(s->statements[ROLLBACK]);
}

int sqlite_load_meta(struct store_sqlite *s)
{
    struct sqlite3_stmt *statement = s->statements[LOAD_META];
    int r = sqlite3_step(statement);

    if (r == SQLITE_ROW) {
        s->meta = (struct meta){
            .seq = sqlite3_column_int64(statement, 0),
            .next_call = sqlite3_column_int64(statement, 1),
            .low_water = sqlite3_column_int64(statement, 2),
            .indexed_to = sqlite3_column_int64(statement, 3),
        };
        s->secret.halves[0] = (uint64_t)sqlite3_column_int64(statement, 4);
        s->secret.halves[1] = (uint64_t)sqlite3_column_int64(statement, 5);
    }
    sqlite3_reset(statement);
    return r == SQLITE_DONE ? -EBADMSG : sqlite_errno(r);
}

static int run_with_numbers(struct sqlite3_stmt *statement, const int64_t *numbers, int count)
{
    for (int i = 0; i < count; i++)
        sqlite3_bind_int64(statement, i + 1, numbers[i]);
    return run(statement);
}

int sqlite_save_meta(struct store_sqlite *s)
{
    const int64_t values[] = { s->meta.seq, s->meta.next_call, s->meta.low_water,
                               s->meta.indexed_to };

    return run_with_numbers(s->statements[SAVE_META], values, COUNT_OF(values));
}

/* Texts are bound without a copy: what they belong to outlives the step. */
static void bind_text(struct sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, (int)strlen(text), SQLITE_STATIC);
}

static void bind_column(struct sqlite3_stmt *statement, int place, const struct column *column,
                        const struct call_record *record, unsigned char uuid[UUID_BYTES])
{
    const char *member = (const char *)record + column->offset;
    int64_t number;

    switch (column->kind) {
    case COLUMN_UUID:
        uuid_to_bytes(member, uuid);
        sqlite3_bind_blob(statement, place, uuid, UUID_BYTES, SQLITE_STATIC);
        break;
    case COLUMN_TEXT: bind_text(statement, place, member); break;
    case COLUMN_ENUM: sqlite3_bind_int64(statement, place, *(const unsigned *)member); break;
    case COLUMN_NUMBER:
        memcpy(&number, member, sizeof number);
        sqlite3_bind_int64(statement, place, number);
        break;
    }
}

/* Bind the columns of some lives and then the id, and run the statement. */
static int run_with_record(struct sqlite3_stmt *statement, const struct call_record *record,
                           enum column_life first, enum column_life last)
{
    unsigned char uuid[UUID_BYTES];
    int place = 1;

    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (columns[i].life >= first && columns[i].life <= last)
            bind_column(statement, place++, &columns[i], record, uuid);
    sqlite3_bind_int64(statement, place, record->id);
    return run(statement);
}

static bool is_unset(const struct column *column, const struct call_record *record)
{
    static const char zeros[sizeof(int64_t)];
    const char *member = (const char *)record + column->offset;

    return memcmp(member, zeros, column->kind == COLUMN_TEXT ? 1 : column->size) == 0;
}

/* Nothing has happened to it yet. */
static bool is_fresh(const struct call_record *record)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        if (columns[i].life == COLUMN_LATER && !is_unset(&columns[i], record))
            return false;
    return true;
}

static void read_column(struct sqlite3_stmt *statement, int place, const struct column *column,
                        struct call_record *ret)
{
    char *member = (char *)ret + column->offset;
    size_t size;
    int64_t number;

    switch (column->kind) {
    case COLUMN_UUID:
        if (sqlite3_column_bytes(statement, place) == UUID_BYTES)
            uuid_from_bytes(sqlite3_column_blob(statement, place), member);
        break;
    case COLUMN_TEXT: /* of a number this would make text */
        size = (size_t)sqlite3_column_bytes(statement, place);
        if (size > 0 && size < column->size)
            memcpy(member, sqlite3_column_text(statement, place), size);
        break;
    case COLUMN_ENUM:
        *(unsigned *)(void *)member = (unsigned)sqlite3_column_int(statement, place);
        break;
    case COLUMN_NUMBER:
        number = sqlite3_column_int64(statement, place);
        memcpy(member, &number, sizeof number);
        break;
    }
}

static void read_record(struct sqlite3_stmt *statement, struct call_record *ret)
{
    *ret = (struct call_record){ .id = sqlite3_column_int64(statement, 0) };
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        read_column(statement, (int)i + 1, &columns[i], ret);
}

/* The statement's next row: 0, -ENOENT if there is none, or another -errno. */
static int next_row(struct sqlite3_stmt *statement)
{
    int r = sqlite3_step(statement);

    return r == SQLITE_DONE ? -ENOENT : sqlite_errno(r);
}

int sqlite_find_call(struct store_sqlite *s, int64_t id, struct call_record *ret)
{
    struct sqlite3_stmt *statement = s->statements[FIND_CALL];
    int r;

    sqlite3_bind_int64(statement, 1, id);
    r = next_row(statement);
    if (r >= 0)
        read_record(statement, ret);
    sqlite3_reset(statement);
    return r;
}

int sqlite_insert_call(struct store_sqlite *s, const struct call_record *record)
{
    if (is_fresh(record))
        return run_with_record(s->statements[INSERT_FRESH], record, COLUMN_FIXED, COLUMN_CHANGING);
    return run_with_record(s->statements[INSERT_CALL], record, COLUMN_FIXED, COLUMN_LATER);
}

int sqlite_update_call(struct store_sqlite *s, const struct call_record *record)
{
    return run_with_record(s->statements[UPDATE_CALL], record, COLUMN_CHANGING, COLUMN_LATER);
}

int sqlite_delete_call(struct store_sqlite *s, int64_t id)
{
    int r = run_with_numbers(s->statements[DELETE_EVENTS], &id, 1);

    return r < 0 ? r : run_with_numbers(s->statements[DELETE_CALL], &id, 1);
}

int sqlite_insert_event(struct store_sqlite *s, const struct call_record *record,
                        const struct operation_event *event, int64_t at)
{
    const int64_t values[] = { record->id,           event->seq,
                               event->type,          at,
                               record->state,        record->reason,
                               record->ended_by,     record->robot,
                               call_is_open(record), event->hidden };

    return run_with_numbers(s->statements[INSERT_EVENT], values, COUNT_OF(values));
}

void sqlite_calls_begin(struct store_sqlite *s, int64_t first_id)
{
    sqlite3_bind_int64(s->statements[CALLS_FROM], 1, first_id);
}

int sqlite_calls_next(struct store_sqlite *s, struct call_record *ret)
{
    int r = next_row(s->statements[CALLS_FROM]);

    if (r >= 0)
        read_record(s->statements[CALLS_FROM], ret);
    return r;
}

void sqlite_calls_end(struct store_sqlite *s)
{
    sqlite3_reset(s->statements[CALLS_FROM]);
}
