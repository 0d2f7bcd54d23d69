/* test_handlers.c - robot_call and robot_invite, from the request to the answer */
#include "test.h"

#include "stage.h"

#include "common/messages/robot.h"
#include "robotsvc/handlers.h"

static struct loop *loop;
static struct crew *crew;
static struct catalogue *catalogue;
static struct handlers *handlers;
static struct call_started last_started;
static struct call last_call;

void bus_server_reply(struct bus_server *server, const struct bus_return *back,
                      const struct message *m, const void *msg, struct bytes bulk)
{
    (void)server;
    (void)back;
    (void)bulk;
    if (m == call_started_message())
        last_started = *(const struct call_started *)msg;
    else
        last_call = *(const struct call *)msg;
    tell_story("answer:", m->name);
}

void bus_server_fail(struct bus_server *server, const struct bus_return *back, enum error error,
                     const struct fault *fault)
{
    (void)server;
    (void)back;
    tell_story("fail:", error_text(error)->code);
    if (fault)
        tell_story(fault->field, "");
}

const char *bus_server_instance(const struct bus_server *server)
{
    (void)server;
    return "replica-1";
}

static int begin(void **state)
{
    struct catalogue_fault fault = { .problem = "" };

    (void)state;
    if (loop_open(&loop) < 0 || catalogue_open("robotsvc/audio", &catalogue, &fault) < 0)
        return -1;
    crew = stage_begin(loop);
    handlers = handlers_new(
        &(struct handlers_options){ .catalogue = catalogue, .media = &stage_media, .crew = crew });
    return 0;
}

static int end(void **state)
{
    (void)state;
    handlers = handlers_free(handlers);
    crew = crew_free(crew);
    catalogue = catalogue_free(catalogue);
    loop = loop_free(loop);
    return 0;
}

static void request(const char *verb, const struct message *message, const void *body)
{
    struct buffer packed = { 0 };
    msgpack_unpacked unpacked;
    size_t offset = 0;
    struct bus_request request = { .verb = verb,
                                   .deadline_ms = clock_steady_ms() + 5000,
                                   .traceparent = "" };

    message_to_msgpack(message, body, &packed);
    msgpack_unpacked_init(&unpacked);
    assert_int_equal(msgpack_unpack_next(&unpacked, packed.data, packed.size, &offset),
                     MSGPACK_UNPACK_SUCCESS);
    request.body = &unpacked.data;
    handlers_on_request(handlers, &request);
    msgpack_unpacked_destroy(&unpacked);
    buffer_done(&packed);
}

static void request_call(const char *audio)
{
    struct robot_call call = { .channel = "ch_a",
                               .call_id = "8e42878f-e10d-48b2-a6df-d2d3652ee144",
                               .src_uid = "1" };

    COPY_TEXT(call.audio, audio);
    request("robot_call", robot_call_message(), &call);
}

static void request_invitation(void)
{
    struct robot_invite invite = { .channel = "ch_a", .uid = "1", .audio = "tone" };

    request("robot_invite", robot_invite_message(), &invite);
}

/* callsvc's answer to call_start. */
static void answer_started_with(enum robot_state robot, const char *robot_id)
{
    struct call_started started = { .call_id = "8e42878f-e10d-48b2-a6df-d2d3652ee144",
                                    .channel = "ch_a",
                                    .ring_expires_at = 1,
                                    .state = CALL_ANSWERED,
                                    .robot = robot };

    COPY_TEXT(started.robot_id, robot_id);
    answer(ERROR_NONE, call_started_message(), &started, NULL);
}

