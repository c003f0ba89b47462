"""Machine code that is kept is thrown away when what it was made of changes."""

import importlib
import sys

import pytest

SOURCES = {
    "first/__init__.py": "",
    "first/inner.py": """
        from neuro.stats.compiled import compiled
        from first.constants import ADDED

        @compiled
        def inner(x):
            return x + ADDED
    """,
    "first/constants.py": "ADDED = 1",
    "second/__init__.py": "",
    "second/outer.py": """
        from first.inner import inner
        from neuro.stats.compiled import compiled

        @compiled
        def outer(x):
            return 2 * inner(x)
    """,
}


@pytest.fixture
def packages(tmp_path, monkeypatch):
    import textwrap

    from neuro.stats import compiled

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for path, text in SOURCES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(textwrap.dedent(text))

    def load():
        compiled._sources.cache_clear()
        for name in [name for name in sys.modules if name.split(".")[0] in ("first", "second")]:
            del sys.modules[name]
        importlib.invalidate_caches()
        return importlib.import_module("second.outer").outer

    yield load, tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] in ("first", "second")]:
        del sys.modules[name]


def test_code_is_kept_until_something_it_uses_changes(packages):
    load, folder = packages
    assert load()(3) == 8
    again = load()
    assert again(3) == 8
    assert again.stats.cache_hits
    # A constant of another module, which a function of another package has compiled in.
    (folder / "first/constants.py").write_text("ADDED = 5")
    changed = load()
    assert changed(3) == 16
    assert not changed.stats.cache_hits
