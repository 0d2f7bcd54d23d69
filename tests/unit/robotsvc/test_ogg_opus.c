/* test_ogg_opus.c - Ogg/Opus files, good and bad, and the outside of Opus packets */
#include "test.h"

#include "ogg_file.h"

#include <errno.h>

static struct ogg_file file;

static int end_file(void **state)
{
    (void)state;
    ogg_file_done(&file);
    return 0;
}

static struct recording *read_file(void)
{
    struct recording *recording = NULL;
    const char *problem = "";

    if (ogg_opus_read((struct bytes){ file.content.data, file.content.size }, &recording,
                      &problem) < 0)
        fail_msg("refused: the file %s", problem);
    return recording;
}

static void assert_bytes_refused(const void *data, size_t size, const char *expected)
{
    struct recording *recording = NULL;
    const char *problem = NULL;
    int r = ogg_opus_read((struct bytes){ data, size }, &recording, &problem);

    assert_int_equal(r, -EINVAL);
    assert_null(recording);
    assert_string_equal(problem, expected);
}

static void assert_refused(const char *expected)
{
    assert_bytes_refused(file.content.data, file.content.size, expected);
}

static void a_file_becomes_its_packets(void **state)
{
    AUTO(recording_freep) struct recording *recording = NULL;

    (void)state;
    ogg_file_make(&file, 100);
    recording = read_file();
    assert_int_equal(recording->count, 100);
    assert_int_equal(recording->samples, 100 * 960);
    assert_int_equal(recording->channels, 1);
    assert_int_equal(recording->pre_skip, 312);
    assert_int_equal(recording->packets[99].size, 40);
    assert_int_equal(recording->packets[99].samples, 960);
    assert_int_equal(recording->packets[99].data[0], 31 << 3);
}

static void tags_may_span_pages(void **state)
{
    AUTO(recording_freep) struct recording *recording = NULL;
    char tags[60000] = "OpusTags";

    (void)state;
    ogg_file_begin(&file, 1);
    ogg_file_add_head(&file, 1, 2, 0);
    ogg_file_add(&file, tags, sizeof tags, false);
    ogg_file_add_sound(&file, 1000, true);
    recording = read_file();
    assert_int_equal(recording->count, 1);
    assert_int_equal(recording->channels, 2);
}

static void what_is_not_ogg_is_refused(void **state)
{
    (void)state;
    ogg_file_begin(&file, 1);
    assert_bytes_refused("", 0, "is not Ogg/Opus");
    assert_bytes_refused("RIFF....WAVE", 12, "is not Ogg/Opus");
    assert_bytes_refused("OggS", 4, "is not Ogg/Opus");
}

static void another_codec_is_refused(void **state)
{
    (void)state;
    ogg_file_begin(&file, 1);
    ogg_file_add(&file, "\x01vorbis\0\0\0\0\x02\x80\xbb\0\0\0\0\0\0\0\0", 22, true);
    assert_refused("is not Ogg/Opus");
}

static void a_file_without_tags_is_refused(void **state)
{
    (void)state;
    ogg_file_begin(&file, 1);
    ogg_file_add_head(&file, 1, 1, 0);
    ogg_file_add_sound(&file, 40, true);
    assert_refused("is not Ogg/Opus");
}

static void assert_head_refused(int version, int channels, int family, const char *expected)
{
    ogg_file_begin(&file, 1);
    ogg_file_add_head(&file, version, channels, family);
    ogg_file_add_tags(&file);
    ogg_file_add_sound(&file, 40, true);
    assert_refused(expected);
    ogg_file_done(&file);
}

