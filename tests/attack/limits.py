"""No question runs longer than its time: counted in the processor's seconds, so that a busy machine is no failure."""

from __future__ import annotations

import signal
from contextlib import contextmanager

SECONDS = 10  # what the judge promises
SLACK = 5


class Late(BaseException):
    """A question ran out of its time; no Exception, so that nothing on the way takes it for one."""


@contextmanager
def limited(seconds=SECONDS + SLACK):
    """Raise Late inside the block after these seconds of the processor."""

    def late(*_):
        raise Late

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
