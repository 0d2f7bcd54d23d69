/* http_server_inside.h - what the files of http_server.c share */
#pragma once

#include "gateway/http_server.h"

#include <microhttpd.h>
#include <stdatomic.h>

/* A connection over TLS that has left HTTP: libmicrohttpd carries its bytes to and fro, and is told
 * when its owner has done with it, in the server's own thread. */
struct http_tie {
    struct http_server *server;
    struct MHD_UpgradeResponseHandle *handle;
    struct http_tie *next; /* among those that are done with */
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct loop *loop;
    struct limits *limits;
    int epoll_fd;
    const struct http_callbacks *callbacks;
    void *context;
    bool is_readable;
    bool has_resumed;
    bool has_moved;     /* the last run called us for something new */
    size_t awake_count; /* exchanges that wait without their connection being suspended */
    int64_t run_ms;     /* when the daemon wants to run although nothing comes */
    _Atomic(struct http_tie *) done;
    size_t cut_count; /* ties whose connections libmicrohttpd has not closed yet */
};

/* A MHD_AcceptPolicyCallback and a MHD_NotifyConnectionCallback: connections are counted, and not
 * taken where there are too many. */
enum MHD_Result http_server_may_connect(void *server, const struct sockaddr *peer, socklen_t size);
void http_server_count_connection(void *server, struct MHD_Connection *connection, void **place,
                                  enum MHD_ConnectionNotificationCode code);

/* Add the headers that an answer has, whatever else it is. */
void http_server_add_headers(struct MHD_Response *response, const struct http_answer *answer);

/* Queue an answer, also while its exchange waits. The exchange may have ended then. */
void http_server_queue(struct http_exchange *exchange, unsigned status,
                       struct MHD_Response *response);

enum { CUT_MS = 20 }; /* how often it looks for those */

/* Let go of the ties that are done with; true if there were some. */
bool http_server_cut_ties(struct http_server *server);