static void heads_that_cannot_be_played_are_refused(void **state)
{
    (void)state;
    assert_head_refused(1, 0, 0, "has more than two channels");
    assert_head_refused(1, 3, 0, "has more than two channels");
    assert_head_refused(1, 2, 1, "has more than two channels");
    assert_head_refused(16, 1, 0, "is of a newer version of Ogg/Opus");
    ogg_file_begin(&file, 1);
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    ogg_file_make(&file, 3);
    for (size_t size = 0; size < file.content.size; size++) {
        struct recording *recording = NULL;
        const char *problem = NULL;

        assert_int_equal(
            ogg_opus_read((struct bytes){ file.content.data, size }, &recording, &problem),
            -EINVAL);
        assert_non_null(problem);
    }
}

static void a_flipped_bit_is_refused(void **state)
{
    (void)state;
    ogg_file_make(&file, 3);
    file.content.data[file.content.size - 1] ^= 1;
    assert_refused("is cut off or damaged");
}

static void bytes_after_the_end_are_refused(void **state)
{
    (void)state;
    ogg_file_make(&file, 3);
    buffer_add(&file.content, "Ogg", 3);
    assert_refused("is cut off or damaged");
}

static void two_streams_one_after_another_are_refused(void **state)
{
    struct ogg_file second = { .packets = 0 };

    (void)state;
    ogg_file_make(&file, 2);
    ogg_file_make(&second, 2);
    buffer_add(&file.content, second.content.data, second.content.size);
    ogg_file_done(&second);
    assert_refused("holds more than one stream");
}

static void multiplexed_streams_are_refused(void **state)
{
    struct ogg_file second = { .packets = 0 };

    (void)state;
    ogg_file_begin(&file, 1);
    ogg_file_add_head(&file, 1, 1, 0);
    ogg_file_begin(&second, 2);
    ogg_file_add_head(&second, 1, 1, 0);
    buffer_add(&file.content, second.content.data, second.content.size);
    ogg_file_done(&second);
    ogg_file_add_tags(&file);
    ogg_file_add_sound(&file, 40, true);
    assert_refused("holds more than one stream");
}

static void a_file_without_sound_is_refused(void **state)
{
    (void)state;
    ogg_file_begin(&file, 1);
    ogg_file_add_head(&file, 1, 1, 0);
    ogg_file_add(&file, "OpusTags\0\0\0\0\0\0\0\0", 16, true);
    assert_refused("holds no sound");
}

static void a_packet_that_no_datagram_takes_is_refused(void **state)
{
    unsigned char packet[1401] = { 31 << 3 | 1 };

    (void)state;
    ogg_file_begin(&file, 1);
    ogg_file_add_head(&file, 1, 1, 0);
    ogg_file_add_tags(&file);
    file.granule = 1920;
    ogg_file_add(&file, packet, sizeof packet, true);
    assert_refused("holds a packet that is too large for a datagram");
}

static void times_that_run_backwards_are_refused(void **state)
{
    (void)state;
    ogg_file_begin(&file, 1);
    ogg_file_add_head(&file, 1, 1, 0);
    ogg_file_add_tags(&file);
    ogg_file_add_sound(&file, 40, false);
    file.granule = 0;
    ogg_file_add(&file, "\xf8\0", 2, true);
    assert_refused("has times that run backwards");
}

static void a_file_that_is_too_large_is_refused_unread(void **state)
{
    (void)state;
    ogg_file_begin(&file, 1);
    assert_bytes_refused("", OGG_MOST_BYTES + 1, "is larger than 16 MiB");
}

/* Of a packet of `size` bytes that begins with `start`; zeros follow. */
static void assert_samples_of(const char *start, size_t start_size, size_t size, int expected)
{
    unsigned char packet[1500] = { 0 };

    memcpy(packet, start, start_size);
    assert_int_equal(opus_packet_samples(packet, size), expected);
}

#define assert_samples(start, size, expected) \
    assert_samples_of(start, sizeof start - 1, size, expected)

/* RFC 6716 table 2, one row each of SILK, hybrid and CELT, with one frame. */
static void the_first_byte_says_how_long_a_frame_is(void **state)
{
    (void)state;
    assert_samples("\x00", 30, 480);
    assert_samples("\x08", 30, 960);
    assert_samples("\x18", 30, 2880);
    assert_samples("\x60", 30, 480);
    assert_samples("\x78", 30, 960);
    assert_samples("\x80", 30, 120);
    assert_samples("\xf8", 30, 960);
}

