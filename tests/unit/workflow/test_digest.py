import re

import pytest

from neuro.workflow import digest
from neuro.workflow.digest import closure, code_digest


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package in the place of neuro: a imports b inside a function, c stands alone."""
    files = {
        "__init__.py": '__version__ = "1"\n',
        "pkg/__init__.py": '"""A package."""\n',
        "pkg/a.py": (
            '"""Doc."""\n\ndef f():\n    """Doc."""\n    from neuro.pkg import b\n    return b.X\n'
        ),
        "pkg/b.py": "X = 1\n",
        "pkg/c.py": "Y = 1\n",
        "data/t.txt": "t",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(digest, "ROOT", tmp_path)

    def edit(name, old, new):
        text = (tmp_path / name).read_text()
        assert old in text
        (tmp_path / name).write_text(text.replace(old, new))
        clear()

    def clear():
        for cached in (digest._facts, digest._imports):
            cached.cache_clear()

    clear()
    yield edit
    monkeypatch.undo()
    clear()


def test_the_closure_holds_what_is_imported_anywhere(package):
    assert closure("neuro.pkg.a") == {"neuro.pkg", "neuro.pkg.a", "neuro.pkg.b"}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("pkg/b.py", "X = 1", "X = 1  # one"),
        ("pkg/a.py", '"""Doc."""', '"""Other."""'),
        ("pkg/b.py", "X = 1", "\n\nX =  1"),
        ("pkg/c.py", "Y = 1", "Y = 2"),
        ("__init__.py", '"1"', '"2"'),
        ("pkg/b.py", "X = 1", "if TYPE_CHECKING:\n    from neuro.pkg import c\nX = 1"),
    ],
    ids=["comment", "docstring", "whitespace", "another module", "version", "type checking"],
)
def test_what_changes_nothing_that_is_carried_out_leaves_the_digest(package, name, old, new):
    before = code_digest("neuro.pkg.a")
    package(name, old, new)
    assert code_digest("neuro.pkg.a") == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("pkg/a.py", "return b.X", "return -b.X"), ("pkg/b.py", "X = 1", "X = 2")],
)
def test_an_expression_changes_the_digest(package, name, old, new):
    before = code_digest("neuro.pkg.a")
    package(name, old, new)
    assert code_digest("neuro.pkg.a") != before


def test_what_is_remembered_gives_the_same_digests(package, tmp_path, monkeypatch):
    known = tmp_path / "known.json"
    before = code_digest("neuro.pkg.a")
    digest.keep(known)
    monkeypatch.setattr(digest, "_remembered", {})
    digest.recall(known)
    monkeypatch.setattr(digest.ast, "parse", None)  # nothing is read anew
    package("pkg/c.py", "Y = 1", "Y = 1")
    assert code_digest("neuro.pkg.a") == before


@pytest.mark.parametrize("text", ["{", '{"stamp": "other", "facts": {"x": 1}}', "[]", None])
def test_what_cannot_be_remembered_is_made_anew(package, tmp_path, monkeypatch, text):
    known = tmp_path / "known.json"
    before = code_digest("neuro.pkg.a")
    if text is not None:
        known.write_text(text)
    monkeypatch.setattr(digest, "_remembered", {})
    digest.recall(known)
    package("pkg/c.py", "Y = 1", "Y = 1")
    assert code_digest("neuro.pkg.a") == before
    digest.keep(known)
    monkeypatch.setattr(digest, "_remembered", {})
    digest.recall(known)
    assert digest._remembered


def test_data_files_count_where_they_are_named(package):
    before = code_digest("neuro.pkg.a"), code_digest("neuro.pkg.a", files="data")
    package("data/t.txt", "t", "u")
    assert code_digest("neuro.pkg.a") == before[0]
    assert code_digest("neuro.pkg.a", files="data") != before[1]


def test_a_module_that_is_not_there_is_named():
    with pytest.raises(ModuleNotFoundError, match=r"neuro\.absent"):
        code_digest("neuro.absent")


def test_the_package_root_holds_the_version_and_names_that_jobs_do_not_use(root):
    """It is no part of any digest, so no job may depend on more of it than the version."""
    import ast

    import neuro

    asked = re.compile(r"from neuro import (.+)|^import neuro$", re.MULTILINE)
    for path in (root / "src/neuro").rglob("*.py"):
        text = path.read_text()
        found = {hit[1] for hit in asked.finditer(text)} - {"__version__"}
        if not found:
            continue
        docstrings = "\n".join(
            ast.get_docstring(node) or ""
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        )
        for hit in asked.finditer(text):
            assert hit[1] == "__version__" or hit[0] in docstrings, path
    assert neuro.__version__
