"""No question runs longer than it may: a clock that long loops look at, and that stops SymPy's own."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from math import inf
from time import monotonic

_end = ContextVar("end", default=inf)


class OutOfTime(Exception):
    """The time given to a question, or to a part of it, is over."""


def time_left():
    """Seconds until the innermost `within` ends; infinite outside of one."""
    return _end.get() - monotonic()


def look_at_the_clock():
    """Raise OutOfTime when the time is over."""
    if monotonic() > _end.get():
        raise OutOfTime


class within:
    """``with within(seconds):`` ends in OutOfTime when they are over, or when those of an outer one are.

    Our own loops look at the clock. SymPy's do not: interrupt=True looks at every call of a function, too, which
    makes it two to three times slower. It needs neither signals nor threads, which a page does not have. Where a
    profiler or a debugger holds the place, they keep it.
    """

    def __init__(self, seconds, interrupt=False):
        self.seconds, self.interrupt = seconds, interrupt

    def __enter__(self):
        end = min(_end.get(), monotonic() + self.seconds)
        self.token = _end.set(end)
        self.before = sys.getprofile()
        self.holds = self.interrupt and end < inf and (self.before is None or hasattr(self.before, "end"))
        if self.holds:
            sys.setprofile(_watch(end))

    def __exit__(self, *_):
        if self.holds:
            sys.setprofile(self.before)
        _end.reset(self.token)


def _watch(end):
    def watch(frame, event, argument):
        if monotonic() > end and frame.f_code.co_filename != __file__:
            raise OutOfTime

    watch.end = end
    return watch
