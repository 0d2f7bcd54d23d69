/* test_media_verbs.c - media_join and media_leave, from the request to the answer */
#include "test.h"

#include "stage.h"

#include "common/messages/robot.h"
#include "robotsvc/handlers.h"

#define SESSION "0123456789abcdef"

static struct loop *loop;
static struct crew *crew;
static struct handlers *handlers;
static char answered_bulk[64];
static bool was_there;

void bus_server_reply(struct bus_server *server, const struct bus_return *back,
                      const struct message *m, const void *msg, struct bytes bulk)
{
    (void)server;
    (void)back;
    snprintf(answered_bulk, sizeof answered_bulk, "%.*s", (int)bulk.size, (const char *)bulk.data);
    if (m == media_left_message())
        was_there = ((const struct media_left *)msg)->was_there;
    tell_story("answer:", m->name);
}

void bus_server_fail(struct bus_server *server, const struct bus_return *back, enum error error,
                     const struct fault *fault)
{
    (void)server;
    (void)back;
    (void)fault;
    tell_story("fail:", error_text(error)->code);
}

const char *bus_server_instance(const struct bus_server *server)
{
    (void)server;
    return "replica-1";
}

static int begin(void **state)
{
    (void)state;
    if (loop_open(&loop) < 0)
        return -1;
    crew = stage_begin(loop);
    handlers = handlers_new(&(struct handlers_options){ .media = &stage_media, .crew = crew });
    return 0;
}

static int end(void **state)
{
    (void)state;
    handlers = handlers_free(handlers);
    crew = crew_free(crew);
    loop = loop_free(loop);
    return 0;
}

static void request(const struct message *message, const void *body, const char *bulk)
{
    struct buffer packed = { 0 };
    msgpack_unpacked unpacked;
    size_t offset = 0;
    struct bus_request request = {
        .verb = message->name,
        .deadline_ms = clock_steady_ms() + 5000,
        .traceparent = "",
        .bulk = {bulk, strlen(bulk)}
    };

    message_to_msgpack(message, body, &packed);
    msgpack_unpacked_init(&unpacked);
    assert_int_equal(msgpack_unpack_next(&unpacked, packed.data, packed.size, &offset),
                     MSGPACK_UNPACK_SUCCESS);
    request.body = &unpacked.data;
    handlers_on_request(handlers, &request);
    msgpack_unpacked_destroy(&unpacked);
    buffer_done(&packed);
}

static void request_join(void)
{
    const struct media_join join = { .channel = "ch_a", .uid = "1", .session = SESSION };

    request(media_join_message(), &join, "an offer");
}

static void request_leave(void)
{
    const struct media_leave leave = { .channel = "ch_a", .uid = "1", .session = SESSION };

    request(media_leave_message(), &leave, "");
}

/* callsvc says whose the channel is, and where. */
static void answer_parties(const char *node)
{
    struct call call = make_call("ch_a", CALL_USER, ROBOT_NONE);
    struct call_inside inside = { .id = 1 };

    COPY_TEXT(inside.node, node);
    answer_with_inside(&call, &inside);
}

static void a_client_enters_where_callsvc_says_that_the_channel_is(void **state)
{
    (void)state;
    request_join();
    assert_string_equal(asks[0].media_claim.channel, "ch_a");
    answer_node("node-1");
    assert_story("media_claim enter:1");
    assert_string_equal(visit.entry.session, SESSION);
    assert_string_equal(visit.offer, "an offer");
    visit.on_entered(visit.context, ERROR_NONE, (struct bytes){ "an answer", 9 });
    assert_story("answer:media_joined");
    assert_string_equal(answered_bulk, "an answer");
}

static void what_the_plane_refuses_is_refused(void **state)
{
    (void)state;
    request_join();
    answer_node("node-1");
    visit.on_entered(visit.context, ERROR_BAD_OFFER, (struct bytes){ 0 });
    assert_story("media_claim enter:1 fail:bad_offer");
}

static void nobody_enters_a_closed_channel(void **state)
{
    (void)state;
    request_join();
    answer_error(ERROR_CALL_ENDED);
    assert_story("media_claim fail:channel_closed");
}

static void nobody_enters_where_the_node_is_away(void **state)
{
    (void)state;
    request_join();
    answer_node("node-2");
    is_media_there = false;
    request_join();
    assert_story("media_claim fail:media_unavailable fail:media_unavailable");
}

static void nobody_enters_when_the_process_ends(void **state)
{
    (void)state;
    handlers_begin_drain(handlers);
    request_join();
    assert_story("fail:service_unavailable");
}

static void a_connection_ends_where_it_is(void **state)
{
    (void)state;
    request_leave();
    answer_parties("node-1");
    assert_story("call_parties end:1");
    assert_string_equal(visit.entry.session, SESSION);
    visit.on_ended(visit.context, ERROR_NONE, true);
    assert_story("answer:media_left");
    assert_true(was_there);
}

static void a_channel_that_nobody_entered_has_no_connection(void **state)
{
    (void)state;
    request_leave();
    answer_parties("");
    assert_story("call_parties answer:media_left");
    assert_false(was_there);
}

static void what_callsvc_does_not_know_cannot_be_left(void **state)
{
    (void)state;
    request_leave();
    answer_error(ERROR_CALL_NOT_FOUND);
    assert_story("call_parties fail:call_not_found");
}

static void without_media_nothing_is_left(void **state)
{
    (void)state;
    is_media_there = false;
    request_leave();
    assert_story("fail:media_unavailable");
}

static void requests_without_an_answer_are_freed_with_the_handlers(void **state)
{
    (void)state;
    request_join();
    request_leave();
    assert_story("media_claim call_parties");
}

#define MEDIA_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MEDIA_TEST(a_client_enters_where_callsvc_says_that_the_channel_is),
        MEDIA_TEST(what_the_plane_refuses_is_refused),
        MEDIA_TEST(nobody_enters_a_closed_channel),
        MEDIA_TEST(nobody_enters_where_the_node_is_away),
        MEDIA_TEST(nobody_enters_when_the_process_ends),
        MEDIA_TEST(a_connection_ends_where_it_is),
        MEDIA_TEST(a_channel_that_nobody_entered_has_no_connection),
        MEDIA_TEST(what_callsvc_does_not_know_cannot_be_left),
        MEDIA_TEST(without_media_nothing_is_left),
        MEDIA_TEST(requests_without_an_answer_are_freed_with_the_handlers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
