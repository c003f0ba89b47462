import errno

import pytest

from neuro.io.damage import reading


@pytest.mark.parametrize(
    "found", [Exception("tag 7"), KeyError("x"), ValueError("bad"), OSError(1)]
)
def test_whatever_a_parser_raises_names_the_file(found):
    told = r"^a/b\.fif: the file cannot be read \(.*It is damaged"
    with pytest.raises(ValueError, match=told), reading("a/b.fif"):
        raise found


@pytest.mark.parametrize(
    "found",
    [
        ValueError("a/b.fif: its third channel is flat"),
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EACCES, "Permission denied", "a/b.fif"),
        KeyboardInterrupt(),
    ],
)
def test_clear_errors_and_those_of_the_machine_stay(found):
    with pytest.raises(type(found)) as raised, reading("a/b.fif"):
        raise found
    assert raised.value is found


def test_a_header_that_asks_for_too_much():
    told = r"b\.fif: .*more memory than there is.*header is damaged"
    with pytest.raises(ValueError, match=told), reading("b.fif"):
        raise MemoryError("Unable to allocate 4.67 PiB")