static void a_call_is_answered_once_its_robot_waits(void **state)
{
    (void)state;
    request_call("");
    assert_int_equal(strlen(asks[0].start.robot_id), ROBOT_ID_LENGTH);
    assert_string_equal(asks[0].start.audio, "greeting");
    assert_string_equal(asks[0].start.replica, "replica-1");
    answer_started_with(ROBOT_JOINING, asks[0].start.robot_id);
    assert_string_equal(asks[1].media_claim.node, "node-1");
    answer_node("node-1");
    watcher->on_joined(seats[0]);
    assert_story("call_start media_claim join:ch_a tell:waiting");
    answer_call_with("ch_a", CALL_ROBOT, ROBOT_WAITING, asks[0].start.robot_id);
    assert_story("answer:call_started");
    assert_int_equal(last_started.robot, ROBOT_WAITING);
    assert_string_equal(last_started.robot_id, asks[0].start.robot_id);
}

static void an_invitation_is_answered_once_the_robot_waits(void **state)
{
    (void)state;
    request_invitation();
    assert_string_equal(asks[0].claim.audio, "tone");
    assert_string_equal(asks[0].claim.replica, "replica-1");
    answer_call_with("ch_a", CALL_USER, ROBOT_JOINING, asks[0].claim.robot_id);
    answer_node("node-1");
    watcher->on_joined(seats[0]);
    answer_call_with("ch_a", CALL_USER, ROBOT_WAITING, asks[0].claim.robot_id);
    assert_story("robot_claim media_claim join:ch_a tell:waiting answer:call");
    assert_int_equal(last_call.robot, ROBOT_WAITING);
}

static void an_audio_that_is_not_there_is_refused_before_anything_is_made(void **state)
{
    (void)state;
    request_call("no-such-thing");
    assert_story("fail:bad_field audio");
}

static void without_media_nothing_is_made(void **state)
{
    (void)state;
    is_media_there = false;
    request_call("tone");
    request_invitation();
    assert_story("fail:media_unavailable fail:media_unavailable");
}

static void nothing_new_begins_when_the_process_ends(void **state)
{
    (void)state;
    handlers_begin_drain(handlers);
    request_call("tone");
    assert_story("fail:service_unavailable");
}

static void a_robot_that_cannot_join_fails_its_call(void **state)
{
    (void)state;
    request_call("");
    answer_started_with(ROBOT_JOINING, asks[0].start.robot_id);
    answer_node("node-1");
    watcher->on_lost(seats[0]);
    assert_story("call_start media_claim join:ch_a leave fail:media_unavailable tell:failed");
}

static void a_robot_of_a_channel_whose_node_is_away_fails(void **state)
{
    (void)state;
    request_call("");
    answer_started_with(ROBOT_JOINING, asks[0].start.robot_id);
    answer_node("node-2");
    assert_story("call_start media_claim tell:failed fail:media_unavailable");
    assert_string_equal(asks[2].update.robot_id, asks[0].start.robot_id);
    answer_error(ERROR_WRONG_STATE);
}

static void a_call_that_ends_before_its_robot_has_a_node_fails(void **state)
{
    (void)state;
    request_call("");
    answer_started_with(ROBOT_JOINING, asks[0].start.robot_id);
    answer_error(ERROR_CALL_ENDED);
    assert_story("call_start media_claim fail:call_ended");
}

static void what_callsvc_refuses_is_refused(void **state)
{
    (void)state;
    request_call("");
    answer_error(ERROR_STORE_UNAVAILABLE);
    request_invitation();
    answer_error(ERROR_CALL_ENDED);
    assert_story("call_start fail:store_unavailable robot_claim fail:call_ended");
}

static void a_call_whose_robot_is_there_already_is_answered_as_it_is(void **state)
{
    (void)state;
    request_call("");
    answer_started_with(ROBOT_PLAYING, "another");
    assert_story("call_start answer:call_started");
    assert_string_equal(last_started.robot_id, "another");
}

static void an_invitation_of_a_second_robot_is_answered_with_the_first(void **state)
{
    (void)state;
    request_invitation();
    answer_call_with("ch_a", CALL_USER, ROBOT_WAITING, "another");
    assert_story("robot_claim answer:call");
}

