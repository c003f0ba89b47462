"""How far a long computation is: in the log of the job, and now and then on the terminal."""

import logging
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

T = TypeVar("T")

EVERY = 10.0
"""Seconds between lines in the log."""
SHOWN_EVERY = 30.0
"""Seconds between lines of one job on the terminal."""
MARK = "progress"
"""Attribute of the log's records that tell of progress."""


class Progress:
    """Lines in the log, with the time that is left.

    Parameters
    ----------
    logger : Logger
        Where to.
    what : str
        What is counted, e.g. `step`.
    total : int
        How many there are.
    done : int
        How many there were before.
    """

    def __init__(self, logger: logging.Logger, what: str, total: int, done: int = 0) -> None:
        self.logger, self.what, self.total, self.first = logger, what, total, done
        self.begun = self.told = time.monotonic()

    def at(self, done: int, note: str = "") -> None:
        """Tell that so many are done; a line at the end, and every few seconds before."""
        now = time.monotonic()
        if done < self.total and now - self.told < EVERY:
            return
        self.told = now
        spent = now - self.begun
        left = spent * (self.total - done) / max(done - self.first, 1)
        end = f"{duration(left)} left" if done < self.total else f"took {duration(spent)}"
        middle = f", {note}" if note else ""
        self.logger.info(
            "%s %d of %d%s, %s", self.what, done, self.total, middle, end, extra={MARK: True}
        )


def follow(
    items: Iterable[T], logger: logging.Logger, what: str, total: int | None = None
) -> Iterator[T]:
    """Go through items, and tell in the log how far that is.

    Parameters
    ----------
    items : iterable
        What is gone through.
    logger : Logger
        Where to.
    what : str
        What an item is, e.g. `fold`.
    total : int | None
        How many there are; None for items that know their number.

    Yields
    ------
    item : object
        Each in turn.
    """
    if total is None:
        items = items if isinstance(items, Sized) else list(items)
        total = len(items)
    progress = Progress(logger, what, total)
    for done, item in enumerate(items, start=1):
        yield item
        progress.at(done)


def duration(seconds: float) -> str:
    """Tell a duration: `40 s`, `12 min`, `3 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


class NowAndThen(logging.Filter):
    """Let a line of progress pass every so many seconds, and nothing else.

    A job that ends sooner says nothing, and a long one does not fill the terminal.

    Parameters
    ----------
    seconds : float
        Least time between two lines, and before the first one.
    """

    def __init__(self, seconds: float = SHOWN_EVERY) -> None:
        super().__init__()
        self.seconds, self.told = seconds, time.monotonic()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is shown."""
        now = time.monotonic()
        if not getattr(record, MARK, False) or now - self.told < self.seconds:
            return False
        self.told = now
        return True
