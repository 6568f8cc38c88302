"""How far long work is, for whoever watches it: a terminal, or a page. Where nobody does, it costs nothing.

Work that can be long goes through its rows with `counted`, or calls what `steps` gives it.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from tqdm import tqdm

# Makes a progress bar; None where nobody watches.
_bar = ContextVar("bar", default=None)


def shown_in_terminal():
    """A context that shows the progress of the work inside, with the time that is left; nothing without a terminal."""
    return watched_by(lambda name, total: tqdm(desc=name, total=total, disable=None, leave=False))


@contextmanager
def watched_by(make_bar):
    """Let bars show the progress of the work inside: `make_bar(name, total)` is a context with `update(number)`."""
    token = _bar.set(make_bar)
    try:
        yield
    finally:
        _bar.reset(token)


def without_bars():
    """A context in which a command can print: the bars are drawn again below what it prints."""
    return tqdm.external_write_mode()


@contextmanager
def steps(name, total):
    """Gives a function to call when some of the `total` is done, such as a number of rows, with that number.

    `name` says what is counted, such as "sessions". `total` is a function, called only if somebody watches.
    """
    make = _bar.get()
    if make is None:
        yield lambda number=1: None
        return
    with make(name, total()) as bar:
        yield bar.update


def counted(rows, name, total):
    """Yield the rows, and report each. `name` and `total` as in `steps`."""
    with steps(name, total) as done:
        for row in rows:
            yield row
            done()
