/* plugin.c - janus.plugin.dapi: what the core calls
 *
 * A call's two parties exchange Opus, and a robot's plain RTP is carried beside it or in the peer's
 * place; nothing is decoded or mixed. robotsvc alone talks to it (requests.h).
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/bridge.h"

#include "robotsvc/bridge/joins.h"
#include "robotsvc/bridge/notices.h"
#include "robotsvc/bridge/relay.h"
#include "robotsvc/bridge/requests.h"
#include "robotsvc/bridge/robot_socket.h"
#include "robotsvc/bridge/watch.h"

#include <config.h>
#include <debug.h>
#include <utils.h>

#define PACKAGE "janus.plugin.dapi"

janus_callbacks *bridge_core;

/* The core does not wait for messages that it is handing over when it destroys the plugin. */
static GRWLock life;
static bool is_alive;

/* The [general] settings of janus.plugin.dapi.jcfg. */
struct settings {
    char *robot_address; /* where robots' RTP is taken; g_free */
    int robot_port;      /* 0: any */
    int lost_seconds;
};

/* The value of an item, or `otherwise` if it is not there or not a number in range. */
static int read_number(janus_config *config, janus_config_category *general, const char *name,
                       int least, int most, int otherwise)
{
    const janus_config_item *item = janus_config_get(config, general, janus_config_type_item, name);
    gint64 number;

    if (!item || !item->value)
        return otherwise;
    if (g_ascii_string_to_signed(item->value, 10, least, most, &number, NULL))
        return (int)number;
    JANUS_LOG(LOG_ERR, "dapi: %s is no number from %d to %d: taking %d\n", name, least, most,
              otherwise);
    return otherwise;
}

static void read_settings(const char *folder, struct settings *ret)
{
    char *path = g_strdup_printf("%s/" PACKAGE ".jcfg", folder);
    janus_config *config = janus_config_parse(path);
    const janus_config_item *address = NULL;
    janus_config_category *general;

    if (!config)
        config = janus_config_create(PACKAGE);
    general = janus_config_get_create(config, NULL, janus_config_type_category, "general");
    address = janus_config_get(config, general, janus_config_type_item, "robot_address");
    *ret = (struct settings){
        .robot_address = g_strdup(address && address->value ? address->value : "127.0.0.1"),
        .robot_port = read_number(config, general, "robot_port", 0, UINT16_MAX, 0),
        .lost_seconds = read_number(config, general, "lost_seconds", 1, 3600, 15),
    };
    janus_config_destroy(config);
    g_free(path);
}

static void say_where_robots_go(void)
{
    JANUS_LOG(LOG_INFO, "dapi: takes robots' RTP on %s:%d\n", robot_socket_address(),
              robot_socket_port());
}

static int fail_to_open(const struct settings *settings, int r)
{
    rooms_close();
    JANUS_LOG(LOG_ERR, "dapi: cannot take robots' RTP on %s:%d: %s\n", settings->robot_address,
              settings->robot_port, g_strerror(-r));
    return -1;
}

static void open_parts(const struct settings *settings)
{
    notices_open();
    joins_open();
    watch_open(settings->lost_seconds);
    g_rw_lock_writer_lock(&life);
    is_alive = true;
    g_rw_lock_writer_unlock(&life);
    say_where_robots_go();
}

static int on_init(janus_callbacks *core, const char *config_folder)
{
    struct settings settings;
    int r;

    bridge_core = core;
    read_settings(config_folder, &settings);
    rooms_open();
    r = robot_socket_open(settings.robot_address, settings.robot_port);
    if (r < 0)
        r = fail_to_open(&settings, r);
    else
        open_parts(&settings);
    g_free(settings.robot_address);
    return r;
}

/* Handles may be destroyed after this: what on_destroy_session uses still works. */
static void on_destroy(void)
{
    g_rw_lock_writer_lock(&life);
    is_alive = false;
    g_rw_lock_writer_unlock(&life);
    watch_close();
    joins_close();
    robot_socket_close();
    notices_close();
    rooms_close();
    parties_release(true);
}

static void on_create_session(janus_plugin_session *handle, int *error)
{
    (void)error;
    party_attach(handle);
}

static struct janus_plugin_result *on_message(janus_plugin_session *handle, char *transaction,
                                              json_t *body, json_t *jsep)
{
    struct party *party = party_of(handle);
    struct janus_plugin_result *result;

    g_rw_lock_reader_lock(&life);
    if (party && is_alive) {
        result = requests_handle(party, transaction, body, jsep);
    } else {
        json_decref(body);
        json_decref(jsep);
        g_free(transaction);
        result = janus_plugin_result_new(JANUS_PLUGIN_ERROR, "the handle is gone", NULL);
    }
    g_rw_lock_reader_unlock(&life);
    party_unref(party);
    return result;
}

static void on_setup_media(janus_plugin_session *handle)
{
    struct party *party = party_of(handle);

    if (party && room_bring_up(party)) {
        party_mark_heard(party);
        notice(party, "up", party);
    }
    party_unref(party);
}

static void on_rtp(janus_plugin_session *handle, janus_plugin_rtp *packet)
{
    struct party *party = party_of(handle);

    if (party) {
        party_mark_heard(party);
        relay_from_party(party, packet);
    }
    party_unref(party);
}

/* A party that only listens sends no RTP, but receiver reports. */
static void on_rtcp(janus_plugin_session *handle, janus_plugin_rtcp *packet)
{
    struct party *party = party_of(handle);

    (void)packet;
    if (party)
        party_mark_heard(party);
    party_unref(party);
}

static void on_hangup(janus_plugin_session *handle)
{
    struct party *party = party_of(handle);

    if (party) {
        party_leave(party, "left");
        party_end(party);
    }
    party_unref(party);
}

static void on_destroy_session(janus_plugin_session *handle, int *error)
{
    struct party *party = party_detach(handle);

    if (!party) {
        *error = -1;
        return;
    }
    notices_remove_watcher(party);
    party_leave(party, "left");
    party_retire(party);
}

static json_t *on_query(janus_plugin_session *handle)
{
    struct party *party = party_of(handle);
    const struct room *room = party ? party->room : NULL;
    json_t *answer = json_pack("{s:s}", "room", room ? room->name : "");

    party_unref(party);
    return answer;
}

static int get_api(void)
{
    return JANUS_PLUGIN_API_VERSION;
}

static int get_version(void)
{
    return 1;
}

static const char *get_version_text(void)
{
    return "0.1.0";
}

static const char *get_description(void)
{
    return "forwards the Opus of two-party calls, with a robot beside them";
}

static const char *get_name(void)
{
    return "dapi bridge";
}

static const char *get_author(void)
{
    return "The dapi authors";
}

static const char *get_package(void)
{
    return PACKAGE;
}

janus_plugin bridge_plugin = {
    .init = on_init,
    .destroy = on_destroy,
    .get_api_compatibility = get_api,
    .get_version = get_version,
    .get_version_string = get_version_text,
    .get_description = get_description,
    .get_name = get_name,
    .get_author = get_author,
    .get_package = get_package,
    .create_session = on_create_session,
    .handle_message = on_message,
    .setup_media = on_setup_media,
    .incoming_rtp = on_rtp,
    .incoming_rtcp = on_rtcp,
    .hangup_media = on_hangup,
    .destroy_session = on_destroy_session,
    .query_session = on_query,
};

/* What the core looks up after dlopen. */
janus_plugin *create(void);
janus_plugin *create(void)
{
    return &bridge_plugin;
}
