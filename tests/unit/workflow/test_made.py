"""What jobs made is held against what is there."""

import os
import shutil
from pathlib import Path

import pytest

from neuro.io.atomic import write_text
from neuro.workflow.changed import find_changed, put_right
from neuro.workflow.made import ASIDE, FOLDER, ChangedError, gather, making


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def job(source, target, text):
    """A job that copies, and appends."""
    source, target = Path(source), Path(target)
    with making([source], [target]):
        target.write_text(source.read_text() + text)
    return target


@pytest.fixture
def chain():
    """A raw file and two jobs behind it."""
    Path("raw").write_text("raw ")
    return job("raw", "first", "1 "), job("first", "second", "2 ")


def later(path, text=None, seconds=5):
    """Change a file, or only its time."""
    if text is not None:
        path.write_text(text)
    now = path.stat().st_mtime + seconds
    os.utime(path, (now, now))


def test_nothing_is_changed_after_jobs(chain):
    assert find_changed() == []


def test_nothing_is_put_right_while_another_run_works_here(chain):
    later(chain[0], "raw 7 ")
    lock = Path(".snakemake/locks/0.input.lock")
    lock.parent.mkdir()
    lock.touch()
    put_right(dry=False)
    assert chain[0].exists()
    lock.unlink()
    put_right(dry=False)
    assert not chain[0].exists()


@pytest.mark.parametrize("text", ["raw 7 ", "raw", ""])
def test_an_output_that_was_changed_is_moved_away(chain, text, capsys):
    first, second = chain
    later(first, text)
    put_right(dry=True)
    assert first.read_text() == text
    put_right(dry=False)
    assert "first is made anew: it is no longer what its job wrote" in capsys.readouterr().err
    assert not first.exists()
    assert (ASIDE / "first").read_text() == text
    assert not second.exists()  # else Snakemake would not miss `first`
    assert not (ASIDE / "second").exists()
    assert find_changed() == []


def test_a_job_refuses_an_input_that_was_changed(chain):
    first, _ = chain
    later(first, "raw 7 ")
    with pytest.raises(ChangedError, match="first is no longer what its job wrote"):
        job("first", "second", "2 ")


def test_another_time_is_not_another_content(chain):
    first, _ = chain
    later(first)
    job("first", "third", "3 ")
    assert find_changed() == []
    shutil.copy("first", "copy")
    Path("copy").replace("first")
    assert find_changed() == []


def test_an_input_that_changes_meanwhile_fails_the_job():
    raw = Path("raw")
    raw.write_text("raw ")
    with pytest.raises(ChangedError, match="raw changed while this job read it"), making([raw], []):
        later(raw, "other ")


def test_an_output_that_is_damaged_before_its_job_ends_fails_the_job():
    def damaged():
        with making([], [Path("first"), Path("figures")]):
            write_text("first", "whole")
            write_text("figures/a.svg", "whole")
            write_text("figures/a.svg", "written again")
            Path("first").write_text("hal")

    with pytest.raises(ChangedError, match="first was damaged"):
        damaged()


def test_an_input_that_changed_unseen_makes_the_output_anew(chain):
    """As when it changes between the end of a job and Snakemake's look at it."""
    raw = Path("raw")
    raw.write_text("other")
    os.utime(raw, (1, 1))
    assert [(str(c.path), c.is_own) for c in find_changed()] == [("first", True), ("second", True)]
    put_right(dry=False)
    assert not Path("first").exists()
    assert not (ASIDE / "first").exists()


def test_a_job_makes_all_its_outputs_anew_where_one_was_changed():
    """Snakemake would not miss a folder that no other job reads."""
    Path("raw").write_text("raw ")
    figures = Path("figures")
    with making([Path("raw")], [Path("told"), figures]):
        Path("told").write_text("told")
        figures.mkdir()
        (figures / "a.svg").write_text("<svg/>")
    job("told", "page", " as a page")
    later(figures / "a.svg", "<svg>damaged</svg>")
    assert {str(c.path) for c in find_changed()} == {"figures", "told", "page"}
    put_right(dry=False)
    assert not any(Path(name).exists() for name in ("figures", "told", "page"))
    assert (ASIDE / "figures/a.svg").exists()


def test_a_job_that_was_stopped_leaves_nothing_to_hold_against(chain):
    def stopped():
        with making([], [Path("first")]):
            Path("first").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert [str(changed.path) for changed in find_changed()] == ["second"]


def test_what_is_gone_is_left_to_snakemake(chain):
    Path("first").unlink()
    assert find_changed() == []


def test_folders_are_held_against_all_their_files(tmp_path):
    folder = Path("figures")
    with making([], [folder]):
        folder.mkdir()
        (folder / "a.svg").write_text("a")
    (folder / ".snakemake_timestamp").touch()
    assert find_changed() == []
    (folder / "b.svg").write_text("b")
    assert [changed.path for changed in find_changed()] == [folder]
    put_right(dry=False)
    assert not folder.exists()
    assert (ASIDE / "figures/b.svg").exists()


def test_gathered_records_say_the_same(chain):
    first, _ = chain
    gather()
    assert not list((FOLDER / "new").iterdir())
    assert find_changed() == []
    later(first, "raw 7 ")
    assert [changed.path for changed in find_changed() if not changed.is_own] == [first]
    with pytest.raises(ChangedError):
        job("first", "third", "3 ")


def test_a_newer_record_counts_more_than_a_gathered_one(chain):
    gather()
    job("raw", "first", "one ")
    assert [str(c.path) for c in find_changed()] == ["second"]  # made of the first `first`


def test_a_broken_record_is_as_good_as_none(chain):
    gather()
    for path in FOLDER.glob("*.json"):
        path.write_text("{")
    later(chain[0], "raw 7 ")
    assert find_changed() == []
