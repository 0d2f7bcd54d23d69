"""launch - the parts of deploy/local/run"""
import sys


class Unusable(Exception):
    """It cannot start; the text says to a person why, and what to change."""


def say(text):
    """A line beside the services' own."""
    print(f"run: {text}", file=sys.stderr, flush=True)
