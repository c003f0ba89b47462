"""One timer of Snakemake's scheduler at a time.

With a limit of jobs per time span, which is its default, Snakemake looks once more for jobs to
start a second after each look that found some waiting. Each job that ends begins one more such
chain, and none of them ends before the last job has started: the time that goes into looking grows
with the square of the number of jobs (https://github.com/snakemake/snakemake/pull/3744). One
pending timer serves them all.
"""

import threading
from typing import Any

METHOD = "_schedule_reevalutation"  # Snakemake's spelling
SEMAPHORE = "_open_jobs"


class OneTimer:
    """Release a semaphore after a delay, and have at most one such release pending.

    Parameters
    ----------
    semaphore : threading.Semaphore
        What the scheduler waits for.
    """

    def __init__(self, semaphore: threading.Semaphore) -> None:
        self.semaphore = semaphore
        self.lock = threading.Lock()
        self.pending = False

    def __call__(self, delay: float) -> None:
        """Release the semaphore `delay` seconds from now, unless a release is pending."""
        with self.lock:
            if self.pending:
                return
            self.pending = True
        timer = threading.Timer(delay, self._fire)
        timer.daemon = True  # a run that has ended does not wait for it
        timer.start()

    def _fire(self) -> None:
        with self.lock:
            self.pending = False
        self.semaphore.release()


def keep_one_timer(scheduler: Any) -> bool:
    """Have a scheduler of Snakemake keep at most one pending timer.

    Parameters
    ----------
    scheduler : snakemake.scheduling.job_scheduler.JobScheduler
        That of the run that begins.

    Returns
    -------
    kept : bool
        False for a Snakemake that is built otherwise, which is left as it is.
    """
    if not (hasattr(scheduler, METHOD) and hasattr(scheduler, SEMAPHORE)):
        return False
    setattr(scheduler, METHOD, OneTimer(getattr(scheduler, SEMAPHORE)))
    return True
