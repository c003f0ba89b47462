import hashlib

import pytest
from pydantic import ValidationError

from neuro.config import Recordings
from neuro.config.source import UrlSource
from neuro.datasets import fetch
from neuro.datasets.base import DatasetError, FetchContext
from neuro.datasets.listing import list_tree
from neuro.datasets.registry import open_source

RAW = "sub-01/eeg/sub-01_task-rest_eeg.edf"


def digest(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def serve(index):
    """Function: put a file on the server, give its address."""

    def serve(name, content):
        index.files[name] = content
        return index.url.replace("/simple/", f"/files/{name}")

    return serve


@pytest.fixture
def take(tmp_path):
    def take(target="bids", **keys):
        plugin = open_source(UrlSource(type="url", **keys), "mine")
        plugin.fetch(tmp_path / target, FetchContext(None, tmp_path / "packages", progress=False))
        root = tmp_path / target
        return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}

    return take


def archive(url, content, **keys):
    return {"url": url, "sha256": digest(content), **keys}


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tgz", "a.zip", "download"])
def test_archive_of_any_kind(serve, take, make_sdist, make_wheel, name):
    members = {f"top/{RAW}": b"raw", "top/dataset_description.json": b"{}", "notes": b""}
    content = make_wheel(members) if name in {"a.zip", "download"} else make_sdist(members)
    assert take(archive=archive(serve(name, content), content, root="top")) == {
        RAW,
        "dataset_description.json",
    }


def test_archive_with_members(serve, take, make_sdist):
    content = make_sdist({RAW: b"raw", "derivatives/x": b""})
    assert take(archive=archive(serve("a.tar", content), content, members=["sub-*/**"])) == {RAW}


def test_archive_that_leaves_its_folder_is_refused(serve, take, make_sdist, tmp_path):
    content = make_sdist({RAW: b"raw", "../../escaped": b"evil"})
    with pytest.raises(DatasetError, match=r"'\.\./\.\./escaped' points outside"):
        take(archive=archive(serve("a.tar.gz", content), content))
    assert not list(tmp_path.rglob("escaped"))
    assert not (tmp_path / "bids").exists()


def test_files_one_by_one(serve, take):
    parts = {RAW: b"raw", "dataset_description.json": b"{}"}
    listed = [
        {"url": serve(f"f{i}", content), "sha256": digest(content), "path": path}
        for i, (path, content) in enumerate(parts.items())
    ]
    assert take(files=listed) == set(parts)


def test_wrong_checksum_deletes_the_download(serve, take, tmp_path):
    url = serve("a.zip?token=hush", b"other").replace("//", "//me:hush@")
    with pytest.raises(
        DatasetError, match=rf"mine\.source\.archive\.sha256.*{'0' * 64}.*{digest(b'other')}"
    ) as error:
        take(archive={"url": url, "sha256": "0" * 64})
    assert "hush" not in str(error.value)
    assert {p.suffix for p in (tmp_path / "packages").iterdir()} == {".lock"}


def test_cut_download_is_resumed(index, serve, take, sdist):
    keys = {"archive": archive(serve("a.tar.gz", sdist), sdist, root="toy-1.0/toy/data")}
    index.cut = 100_000
    with pytest.raises(DatasetError, match=r"archive\.url: download of http.*run again to resume"):
        take(**keys)
    assert RAW in take(**keys)
    assert index.downloads[0] is None
    assert index.downloads[1].startswith("bytes=")


def test_secrets_of_an_address_stay_out_of_the_error(index, serve, take):
    index.fail = 403
    url = serve("a.zip?token=hush", b"").replace("//", "//me:hush@")
    with pytest.raises(DatasetError, match="403") as error:
        take(archive={"url": url, "sha256": "0" * 64})
    assert "hush" not in str(error.value)


def test_cached_file_is_not_fetched_again(index, serve, take, sdist):
    keys = {"archive": archive(serve("a.tar.gz", sdist), sdist, root="toy-1.0/toy/data")}
    assert take(**keys) == take("again", **keys)
    assert len(index.downloads) == 1


def test_whole_tree_is_kept_and_listed(serve, make_sdist, tmp_path):
    content = make_sdist({RAW: b"raw"})
    config = UrlSource(type="url", archive=archive(serve("a.tar.gz", content), content))
    for _ in range(2):
        fetch.run(config, "mine", None, tmp_path / "d/fetch.json", progress=False)
    inode = (tmp_path / "d/bids" / RAW).stat().st_ino
    fetch.run(config, "mine", None, tmp_path / "d/fetch.json", progress=False)
    assert (tmp_path / "d/bids" / RAW).stat().st_ino == inode
    assert [r.path for r in list_tree(tmp_path / "d/bids", Recordings())] == [RAW]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "either `archive` or `files`"),
        ({"archive": {"url": "ftp://x/y", "sha256": "0" * 64}}, "https"),
        ({"archive": {"url": "https://x/y"}}, "sha256"),
        (
            {"files": [{"url": "https://x/y", "sha256": "0" * 64, "path": "../x"}]},
            r"without `\.\.`",
        ),
        ({"files": [{"url": "https://x/y", "sha256": "0" * 64, "path": "/x"}]}, "below"),
        (
            {"files": [{"url": "https://x/y", "sha256": "0" * 64, "path": "x"}] * 2},
            "more than once",
        ),
    ],
)
def test_bad_section_is_refused(keys, message):
    with pytest.raises(ValidationError, match=message):
        UrlSource(type="url", **keys)
