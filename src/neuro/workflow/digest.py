"""A digest of what code does, so that Snakemake reruns what a change of code concerns.

Snakemake tracks the shim of a rule, not the package behind it. A rule therefore carries
`params: code=code_digest("neuro.preprocess.eeg")`: the SHA-256 of the syntax trees of that module
and of everything it imports inside `neuro`, without comments, docstrings and type-checking
imports. `neuro/__init__.py` is left out: it holds the version, and names that jobs do not use.
"""

import ast
import hashlib
import json
import sys
from functools import cache
from pathlib import Path

from neuro.io.atomic import write_json

ROOT = Path(__file__).resolve().parents[1]
STAMP = hashlib.sha256(Path(__file__).read_bytes() + sys.version.encode()).hexdigest()
"""What is remembered holds for this code and this Python."""

_remembered: dict[str, tuple[str, list[str], list[str]]] = {}
_used: set[str] = set()


def recall(path: str | Path) -> None:
    """Remember what :func:`keep` wrote, as reading hundreds of modules anew takes seconds.

    Parameters
    ----------
    path : str | Path
        The file; one that is missing or broken, or of other code, is as good as none.
    """
    try:
        kept = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if isinstance(kept, dict) and kept.get("stamp") == STAMP:
        _remembered.update({key: tuple(facts) for key, facts in kept["facts"].items()})


def keep(path: str | Path) -> None:
    """Write what is known of the modules that were asked for, unless nothing of it is new.

    Parameters
    ----------
    path : str | Path
        The file, which :func:`recall` reads the next time.
    """
    used = sorted(_used & _remembered.keys())
    known = {"stamp": STAMP, "facts": {key: list(_remembered[key]) for key in used}}
    try:
        if json.loads(Path(path).read_text(encoding="utf-8")) == known:
            return
    except (OSError, ValueError):
        pass  # it is made anew
    write_json(path, known)


def code_digest(*modules: str, files: str = "") -> str:
    """Digest the import closure of modules inside `neuro`.

    Parameters
    ----------
    *modules : str
        Dotted names, e.g. `neuro.preprocess.eeg`.
    files : str
        A folder of data files, relative to the package, whose bytes count too.

    Returns
    -------
    digest : str
        16 hexadecimal digits; the same on every machine with the same Python version.

    Raises
    ------
    ModuleNotFoundError
        If a module is not part of `neuro`.
    """
    sha = hashlib.sha256()
    for name in sorted(closure(*modules)):
        sha.update(f"{name}={_digest(name)};".encode())
    if files:
        for path in sorted(p for p in (ROOT / files).rglob("*") if p.is_file()):
            sha.update(f"{path.relative_to(ROOT).as_posix()}=".encode() + path.read_bytes())
    return sha.hexdigest()[:16]


def closure(*modules: str) -> set[str]:
    """Names of the modules and of all they import inside `neuro`, packages' `__init__` included."""
    seen: set[str] = set()
    todo = list(modules)
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        parents = name.split(".")
        todo += [".".join(parents[:i]) for i in range(2, len(parents))]
        todo += _imports(name)
    return seen


def _file(name: str) -> Path | None:
    base = ROOT.joinpath(*name.split(".")[1:])
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


@cache
def _facts(name: str) -> tuple[str, list[str], list[str]]:
    """Digest of a module, what it imports inside `neuro`, and what it imports if that is a module.

    They follow from the source alone, so they are remembered by its checksum.
    """
    path = _file(name)
    if name.split(".")[0] != "neuro" or path is None:
        raise ModuleNotFoundError(f"{name} is not a module of neuro")
    source = path.read_bytes()
    key = hashlib.sha256(source).hexdigest()
    if key not in _remembered:
        tree = _Stripped().visit(ast.parse(source))
        digest = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
        _remembered[key] = (digest, *_imported(tree, name))
    _used.add(key)
    return _remembered[key]


def _digest(name: str) -> str:
    return _facts(name)[0]


@cache
def _imports(name: str) -> tuple[str, ...]:
    _, surely, perhaps = _facts(name)
    return tuple(sorted({*surely, *(inner for inner in perhaps if _file(inner))}))


def _imported(tree: ast.AST, name: str) -> tuple[list[str], list[str]]:
    surely: set[str] = set()
    perhaps: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            surely |= {a.name for a in node.names if a.name.startswith("neuro.")}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ImportError(f"{name}: relative import; write `from neuro... import`")
            if node.module == "neuro" or (node.module or "").startswith("neuro."):
                if node.module != "neuro":
                    surely.add(str(node.module))
                perhaps |= {f"{node.module}.{alias.name}" for alias in node.names}
    return sorted(surely), sorted(perhaps)


class _Stripped(ast.NodeTransformer):
    """Drop docstrings and `if TYPE_CHECKING:` blocks: neither is ever carried out."""

    def _strip(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        body = node.body  # type: ignore[attr-defined]
        if (
            body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
            and isinstance(body[0].value.value, str)
        ):
            del body[0]
        return node

    visit_Module = visit_ClassDef = visit_FunctionDef = visit_AsyncFunctionDef = _strip  # noqa: N815

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return None
        self.generic_visit(node)
        return node