static void the_same_call_twice_has_one_robot_and_two_answers(void **state)
{
    char robot_id[ROBOT_ID_MOST + 1];

    (void)state;
    request_call("");
    COPY_TEXT(robot_id, asks[0].start.robot_id);
    request_call("");
    answer_started_with(ROBOT_JOINING, robot_id);
    answer_started_with(ROBOT_JOINING, robot_id);
    answer_node("node-1");
    watcher->on_joined(seats[0]);
    answer_call_with("ch_a", CALL_ROBOT, ROBOT_WAITING, robot_id);
    assert_story("call_start call_start media_claim join:ch_a tell:waiting "
                 "answer:call_started answer:call_started");
}

static void who_asks_for_a_robot_that_gets_no_node_fails_with_it(void **state)
{
    char robot_id[ROBOT_ID_MOST + 1];

    (void)state;
    request_call("");
    COPY_TEXT(robot_id, asks[0].start.robot_id);
    request_call("");
    answer_started_with(ROBOT_JOINING, robot_id);
    answer_started_with(ROBOT_JOINING, robot_id);
    answer_error(ERROR_CALL_ENDED);
    assert_story("call_start call_start media_claim fail:call_ended fail:call_ended");
}

static void a_robot_whose_robotsvc_is_gone_is_replaced(void **state)
{
    (void)state;
    request_call("");
    answer_started_with(ROBOT_JOINING, "of-the-dead");
    assert_story("call_start robot_claim");
    assert_string_equal(asks[1].claim.instead_of, "of-the-dead");
    answer_call_with("ch_a", CALL_ROBOT, ROBOT_JOINING, asks[1].claim.robot_id);
    answer_node("node-1");
    watcher->on_joined(seats[0]);
    answer_call_with("ch_a", CALL_ROBOT, ROBOT_WAITING, asks[1].claim.robot_id);
    assert_story("media_claim join:ch_a tell:waiting answer:call_started");
}

static void a_verb_that_is_not_known_is_refused(void **state)
{
    struct robot_invite invite = { .channel = "ch_a" };

    (void)state;
    request("robot_dance", robot_invite_message(), &invite);
    request("robot_call", robot_invite_message(), &invite);
    assert_story("fail:unknown_verb fail:bad_field call_id");
}

static void requests_without_an_answer_are_freed_with_the_handlers(void **state)
{
    (void)state;
    request_call("");
    request_invitation();
    assert_story("call_start robot_claim");
}

#define HANDLERS_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HANDLERS_TEST(a_call_is_answered_once_its_robot_waits),
        HANDLERS_TEST(an_invitation_is_answered_once_the_robot_waits),
        HANDLERS_TEST(an_audio_that_is_not_there_is_refused_before_anything_is_made),
        HANDLERS_TEST(without_media_nothing_is_made),
        HANDLERS_TEST(nothing_new_begins_when_the_process_ends),
        HANDLERS_TEST(a_robot_that_cannot_join_fails_its_call),
        HANDLERS_TEST(a_robot_of_a_channel_whose_node_is_away_fails),
        HANDLERS_TEST(a_call_that_ends_before_its_robot_has_a_node_fails),
        HANDLERS_TEST(what_callsvc_refuses_is_refused),
        HANDLERS_TEST(a_call_whose_robot_is_there_already_is_answered_as_it_is),
        HANDLERS_TEST(an_invitation_of_a_second_robot_is_answered_with_the_first),
        HANDLERS_TEST(the_same_call_twice_has_one_robot_and_two_answers),
        HANDLERS_TEST(who_asks_for_a_robot_that_gets_no_node_fails_with_it),
        HANDLERS_TEST(a_robot_whose_robotsvc_is_gone_is_replaced),
        HANDLERS_TEST(a_verb_that_is_not_known_is_refused),
        HANDLERS_TEST(requests_without_an_answer_are_freed_with_the_handlers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
