"""A digest of what code does, so that Snakemake reruns what a change of code concerns.

Snakemake tracks the shim of a rule, not the package behind it. A rule therefore carries
`params: code=code_digest("neuro.preprocess.eeg")`: the SHA-256 of the syntax trees of that module
and of everything it imports inside `neuro`, without comments, docstrings and type-checking
imports. `neuro/__init__.py` is left out: it holds nothing but the version.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


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
def _tree(name: str) -> ast.Module:
    path = _file(name)
    if name.split(".")[0] != "neuro" or path is None:
        raise ModuleNotFoundError(f"{name} is not a module of neuro")
    return _Stripped().visit(ast.parse(path.read_text(encoding="utf-8")))  # type: ignore[no-any-return]


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(ast.dump(_tree(name)).encode()).hexdigest()


@cache
def _imports(name: str) -> tuple[str, ...]:
    return tuple(sorted(set(_imported(name))))


def _imported(name: str) -> Iterator[str]:
    for node in ast.walk(_tree(name)):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("neuro."))
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ImportError(f"{name}: relative import; write `from neuro... import`")
            if node.module == "neuro" or (node.module or "").startswith("neuro."):
                if node.module != "neuro":
                    yield str(node.module)
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    if _file(inner):
                        yield inner


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
