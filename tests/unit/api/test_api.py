"""The library's public names: found, fast to import, documented whole, with examples that run."""

import ast
import doctest
import inspect
import re
import subprocess
import sys
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

import neuro
from neuro.config import ANALYSES

PACKAGES = [*(f"neuro.analyses.{word}" for word in ANALYSES), "neuro.io.convert"]


def source(package):
    path = Path(neuro.__file__).parent / Path(*package.split(".")[1:])
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "api.py"


def public(kinds=(ast.FunctionDef, ast.ClassDef)):
    """Public names, read from the source: collecting tests imports no library."""
    for package in PACKAGES:
        tree = ast.parse(source(package).read_text())
        own = {node.name: type(node) for node in tree.body if hasattr(node, "name")}
        listed = next(
            node.value for node in tree.body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        )  # fmt: skip
        for name in ast.literal_eval(listed):
            # What is not defined here is imported: classes are written Large.
            kind = own.get(name, ast.ClassDef if name[0].isupper() else ast.FunctionDef)
            if kind in kinds:
                yield f"{package}.{name}"


def resolve(path):
    package, _, name = path.rpartition(".")
    return getattr(import_module(package), name)


def sections(docstring):
    """Sections of a numpydoc docstring: title to lines."""
    lines, found, title = inspect.cleandoc(docstring).splitlines(), {}, ""
    for line, below in pairwise([*lines, ""]):
        if below and set(below) == {"-"}:
            title = line
        elif set(line) != {"-"} or not line:
            found.setdefault(title, []).append(line)
    return found


def documented(lines):
    """Names in a section, each with a description below it."""
    names = set()
    for line, below in pairwise([*lines, ""]):
        if line and not line.startswith(" ") and (below.startswith(" ") or " : " not in line):
            names |= {name.strip().lstrip("*") for name in line.split(" : ")[0].split(",")}
    return names


def entries(lines):
    """A name, its type and its description, as one text each."""
    return re.split(r"\n(?=\S)", "\n".join(lines))


def parameters(value):
    return set(inspect.signature(value).parameters) - {"self", "cls", "args", "kwargs"}


def methods_of(kind):
    return [
        each
        for name, each in vars(kind).items()
        if inspect.isfunction(each) and not name.startswith("_")
    ]


def test_importing_the_library_imports_nothing_heavy():
    code = (
        "import sys, neuro; dir(neuro); neuro.states; neuro.graphs; "
        "print(sorted({'numpy', 'torch', 'mne', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_every_analysis_is_an_attribute_of_the_library():
    assert {*ANALYSES, "convert"} == set(neuro.__all__) == set(dir(neuro)) - {"__version__"}
    for word in ANALYSES:
        assert getattr(neuro, word) is import_module(f"neuro.analyses.{word}")


def test_a_name_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(AttributeError, match=r"has no attribute 'fit_sates'; it has .*fit_states"):
        _ = neuro.states.fit_sates
    with pytest.raises(AttributeError, match="no attribute 'brains'"):
        _ = neuro.brains


@pytest.mark.parametrize("package", PACKAGES[:-1])
def test_no_public_name_hides_a_module(package):
    module = import_module(package)
    listed = sorted(name for name in dir(module) if not name.startswith("_"))
    assert sorted(module.__all__) == listed
    for name in module.__all__:
        assert not inspect.ismodule(getattr(module, name))


@pytest.mark.parametrize("path", list(public()))
def test_everything_public_is_documented(path):
    value = resolve(path)
    told = sections(value.__doc__ or "")
    assert "".join(told.get("", [])).strip(), "no summary"
    if not inspect.isabstract(value):
        named = documented(told.get("Parameters", [])) | documented(told.get("Attributes", []))
        assert parameters(value) <= named
    if inspect.isclass(value):
        for method in methods_of(value):
            assert method.__doc__, f"{method.__qualname__} has no docstring"
        return
    assert documented(told.get("Returns", [])), "no Returns"
    for entry in entries(told.get("Parameters", [])) + entries(told["Returns"]):
        if re.match(r"[\w*, ]+ : (ndarray|array-like)(?! of bool, or)", entry):
            assert "shape" in entry.lower(), f"no shape: {entry}"


@pytest.mark.parametrize("path", list(public([ast.FunctionDef])))
def test_every_public_function_has_an_example_that_runs(path):
    value = resolve(path)
    pynapple = "pynapple" in str(inspect.signature(value))
    (test,) = doctest.DocTestFinder(recurse=False).find(value, value.__name__)
    assert test.examples or pynapple, "no example"
    failed = doctest.DocTestRunner().run(test).failed
    assert failed == 0
