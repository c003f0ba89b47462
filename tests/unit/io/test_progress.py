"""How far a long computation is."""

import logging

import pytest

from neuro.io import progress
from neuro.io.progress import NowAndThen, Progress, duration, follow

logger = logging.getLogger("test_progress")


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set by hand."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_time_left_follows_from_what_is_done_since_the_start(clock, caplog):
    caplog.set_level(logging.INFO)
    told = Progress(logger, "step", total=300, done=100)
    clock[0] = 5.0
    told.at(150)
    assert not caplog.messages, "no line before ten seconds"
    clock[0] = 20.0
    told.at(140, "loss 0.5")
    assert caplog.messages == ["step 140 of 300, loss 0.5, 80 s left"]


def test_items_pass_through_and_the_end_is_told(clock, caplog):
    caplog.set_level(logging.INFO)
    seen = []
    for item in follow((k * k for k in range(4)), logger, "fold"):
        clock[0] += 6.0
        seen.append(item)
    assert seen == [0, 1, 4, 9]
    assert caplog.messages == ["fold 2 of 4, 12 s left", "fold 4 of 4, took 24 s"]


def test_the_terminal_gets_progress_alone_and_seldom(clock):
    shown = NowAndThen(30.0)

    def passes(**extra):
        return shown.filter(logging.makeLogRecord({"msg": "x", **extra}))

    clock[0] = 31.0
    assert not passes()
    assert passes(progress=True)
    clock[0] = 60.0
    assert not passes(progress=True)
    clock[0] = 61.0
    assert passes(progress=True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (89.0, "89 s"), (90.0, "2 min"), (3 * 3600 + 310, "3 h 5 min")],
)
def test_durations_are_told_in_few_words(seconds, words):
    assert duration(seconds) == words
