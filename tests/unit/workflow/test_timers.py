"""Snakemake's scheduler keeps one pending timer."""

import inspect
import threading
from types import SimpleNamespace

from snakemake.scheduling.job_scheduler import JobScheduler

from neuro.workflow.timers import METHOD, SEMAPHORE, OneTimer, keep_one_timer


def test_fifty_calls_wake_the_scheduler_once():
    semaphore = threading.Semaphore(0)
    timer = OneTimer(semaphore)
    for _ in range(50):
        timer(0.05)
    assert semaphore.acquire(timeout=5)
    assert not semaphore.acquire(timeout=0.2)


def test_a_later_call_wakes_it_again():
    semaphore = threading.Semaphore(0)
    timer = OneTimer(semaphore)
    for _ in range(3):
        timer(0.01)
        assert semaphore.acquire(timeout=5)


def test_the_installed_scheduler_has_what_is_replaced():
    assert METHOD in vars(JobScheduler)
    assert SEMAPHORE in inspect.getsource(JobScheduler.__init__)


def test_a_scheduler_built_otherwise_is_left_alone():
    assert not keep_one_timer(SimpleNamespace())
    scheduler = SimpleNamespace(**{METHOD: print, SEMAPHORE: threading.Semaphore(0)})
    assert keep_one_timer(scheduler)
    assert isinstance(getattr(scheduler, METHOD), OneTimer)
