/* seen_by_tsan.c - glib's thread pool as ThreadSanitizer sees it, which does not look into glib
 *
 * Linked into the plugin's build for it with --wrap for both functions: what is pushed happens
 * before what the pool's thread does with it. */
#include <glib.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);
GThreadPool *__real_g_thread_pool_new(GFunc run, gpointer context, gint most, gboolean exclusive,
                                      GError **error);
GThreadPool *__wrap_g_thread_pool_new(GFunc run, gpointer context, gint most, gboolean exclusive,
                                      GError **error);
gboolean __real_g_thread_pool_push(GThreadPool *pool, gpointer work, GError **error);
gboolean __wrap_g_thread_pool_push(GThreadPool *pool, gpointer work, GError **error);

static GFunc run_work; /* there is one pool */

static void acquire_and_run(gpointer work, gpointer context)
{
    __tsan_acquire(work);
    run_work(work, context);
}

GThreadPool *__wrap_g_thread_pool_new(GFunc run, gpointer context, gint most, gboolean exclusive,
                                      GError **error)
{
    run_work = run;
    return __real_g_thread_pool_new(acquire_and_run, context, most, exclusive, error);
}

gboolean __wrap_g_thread_pool_push(GThreadPool *pool, gpointer work, GError **error)
{
    __tsan_release(work);
    return __real_g_thread_pool_push(pool, work, error);
}
