"""How far a long computation is, in the log."""

import logging
import time

EVERY = 10.0
"""Seconds between lines."""


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
        end = f"{left:.0f} s left" if done < self.total else f"took {spent:.0f} s"
        middle = f", {note}" if note else ""
        self.logger.info("%s %d of %d%s, %s", self.what, done, self.total, middle, end)
