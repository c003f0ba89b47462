import re
import stat
import tarfile
import zipfile

import pytest

from neuro.datasets.archive import extract, glob_to_regex
from neuro.datasets.base import DatasetError


def link(name, target="/etc/passwd", kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.fixture
def take(tmp_path):
    def take(content, name="a-1.tar.gz", root="data", members=("**",)):
        path = tmp_path / name
        path.write_bytes(content)
        target = tmp_path / "deep" / "target"
        is_sdist = not name.endswith(".whl")
        extract(path, target, root=root, members=members, strip=is_sdist, where="datasets.a.source")
        return {
            p.relative_to(target).as_posix(): p.read_bytes()
            for p in target.rglob("*")
            if p.is_file()
        }

    return take


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("**", ["a", "a/b/c.edf"], []),
        ("*.edf", ["x.edf"], ["a/x.edf", "x.edf2"]),
        ("**/*.edf", ["x.edf", "a/b/x.edf"], ["x.fif"]),
        ("sub-*/eeg/*_eeg.?df", ["sub-1/eeg/t_eeg.bdf"], ["sub-1/ses-1/eeg/t_eeg.bdf"]),
        ("sub-1/**", ["sub-1/a", "sub-1/a/b"], ["sub-1", "sub-10/a"]),
        ("a+b[1].txt", ["a+b[1].txt"], ["aab1.txt"]),
    ],
)
def test_glob(pattern, inside, outside):
    regex = re.compile(glob_to_regex(pattern))
    assert all(regex.fullmatch(path) for path in inside)
    assert not any(regex.fullmatch(path) for path in outside)


def test_only_what_is_below_root(make_sdist, take):
    members = {"a-1/data/x": b"1", "a-1/data/d/y": b"2", "a-1/database": b"3", "a-1/z": b"4"}
    assert take(make_sdist(members)) == {"x": b"1", "d/y": b"2"}


def test_wheel_keeps_its_first_folder(make_wheel, take):
    content = make_wheel({"data/x": b"1", "a-1.dist-info/RECORD": b""})
    assert take(content, "a-1-py3-none-any.whl") == {"x": b"1"}


@pytest.mark.parametrize(
    "name",
    ["a-1/../../escaped", "/tmp/escaped", "a-1/data/../../../escaped", "..\\escaped", "C:/escaped"],
)
@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_names_that_leave_the_folder_are_refused(
    make_sdist, make_wheel, take, tmp_path, name, kind
):
    members = {"a-1/data/x": b"1", "data/x": b"1", name: b"evil"}
    make, archive = (
        (make_sdist, "a-1.tar.gz") if kind == "sdist" else (make_wheel, "a-1-py3-none-any.whl")
    )
    with pytest.raises(DatasetError, match="outside"):
        take(make(members), archive)
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_refused(make_sdist, take, kind):
    with pytest.raises(DatasetError, match="link or a device"):
        take(make_sdist({"a-1/data/x": b"1"}, extra=(link("a-1/data/evil", kind=kind),)))


def test_link_that_is_not_taken_does_no_harm(make_sdist, take):
    content = make_sdist({"a-1/data/x": b"1"}, extra=(link("a-1/elsewhere"),))
    assert take(content) == {"x": b"1"}


def test_link_in_a_zip_is_refused(make_wheel, take):
    evil = zipfile.ZipInfo("data/evil")
    evil.create_system, evil.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(DatasetError, match="link or a device"):
        take(make_wheel({evil: b"/etc/passwd"}), "a-1-py3-none-any.whl")


def test_member_given_twice_is_refused(make_sdist, take):
    content = make_sdist({"a-1/data/x": b"1", "a-1/./data/x": b"2"})
    with pytest.raises(DatasetError, match="twice"):
        take(content)


def test_pattern_without_a_match_is_an_error(make_sdist, take):
    content = make_sdist({"a-1/data/x.edf": b"1"})
    with pytest.raises(DatasetError, match=r"datasets\.a\.source\.members.*\*\.bdf.*x\.edf"):
        take(content, members=("*.edf", "*.bdf"))


def test_wrong_root_is_an_error_with_a_guess(make_sdist, take):
    content = make_sdist({"a-1/toy/data/x.edf": b"1"})
    with pytest.raises(DatasetError, match=r"root 'toy/dat'.*Did you mean 'toy/data'"):
        take(content, root="toy/dat")


@pytest.mark.parametrize("name", ["a-1.tar.gz", "a-1-py3-none-any.whl"])
def test_broken_archive_is_an_error(take, name):
    with pytest.raises(DatasetError, match="not a readable archive"):
        take(b"no archive", name)


def test_truncated_archive_is_an_error(sdist, take):
    with pytest.raises(DatasetError, match="not a readable archive"):
        take(sdist[:100_000], root="toy")
