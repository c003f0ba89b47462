import pytest

from neuro.io.atomic import atomic, read_json, write_json, write_text


def test_an_error_leaves_the_old_content_and_no_debris(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), atomic(path) as temporary:
        temporary.write_text(f"half, then {1 / 0}")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_files_written_beside_the_named_one_come_along(tmp_path):
    with atomic(tmp_path / "x_epo.fif") as temporary:
        temporary.write_text("first")
        (temporary.parent / "x_epo-1.fif").write_text("second")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x_epo-1.fif", "x_epo.fif"]


def test_a_folder_is_replaced_whole(tmp_path):
    folder = tmp_path / "figures"
    for name in ("old", "new"):
        with atomic(folder) as temporary:
            temporary.mkdir()
            (temporary / name).write_text("")
    assert [p.name for p in folder.iterdir()] == ["new"]


def test_writing_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing was written"), atomic(tmp_path / "a"):
        pass


def test_json_has_no_nan(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert not (tmp_path / "a.json").exists()


def test_broken_json_is_named(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{")
    with pytest.raises(ValueError, match=r"a\.json: not valid JSON"):
        read_json(path)
