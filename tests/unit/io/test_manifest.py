import pytest

from neuro.io import manifest
from neuro.io.manifest import Figure, Manifest

FIGURE = Figure(path="figures/a.svg", title="t", caption="c", alt="a")


def made(**changes):
    return Manifest(word="states", dataset="d", title="t", question="q?", **changes)


def test_round_trip(tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/a.svg").write_text("<svg/>")
    whole = made(figures=[FIGURE], params={"rank": 3})
    manifest.write(tmp_path / "manifest.json", whole)
    assert manifest.read(tmp_path / "manifest.json") == whole


def test_a_figure_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"figures/a\.svg"):
        manifest.write(tmp_path / "manifest.json", made(figures=[FIGURE]))
    assert not (tmp_path / "manifest.json").exists()


@pytest.mark.parametrize("path", ["/etc/passwd", "../../secret.svg"])
def test_a_figure_outside_the_folder_is_refused(path):
    with pytest.raises(ValueError, match="below the manifest's own folder"):
        Figure(path=path, title="t", caption="c", alt="a")


def test_what_is_not_a_manifest_is_named(tmp_path):
    (tmp_path / "manifest.json").write_text('{"word": "states"}')
    with pytest.raises(ValueError, match=r"manifest\.json: not a manifest"):
        manifest.read(tmp_path / "manifest.json")
