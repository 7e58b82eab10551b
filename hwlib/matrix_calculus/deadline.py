"""No question runs longer than it may: a clock that long loops look at, and an alarm that stops everybody else's."""

from __future__ import annotations

import signal
import sys
import threading
from contextvars import ContextVar
from math import inf
from time import monotonic

SOON = 1e-4  # seconds; an alarm in no time at all would be none
AGAIN = 0.02  # seconds until the alarm rings again, where it fell into this module

_end = ContextVar("end", default=inf)


class OutOfTime(BaseException):
    """The time given to a question, or to a part of it, is over; no Exception, so that nobody takes it for one."""


def time_left():
    """Seconds until the innermost `within` ends; infinite outside of one."""
    return _end.get() - monotonic()


def look_at_the_clock():
    """Raise OutOfTime when the time is over."""
    if monotonic() > _end.get():
        raise OutOfTime


class within:
    """``with within(seconds):`` ends in OutOfTime when they are over, or when those of an outer one are.

    An alarm of the system ends it wherever it is. A page, a thread and Windows have none, and somebody else's is left
    alone: there our own loops, which look at the clock, end in time. SymPy's do not: interrupt=True looks at every
    call of a function, too, which makes it two to three times slower. Where a profiler or a debugger holds the place,
    it keeps it.
    """

    def __init__(self, seconds, interrupt=False):
        self.seconds, self.interrupt = seconds, interrupt

    def __enter__(self):
        self.end = min(_end.get(), monotonic() + self.seconds)
        self.token = _end.set(self.end)
        self.watch = _watch_for(self.end, self.interrupt)
        self.watch.start()

    def __exit__(self, kind, error, trace):
        late = monotonic() > self.end
        _end.reset(self.token)
        self.watch.stop()
        if late and isinstance(error, Exception):  # somebody took OutOfTime for an error, and failed of it
            raise OutOfTime from error


def _watch_for(end, interrupt):
    if end == inf:
        return _Nobody()
    if _Alarm.is_free():
        return _Alarm(end)
    before = sys.getprofile()
    return _Profile(end) if interrupt and (before is None or hasattr(before, "end")) else _Nobody()


class _Nobody:
    def start(self):
        pass

    stop = start


class _Alarm:
    """The system's timer; where one `within` stands in another, the inner gives it back to the outer."""

    @staticmethod
    def is_free():
        """Whether there is one, and nobody but us uses it."""
        if sys.platform == "emscripten" or not hasattr(signal, "setitimer"):
            return False
        if threading.current_thread() is not threading.main_thread():
            return False
        handler = signal.getsignal(signal.SIGALRM)
        return handler is _ring or handler is signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL)[0] == 0

    def __init__(self, end):
        self.end = end

    def start(self):
        self.before = signal.signal(signal.SIGALRM, _ring)
        _set_alarm(self.end)

    def stop(self):
        _set_alarm(_end.get() if self.before is _ring else inf)
        signal.signal(signal.SIGALRM, self.before)


def _set_alarm(end):
    signal.setitimer(signal.ITIMER_REAL, 0 if end == inf else max(end - monotonic(), SOON), AGAIN)


def _ring(number, frame):
    if monotonic() > _end.get() and not _is_inside(frame):
        raise OutOfTime


def _is_inside(frame):
    """Whether a frame is one of this module's or called by one: that must come to its end."""
    while frame is not None and frame.f_code.co_filename != __file__:
        frame = frame.f_back
    return frame is not None


class _Profile:
    """A function that is called at every call of a function."""

    def __init__(self, end):
        self.end = end

    def start(self):
        self.before = sys.getprofile()
        sys.setprofile(self)

    def stop(self):
        sys.setprofile(self.before)

    def __call__(self, frame, event, argument):
        if monotonic() > self.end and not _is_inside(frame):
            raise OutOfTime
