/* plugin.c - janus.plugin.dapi: what the core calls
 *
 * A call's two parties exchange Opus, and a robot's plain RTP is carried beside it or in the peer's
 * place; nothing is decoded or mixed. robotsvc alone talks to it (requests.h).
 *
 * SPDX-License-Identifier: GPL-3.0-only */
#include "robotsvc/bridge/bridge.h"

#include "robotsvc/bridge/notices.h"
#include "robotsvc/bridge/relay.h"
#include "robotsvc/bridge/requests.h"
#include "robotsvc/bridge/robot_socket.h"
#include "robotsvc/bridge/watch.h"

#include <config.h>
#include <debug.h>
#include <stdlib.h>
#include <string.h>
#include <utils.h>

#define PACKAGE "janus.plugin.dapi"

janus_callbacks *bridge_core;

/* The [general] settings of janus.plugin.dapi.jcfg. */
struct settings {
    char *robot_address; /* where robots' RTP is taken; g_free */
    int robot_port;      /* 0: any */
    int lost_seconds;
};

static void read_settings(const char *folder, struct settings *ret)
{
    char *path = g_strdup_printf("%s/" PACKAGE ".jcfg", folder);
    janus_config *config = janus_config_parse(path);
    janus_config_category *general;
    janus_config_item *item;

    *ret = (struct settings){ .lost_seconds = 15 };
    if (config) {
        general = janus_config_get_create(config, NULL, janus_config_type_category, "general");
        item = janus_config_get(config, general, janus_config_type_item, "robot_address");
        ret->robot_address = g_strdup(item ? item->value : NULL);
        item = janus_config_get(config, general, janus_config_type_item, "robot_port");
        ret->robot_port = item && item->value ? atoi(item->value) : 0;
        item = janus_config_get(config, general, janus_config_type_item, "lost_seconds");
        ret->lost_seconds = item && item->value ? atoi(item->value) : ret->lost_seconds;
        janus_config_destroy(config);
    }
    if (!ret->robot_address)
        ret->robot_address = g_strdup("127.0.0.1");
    g_free(path);
}

static int on_init(janus_callbacks *core, const char *config_folder)
{
    struct settings settings;
    int r;

    bridge_core = core;
    read_settings(config_folder, &settings);
    rooms_open();
    r = robot_socket_open(settings.robot_address, settings.robot_port);
    if (r < 0) {
        JANUS_LOG(LOG_ERR, "dapi: cannot take robots' RTP on %s:%d: %s\n", settings.robot_address,
                  settings.robot_port, g_strerror(-r));
        rooms_close();
    } else {
        notices_open();
        requests_open();
        watch_open(settings.lost_seconds);
        JANUS_LOG(LOG_INFO, "dapi: takes robots' RTP on %s:%d\n", robot_socket_address(),
                  robot_socket_port());
    }
    g_free(settings.robot_address);
    return r < 0 ? -1 : 0;
}

static void on_destroy(void)
{
    watch_close();
    requests_close();
    robot_socket_close();
    notices_close();
    rooms_close();
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

    if (!party) {
        json_decref(body);
        json_decref(jsep);
        g_free(transaction);
        return janus_plugin_result_new(JANUS_PLUGIN_ERROR, "the handle is gone", NULL);
    }
    result = requests_handle(party, transaction, body, jsep);
    party_unref(party);
    return result;
}

static void mark_heard(struct party *party)
{
    g_atomic_int_set(&party->heard_at, (gint)(janus_get_monotonic_time() / G_USEC_PER_SEC));
}

static void on_setup_media(janus_plugin_session *handle)
{
    struct party *party = party_of(handle);
    struct room *room = party ? g_atomic_pointer_get(&party->room) : NULL;

    if (room) {
        mark_heard(party);
        g_atomic_int_set(&party->is_up, 1);
        notice(party, "up", room->name, party->id);
    }
    party_unref(party);
}

static void on_rtp(janus_plugin_session *handle, janus_plugin_rtp *packet)
{
    struct party *party = party_of(handle);

    if (party) {
        mark_heard(party);
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
        mark_heard(party);
    party_unref(party);
}

static void on_hangup(janus_plugin_session *handle)
{
    struct party *party = party_of(handle);

    if (party)
        requests_leave(party, "left");
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
    requests_leave(party, "left");
    party_unref(party);
}

static json_t *on_query(janus_plugin_session *handle)
{
    struct party *party = party_of(handle);
    struct room *room = party ? g_atomic_pointer_get(&party->room) : NULL;
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
