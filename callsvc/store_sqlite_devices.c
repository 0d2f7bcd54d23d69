/* store_sqlite_devices.c - where uids' phones are woken */
#include "callsvc/device.h"
#include "callsvc/store_sqlite_bind.h"

static int64_t uid_key(const struct store_sqlite *s, const char *uid)
{
    return sqlite_index_key(s, KEY_CALLEE, uid);
}

static int count_devices(struct store_sqlite *s, const char *uid, int64_t *ret)
{
    sqlite_put_text(s->statements[COUNT_DEVICES], 1, uid);
    return sqlite_get_number(s->statements[COUNT_DEVICES], ret);
}

/* The token's place: its old one, whosever it was, or a new one. */
static int write_device(struct store_sqlite *s, const struct device_register *device,
                        int64_t now_ms)
{
    const bool is_sandbox = device->environment == ENVIRONMENT_SANDBOX;
    struct sqlite3_stmt *statement = s->statements[REGISTER_DEVICE];

    sqlite_put_text(statement, 1, device->uid);
    sqlite3_bind_int64(statement, 2, device->platform);
    sqlite3_bind_int64(statement, 3, is_sandbox ? ENVIRONMENT_SANDBOX : ENVIRONMENT_PRODUCTION);
    sqlite_put_text(statement, 4, device->app);
    sqlite_put_text(statement, 5, device->token);
    sqlite_put_text(statement, 6, device->alert_token);
    sqlite_put_text(statement, 7, device->device_id);
    sqlite3_bind_int64(statement, 8, now_ms);
    return sqlite_run(statement);
}

/* The device has a new token now: its old one must not ring it twice. */
static int forget_older_tokens(struct store_sqlite *s, const struct device_register *device)
{
    struct sqlite3_stmt *statement = s->statements[FORGET_OLDER_TOKENS];

    if (!*device->device_id)
        return 0;
    sqlite_put_text(statement, 1, device->uid);
    sqlite_put_text(statement, 2, device->device_id);
    sqlite3_bind_int64(statement, 3, device->platform);
    sqlite_put_text(statement, 4, device->app);
    sqlite_put_text(statement, 5, device->token);
    return sqlite_run(statement);
}

static int forget_beyond_most(struct store_sqlite *s, const char *uid, int64_t *count)
{
    int r = 0;

    if (*count <= DEVICES_MOST)
        return 0;
    sqlite_put_text(s->statements[FORGET_OLDEST_DEVICE], 1, uid);
    r = sqlite_run(s->statements[FORGET_OLDEST_DEVICE]);
    *count -= 1;
    return r;
}

int sqlite_run_register(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    const struct device_register *device = o->asked.device;
    int r;

    o->error = device_check(device, &o->fault);
    if (o->error)
        return 0;
    r = write_device(s, device, now_ms);
    if (r >= 0)
        r = forget_older_tokens(s, device);
    if (r >= 0)
        r = count_devices(s, device->uid, &o->device_count);
    if (r >= 0)
        r = forget_beyond_most(s, device->uid, &o->device_count);
    /* Already now: a call in the same group must find it. */
    ringing_note(s->reachable, uid_key(s, device->uid), 1);
    return r;
}

int sqlite_run_unregister(struct store_sqlite *s, struct operation *o, int64_t now_ms)
{
    struct sqlite3_stmt *statement = s->statements[UNREGISTER_DEVICE];
    int r;

    (void)now_ms;
    sqlite_put_text(statement, 1, o->asked.no_device->uid);
    sqlite_put_text(statement, 2, o->asked.no_device->token);
    r = sqlite_run(statement);
    if (r >= 0 && sqlite3_changes(s->database) == 0)
        o->error = ERROR_DEVICE_NOT_FOUND;
    return r < 0 ? r : count_devices(s, o->asked.no_device->uid, &o->device_count);
}

void sqlite_settle_devices(struct store_sqlite *s, const struct operation *o)
{
    if (o->kind == OPERATION_DEVICE_UNREGISTER && o->device_count == 0)
        ringing_forget(s->reachable, uid_key(s, o->asked.no_device->uid), 1);
}

int sqlite_rebuild_devices(struct store_sqlite *s)
{
    struct sqlite3_stmt *statement = s->statements[REACHABLE_UIDS];
    char uid[UID_MOST + 1];
    int r;

    while ((r = sqlite_next_row(statement)) >= 0) {
        sqlite_get_text(statement, 0, uid, sizeof uid);
        ringing_note(s->reachable, uid_key(s, uid), 1);
    }
    sqlite3_reset(statement);
    return r == -ENOENT ? 0 : r;
}
