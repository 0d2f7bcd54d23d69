"""waiting - for states that have no event of their own"""
import time


def eventually(condition, within, every=0.02):
    """The first true value of condition(), called again and again for `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"still {value!r} after {within} s"
        time.sleep(every)
