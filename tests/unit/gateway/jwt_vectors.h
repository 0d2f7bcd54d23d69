/* jwt_vectors.h - keys and tokens of 2027-01-15, made by PyJWT 2.6 */
#pragma once
// clang-format off

enum { VECTORS_NOW = 1800000000 }; /* the tokens end 300 s later */

static const char vectors_keys[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"rRyo2f3EK42_dX8wUTdKI1Y8Brh98ojy8ni_lqOTqlSbwCAIRcpvX"
    "WCT-Jj5SUWdWnFcfyfkoHglugnwhax69uLfJt2lL-lMAxqB8f7ZB0F4NBEQgkqUL21bS36wXzLVgAGPl"
    "fwhm5JXLm8XnqzJ4CbsxWYiTC2oZVP48QldI_vyJ2cFnTvMT3bM2UFmpgD_MrqOpjGYz4V4nv2wZKZL-"
    "0mPrtTf5uIw32zR1ci6gh5VWeYoJmkopVBzL3JQCiWrJri9mfgOyBehS1AxIRMWv-wp1EgwT_fvk1ILm"
    "KtPsGTwd4QIjG1ZDZtLg6r1u6yJF1unMMjr_MngMfZkOFL3iQ\",\"e\":\"AQAB\",\"kid\":\"r\",\"alg\":\"R"
    "S256\",\"use\":\"sig\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"uRqW19cgPXdc0agcU3LltvhiVrE5xV"
    "6O2XDFxaUz_0w\",\"y\":\"xH92YxZwqdnlCGW0St38DRSF4khHe1OX3rnabUZAXFs\",\"kid\":\"e\",\"alg\""
    ":\"ES256\",\"use\":\"sig\"},{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk"
    "ZWY\",\"kid\":\"h\",\"alg\":\"HS256\",\"use\":\"sig\"}]}";

static const char vectors_rs256[] =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InIiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhbGljZSIsImF1ZCI6I"
    "mRhcGkiLCJpYXQiOjE4MDAwMDAwMDAsImV4cCI6MTgwMDAwMDMwMH0.pgv7dtH9LwLPvUxzyCD8Q7wAd"
    "BFF9RZL9-F-MwD3tRE_-c8df3s5GvbejYtVH3ngwNuUqp-GYhMn3ytflqkSqdQ_wjdynmIYD8UrDG1N_"
    "xfNDTNjGt5k6_A7KTgTqGOUk4c_CrW0OHMrXmVIOsr1nZsLO_iXzyGGsYuU75AxNg9NOaNAHthlx9hHu"
    "AHii23bX-g1YXIXbdPHQg859mVzvpx1W33D91Az1TkZ3DUbnIrI5zKArUbCcTI7eI00-TUq4_aLVMi2A"
    "SdJi9t1HK2rkSOx5mvZN7_QwuXwiQC4J-sZ9ckpYAX8nKcT8k3aFK8xifFsZzz8R0RcclkEdu8g4Q";

static const char vectors_es256[] =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhbGljZSIsImF1ZCI6I"
    "mRhcGkiLCJpYXQiOjE4MDAwMDAwMDAsImV4cCI6MTgwMDAwMDMwMH0.htcbnjXjcNOTNlCJPdIwEK0wJ"
    "DEymX6n4BUt_60oSC-_EI0CtF9nR2NNmJfVxgSS47OEgDJTS5XjDksZXJToCg";

static const char vectors_hs256[] =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6ImgiLCJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhbGljZSIsImF1ZCI6I"
    "mRhcGkiLCJpYXQiOjE4MDAwMDAwMDAsImV4cCI6MTgwMDAwMDMwMH0.QWkiebfmojgI5OCYqVFax8OeO"
    "dRmt5Qwtn5-7jxZJJM";

static const char vectors_confused[] =
    "eyJhbGciOiAiSFMyNTYiLCAia2lkIjogInIifQ.eyJzdWIiOiAiYWxpY2UiLCAiYXVkIjogImRhcGkiL"
    "CAiZXhwIjogMTgwMDAwMDMwMH0.vDaNnBCM899ShS8gBO3hbBtEdT5F9tWBaRF_epwzHmk";

static const char vectors_unsigned[] =
    "eyJhbGciOiAibm9uZSIsICJraWQiOiAiciJ9.eyJzdWIiOiAiYWxpY2UiLCAiYXVkIjogImRhcGkiLCA"
    "iZXhwIjogMTgwMDAwMDMwMH0.";