static void frames_of_a_packet_add_up(void **state)
{
    (void)state;
    assert_samples("\xf9", 31, 1920);             /* two, equal */
    assert_samples("\xfa\x0a", 31, 1920);         /* two, the first of 10 bytes */
    assert_samples("\xfb\x03", 32, 2880);         /* three, equal */
    assert_samples("\xfb\x83\x05\x05", 40, 2880); /* three, each its length */
    assert_samples("\xfb\x41\x05", 40, 960);      /* one, and 5 bytes of padding */
    assert_samples("\x1b\x02", 32, 5760);         /* 120 ms, the most */
}

static void framing_that_is_wrong_is_refused(void **state)
{
    (void)state;
    assert_samples("", 0, -EINVAL);
    assert_samples("\xf8", 1277, -EINVAL);       /* a frame of 1276 bytes */
    assert_samples("\xf9", 32, -EINVAL);         /* two equal ones of 31 bytes */
    assert_samples("\xfa", 1, -EINVAL);          /* no length */
    assert_samples("\xfa\xff", 2, -EINVAL);      /* half a length */
    assert_samples("\xfa\x40", 20, -EINVAL);     /* a first frame beyond the end */
    assert_samples("\xfb", 1, -EINVAL);          /* no number of frames */
    assert_samples("\xfb\x00", 20, -EINVAL);     /* no frame */
    assert_samples("\xfb\x07", 37, -EINVAL);     /* 140 ms */
    assert_samples("\xfb\x03", 33, -EINVAL);     /* three equal ones of 31 bytes */
    assert_samples("\xfb\x41\x40", 20, -EINVAL); /* padding beyond the end */
    assert_samples("\xfb\x41\xff\xff", 4, -EINVAL);
}

static void a_time_is_in_the_packet_that_plays_then(void **state)
{
    struct opus_packet packets[] = {
        { .samples = 960 },
        { .samples = 2880 },
        { .samples = 120 },
    };
    const struct recording recording = { .packets = packets, .count = COUNT_OF(packets) };

    (void)state;
    assert_int_equal(recording_packet_at(&recording, 0), 0);
    assert_int_equal(recording_packet_at(&recording, 19), 0);
    assert_int_equal(recording_packet_at(&recording, 20), 1);
    assert_int_equal(recording_packet_at(&recording, 79), 1);
    assert_int_equal(recording_packet_at(&recording, 81), 2);
    assert_int_equal(recording_packet_at(&recording, INT64_MAX), 3);
}

#define FILE_TEST(function) cmocka_unit_test_teardown(function, end_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_file_becomes_its_packets),
        FILE_TEST(tags_may_span_pages),
        FILE_TEST(what_is_not_ogg_is_refused),
        FILE_TEST(another_codec_is_refused),
        FILE_TEST(a_file_without_tags_is_refused),
        FILE_TEST(heads_that_cannot_be_played_are_refused),
        FILE_TEST(every_truncation_is_refused),
        FILE_TEST(a_flipped_bit_is_refused),
        FILE_TEST(bytes_after_the_end_are_refused),
        FILE_TEST(two_streams_one_after_another_are_refused),
        FILE_TEST(multiplexed_streams_are_refused),
        FILE_TEST(a_file_without_sound_is_refused),
        FILE_TEST(a_packet_that_no_datagram_takes_is_refused),
        FILE_TEST(times_that_run_backwards_are_refused),
        FILE_TEST(a_file_that_is_too_large_is_refused_unread),
        cmocka_unit_test(the_first_byte_says_how_long_a_frame_is),
        cmocka_unit_test(frames_of_a_packet_add_up),
        cmocka_unit_test(framing_that_is_wrong_is_refused),
        cmocka_unit_test(a_time_is_in_the_packet_that_plays_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
