import pytest

from neuro.io.edf import edf_size_check


def edf_bytes(n_records=3, samples=(4, 2), width=2, announced=None):
    """A file with the given samples per record of each signal."""
    n = len(samples)
    header = b"0".ljust(184) + str(256 * (n + 1)).encode().ljust(8) + b" " * 44
    records = n_records if announced is None else announced
    header += str(records).encode().ljust(8) + b"1".ljust(8) + str(n).encode().ljust(4)
    header += b" " * (216 * n) + b"".join(str(s).encode().ljust(8) for s in samples)
    header += b" " * (32 * n)
    return header + b"\0" * (n_records * width * sum(samples))


@pytest.mark.parametrize(("ending", "width"), [(".edf", 2), (".bdf", 3), (".EDF", 2), (".BDF", 3)])
def test_whole_file_passes(tmp_path, ending, width):
    path = tmp_path / f"whole{ending}"
    path.write_bytes(edf_bytes(width=width))
    edf_size_check(path)


@pytest.mark.parametrize(("change", "state"), [(-1, "truncated"), (1, "longer")])
def test_wrong_size_is_an_error(tmp_path, change, state):
    content = edf_bytes()
    path = tmp_path / "a.edf"
    path.write_bytes(content[:-1] if change < 0 else content + b"\0")
    with pytest.raises(ValueError, match=state) as error:
        edf_size_check(path)
    for part in (str(path), state, f"expected {len(content)}", f"found {len(content) + change}"):
        assert part in str(error.value)


def test_recording_that_was_not_closed_is_an_error(tmp_path):
    (tmp_path / "a.edf").write_bytes(edf_bytes(announced=-1))
    with pytest.raises(ValueError, match="-1 data records: the recording was not closed"):
        edf_size_check(tmp_path / "a.edf")


@pytest.mark.parametrize("content", [b"", b"0" * 100, b" " * 600, edf_bytes()[:300], b"\xff" * 900])
def test_broken_header_is_an_error(tmp_path, content):
    (tmp_path / "a.edf").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.edf: not a readable EDF"):
        edf_size_check(tmp_path / "a.edf")
