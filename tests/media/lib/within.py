"""within - tests that are coroutines in the network, each with a Bridge of its own"""
import functools
import inspect

from media.lib.bridge import Bridge


def with_bridge(test):
    """The coroutine function as a test that pytest can run: `bridge` is given here, and nothing may
    be left in it; its other arguments are fixtures or parameters."""
    more = [p for name, p in inspect.signature(test).parameters.items() if name != "bridge"]

    async def inside(janus, arguments):
        async with Bridge(janus) as bridge:
            await test(bridge=bridge, **arguments)

    @functools.wraps(test)
    def run_test(janus, run, **arguments):
        run(inside(janus, arguments))

    needed = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in ("janus", "run")]
    run_test.__signature__ = inspect.Signature(
        needed + [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in more])
    return run_test
