/* token_vectors.h - tests/vectors/agora-token-vectors.json, and what the tests of tokens share */
#pragma once

#include "test.h"
#include "tokensvc/access_token.h"
#include "tokensvc/packing.h"

#include <errno.h>
#include <string.h>

static const char app_id[] = "970CA35de60c44645bbae8a215061b33";
static const char certificate[] = "5CFd2fd1755d40ecb72977518be15d3b";
static const char other_certificate[] = "5CFd2fd1755d40ecb72977518be15d3c";

static inline json_t *load_vectors(void)
{
    json_t *vectors = json_load_file("tests/vectors/agora-token-vectors.json", 0, NULL);

    assert_non_null(vectors); /* tests run in the root of the repository */
    return vectors;
}

static inline const char *text_of(const json_t *vector, const char *name)
{
    const char *text = json_string_value(json_object_get(vector, name));

    assert_non_null(text);
    return text;
}

static inline uint32_t number_of(const json_t *vector, const char *name)
{
    assert_true(json_is_integer(json_object_get(vector, name)));
    return (uint32_t)json_integer_value(json_object_get(vector, name));
}

static inline struct privileges privileges_of(const json_t *vector)
{
    const json_t *map = json_object_get(vector, "privileges");
    struct privileges privileges = { .count = json_object_size(map) };

    for (uint16_t i = 0; i < privileges.count; i++) {
        const char id[] = { (char)('1' + i), '\0' };

        privileges.list[i] = (struct privilege){ i + 1, number_of(map, id) };
    }
    return privileges;
}

/* Both privileges of dapi's tokens. */
static inline struct privileges join_and_publish(uint32_t ends)
{
    return (struct privileges){
        {{ PRIVILEGE_JOIN, ends }, { PRIVILEGE_PUBLISH_AUDIO, ends }},
        2
    };
}

static inline struct credentials *make_credentials(const char *app, const char *current,
                                                   const char *previous)
{
    struct credentials *credentials;
    struct fault fault;

    assert_int_equal(credentials_new(app, current, previous, &credentials, &fault), 0);
    return credentials;
}

static inline struct access_tokens *make_tokens(const char *app, const char *current,
                                                const char *previous)
{
    return access_tokens_new(make_credentials(app, current, previous));
}

/* What a token that `tokens` verifies at `now` comes to: 0 or -errno. */
static inline int verify_at(struct access_tokens *tokens, const char *token, const char *channel,
                            const char *uid, const char *other_uid, int64_t now)
{
    const struct token_question question = { channel, uid, other_uid };
    struct token_answer answer;

    return access_tokens_verify(tokens, token, &question, now, &answer);
}
