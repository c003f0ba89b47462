import struct

import pytest

from neuro.io.fif import fif_tag_check


def tags(*following):
    """Tags of no data; `next` of each."""
    return b"".join(struct.pack(">iIii", 100, 0, 0, each) for each in following)


@pytest.mark.parametrize("following", [(0, 0, -1), (32, 0, -1), (32, -1, 16), (0, 0, 0)])
def test_tags_that_come_to_an_end_are_let_through(tmp_path, following):
    (tmp_path / "a.fif").write_bytes(tags(*following))
    fif_tag_check(tmp_path / "a.fif")


@pytest.mark.parametrize("following", [(0, 16, -1), (0, 0, 16), (32, 0, 32)])
def test_tags_that_lead_back_are_an_error(tmp_path, following):
    (tmp_path / "a.fif").write_bytes(tags(*following))
    with pytest.raises(ValueError, match=r"a\.fif: damaged FIF file: its tags lead back to byte"):
        fif_tag_check(tmp_path / "a.fif")
