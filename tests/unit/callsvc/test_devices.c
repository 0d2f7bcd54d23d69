/* test_devices.c - where uids' phones are woken, through the store */
#include "store_stage.h"

#include "callsvc/device.h"

static struct store *store;
static int64_t now_ms = NOW;

static void open_store(void)
{
    const struct store_options options = { .url = STAGE_URL, .now_ms = now_ms };

    store = stage_open(&options);
}

static int in_fresh_folder(void **context)
{
    (void)context;
    if (stage_enter_folder() < 0)
        return -1;
    open_store();
    return 0;
}

static int remove_folder(void **context)
{
    (void)context;
    store = store_free(store);
    return stage_leave_folder();
}

/* How many devices the uid has afterwards, or a negative error. */
static int64_t run(struct operation *o)
{
    int64_t count;

    assert_int_equal(store_run(store, o, 1, now_ms), 0);
    count = o->error ? -(int64_t)o->error : o->device_count;
    operation_done(o);
    return count;
}

static struct device_register apple(const char *uid, const char *token)
{
    struct device_register device = { .platform = PLATFORM_APNS };

    COPY_TEXT(device.uid, uid);
    COPY_TEXT(device.token, token);
    COPY_TEXT(device.app, "com.example.phone");
    return device;
}

static int64_t register_device(struct device_register device)
{
    struct operation o = { .kind = OPERATION_DEVICE_REGISTER };

    o.asked.device = must_alloc(1, sizeof device);
    *o.asked.device = device;
    return run(&o);
}

static int64_t unregister(const char *uid, const char *token)
{
    struct operation o = { .kind = OPERATION_DEVICE_UNREGISTER };

    o.asked.no_device = must_alloc(1, sizeof *o.asked.no_device);
    COPY_TEXT(o.asked.no_device->uid, uid);
    COPY_TEXT(o.asked.no_device->token, token);
    return run(&o);
}

static void a_uid_has_many_devices(void **context)
{
    (void)context;
    assert_int_equal(register_device(apple("anna", "aa")), 1);
    assert_int_equal(register_device(apple("anna", "bb")), 2);
    assert_int_equal(register_device(apple("anna", "bb")), 2);
    assert_int_equal(unregister("anna", "aa"), 1);
    assert_int_equal(unregister("anna", "bb"), 0);
    assert_int_equal(unregister("anna", "bb"), -ERROR_DEVICE_NOT_FOUND);
}

static void a_token_is_its_last_uids(void **context)
{
    (void)context;
    assert_int_equal(register_device(apple("anna", "aa")), 1);
    assert_int_equal(register_device(apple("bert", "aa")), 1);
    assert_int_equal(unregister("anna", "aa"), -ERROR_DEVICE_NOT_FOUND);
    assert_int_equal(unregister("bert", "aa"), 0);
}

static void the_same_token_in_two_apps_is_two_devices(void **context)
{
    struct device_register other = apple("anna", "aa");

    (void)context;
    COPY_TEXT(other.app, "com.example.other");
    assert_int_equal(register_device(apple("anna", "aa")), 1);
    assert_int_equal(register_device(other), 2);
    assert_int_equal(unregister("anna", "aa"), 0);
}

static void a_devices_new_token_takes_its_old_ones_place(void **context)
{
    struct device_register device = apple("anna", "aa");

    (void)context;
    COPY_TEXT(device.device_id, "phone");
    assert_int_equal(register_device(device), 1);
    COPY_TEXT(device.token, "bb");
    assert_int_equal(register_device(device), 1);
    assert_int_equal(unregister("anna", "aa"), -ERROR_DEVICE_NOT_FOUND);
    COPY_TEXT(device.device_id, "tablet");
    COPY_TEXT(device.token, "cc");
    assert_int_equal(register_device(device), 2);
}

static void with_too_many_the_oldest_leaves(void **context)
{
    char token[8];

    (void)context;
    for (int i = 0; i < DEVICES_MOST; i++) {
        now_ms++;
        snprintf(token, sizeof token, "%04x", i);
        assert_int_equal(register_device(apple("anna", token)), i + 1);
    }
    now_ms++;
    assert_int_equal(register_device(apple("anna", "ffff")), DEVICES_MOST);
    assert_int_equal(unregister("anna", "0000"), -ERROR_DEVICE_NOT_FOUND);
    assert_int_equal(unregister("anna", "ffff"), DEVICES_MOST - 1);
}

static void devices_outlive_a_restart(void **context)
{
    (void)context;
    assert_int_equal(register_device(apple("anna", "aa")), 1);
    store = store_free(store);
    open_store();
    assert_int_equal(register_device(apple("anna", "bb")), 2);
}

static void bad_addresses_are_refused_by_field(void **context)
{
    static const struct {
        enum device_platform platform;
        const char *token, *app, *alert_token, *field;
    } cases[] = {
        {PLATFORM_APNS,  "abc",          "app",                 "",    "token"      },
        { PLATFORM_APNS, "ab/../cd",     "app",                 "",    "token"      },
        { PLATFORM_APNS, "ab",           "app\r\nx: y",         "",    "app"        },
        { PLATFORM_APNS, "ab",           "app/..",              "",    "app"        },
        { PLATFORM_APNS, "ab",           "app",                 "xy",  "alert_token"},
        { PLATFORM_FCM,  "to ken",       "app",                 "",    "token"      },
        { PLATFORM_FCM,  "t\xc3\xb6ken", "app",                 "",    "token"      },
        { PLATFORM_FCM,  "token:x_-",    "app",                 "a b", "alert_token"},
        { PLATFORM_FCM,  "token:x_-",    "com.example_1.app-x", "",    NULL         },
        { PLATFORM_APNS, "AB01cd",       "com.example.app",     "01",  NULL         },
    };

    (void)context;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct device_register device = { .platform = cases[i].platform };
        struct fault fault = { NULL, NULL };

        COPY_TEXT(device.token, cases[i].token);
        COPY_TEXT(device.app, cases[i].app);
        COPY_TEXT(device.alert_token, cases[i].alert_token);
        assert_int_equal(device_check(&device, &fault),
                         cases[i].field ? ERROR_BAD_FIELD : ERROR_NONE);
        if (cases[i].field)
            assert_string_equal(fault.field, cases[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_uid_has_many_devices, in_fresh_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_token_is_its_last_uids, in_fresh_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_same_token_in_two_apps_is_two_devices, in_fresh_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_devices_new_token_takes_its_old_ones_place,
                                        in_fresh_folder, remove_folder),
        cmocka_unit_test_setup_teardown(with_too_many_the_oldest_leaves, in_fresh_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(devices_outlive_a_restart, in_fresh_folder, remove_folder),
        cmocka_unit_test(bad_addresses_are_refused_by_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
