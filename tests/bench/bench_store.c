/* bench_store.c - what a call costs callsvc's store: calls a second and CPU a call, by group size,
 * on an empty file and on one with a million calls; and call_messages
 *
 * bench_store [calls in the large file] [calls a measurement]. Compare ratios of one run only. */
/* links: callsvc */
#include "callsvc/store.h"
#include "common/clock.h"
#include "common/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { UIDS = 1000000, LARGEST_GROUP = 4096 };

static struct operation operations[LARGEST_GROUP];
static uint64_t calls_made;

struct cost {
    double per_second;
    double cpu_us;
};

static int64_t cpu_us(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_store: %s\n", what);
    exit(1);
}

static void random_uid(char *ret, size_t size)
{
    snprintf(ret, size, "%ld", 1000000 + random() % UIDS);
}

static void ask_start(struct operation *o)
{
    struct call_start *asked = &o->asked.start;

    *o = (struct operation){ .kind = OPERATION_START };
    asked->kind = CALL_USER;
    asked->ring_seconds = 60;
    snprintf(asked->channel, sizeof asked->channel, "ch_%06lx%04x", random() & 0xffffff,
             (unsigned)(calls_made++ & 0xffff));
    random_uuid(asked->call_id);
    random_uid(asked->src_uid, sizeof asked->src_uid);
    do
        random_uid(asked->dst_uid, sizeof asked->dst_uid);
    while (strcmp(asked->src_uid, asked->dst_uid) == 0);
}

static void ask_messages(struct operation *o)
{
    *o = (struct operation){ .kind = OPERATION_MESSAGES };
    random_uid(o->asked.messages.uid, sizeof o->asked.messages.uid);
}

static void run(struct store *store, size_t count, int64_t now_ms)
{
    if (store_run(store, operations, count, now_ms) < 0)
        die("the store failed");
    for (size_t i = 0; i < count; i++)
        operation_done(&operations[i]);
}

static struct cost measure(struct store *store, void (*ask)(struct operation *), size_t group,
                           size_t count)
{
    int64_t cpu = cpu_us();
    int64_t begin = clock_steady_us();

    for (size_t done = 0; done < count; done += group) {
        for (size_t i = 0; i < group; i++)
            ask(&operations[i]);
        run(store, group, clock_wall_ms());
    }
    return (struct cost){ (double)count * 1e6 / (double)(clock_steady_us() - begin),
                          (double)(cpu_us() - cpu) / (double)count };
}

/* Calls of yesterday that their callers gave up. */
static void preload(struct store *store, size_t count)
{
    int64_t yesterday = clock_wall_ms() - 86400000;

    for (size_t done = 0; done < count; done += LARGEST_GROUP / 2) {
        for (size_t i = 0; i < LARGEST_GROUP; i += 2) {
            struct call_end end = { 0 };

            ask_start(&operations[i]);
            snprintf(end.channel, sizeof end.channel, "%s", operations[i].asked.start.channel);
            snprintf(end.uid, sizeof end.uid, "%s", operations[i].asked.start.src_uid);
            operations[i + 1] = (struct operation){ .kind = OPERATION_END, .asked.end = end };
        }
        run(store, LARGEST_GROUP, yesterday);
    }
}

static struct store *open_store(const char *url)
{
    struct store_options options = { .url = url,
                                     .rules.most_call_ms = 14400000,
                                     .now_ms = clock_wall_ms() };
    char problem[STORE_PROBLEM_MOST];
    struct store *store;

    if (store_open(&options, &store, problem) < 0)
        die(problem);
    return store;
}

static struct store *settle(struct store *store, const char *url)
{
    while (store_maintain(store, clock_wall_ms()) > 0)
        ;
    store_free(store);
    return open_store(url);
}

static void print_costs(const char *what, struct cost empty, struct cost large)
{
    printf("%-22s %9.0f/s %6.2f us   %9.0f/s %6.2f us   CPU x %.2f (target: at most 2)\n", what,
           empty.per_second, empty.cpu_us, large.per_second, large.cpu_us,
           large.cpu_us / empty.cpu_us);
    fflush(stdout);
}

static void compare(struct store *empty, struct store *large, size_t count)
{
    static const size_t groups[] = { 1, 8, 64, 256 };

    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        size_t calls = groups[i] == 1 ? count / 8 : count;
        struct cost a = measure(empty, ask_start, groups[i], calls);
        struct cost b = measure(large, ask_start, groups[i], calls);
        char what[32];

        snprintf(what, sizeof what, "call_start, by %zu", groups[i]);
        print_costs(what, a, b);
    }
    print_costs("call_messages, by 64", measure(empty, ask_messages, 64, count),
                measure(large, ask_messages, 64, count));
}

int main(int argc, char **argv)
{
    size_t in_large = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 65536;
    char directory[] = "/tmp/bench_store.XXXXXX";
    struct store *empty, *large;
    int64_t begin;

    if (!mkdtemp(directory) || chdir(directory) < 0)
        die("no temporary directory");
    srandom((unsigned)clock_wall_ms());
    empty = open_store("sqlite:empty.db");
    large = open_store("sqlite:large.db");
    begin = clock_steady_ms();
    preload(large, in_large);
    large = settle(large, "sqlite:large.db");
    printf("%zu calls loaded in %.1f s\n", in_large, (double)(clock_steady_ms() - begin) / 1000);
    printf("%-22s %22s   %22s\n", "", "empty file", "large file");
    compare(empty, large, count);
    store_free(empty);
    store_free(large);
    execlp("rm", "rm", "-rf", directory, NULL);
    return 1;
}
