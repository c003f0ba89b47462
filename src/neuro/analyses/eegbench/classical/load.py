"""Pipelines from YAML files in moabb's format.

A file holds `name`, `paradigms`, `citations` and `pipeline`, a list of steps of `name`, `from` and
`parameters`, and, where there is something to choose, `param_grid`. Only classes of the packages
in :data:`ALLOWED` can be named. `search`, which moabb does not know and passes over, is what is
searched when methods are tuned: by `step__parameter` either a list of values, or `low`, `high` and
`log`.
"""

import difflib
import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline, make_pipeline

from neuro.analyses.eegbench.method import Choice, Range, Space

ALLOWED = ("sklearn", "pyriemann", "mne.decoding", "neuro.analyses.eegbench.classical")
KEYS = ("name", "paradigms", "citations", "pipeline", "param_grid", "search")
STEP_KEYS = ("name", "from", "parameters")
ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True)
class Entry:
    """A pipeline that was read from a file.

    Parameters
    ----------
    name : str
        The file's name without its ending.
    title : str
        `name` in the file.
    pipeline : Pipeline
        Unfitted.
    paradigms : tuple of str
        moabb's, for which it is meant.
    citations : tuple of str
        Where it comes from.
    grid : mapping of str to list
        Values of `step__parameter` to choose from; empty if there is nothing to choose.
    space : mapping
        What is searched when it is tuned, by `step__parameter`.
    """

    name: str
    title: str
    pipeline: Pipeline
    paradigms: tuple[str, ...]
    citations: tuple[str, ...]
    grid: Mapping[str, list[Any]] = field(default_factory=dict)
    space: Space = field(default_factory=dict)


def read_folder(folder: Path) -> dict[str, Entry]:
    """Read all pipelines of a folder.

    Parameters
    ----------
    folder : Path
        Whose files end in `.yml` or `.yaml`.

    Returns
    -------
    entries : dict of str to Entry
        By name, in alphabetical order.

    Raises
    ------
    ValueError
        If there is no such folder, it holds no such file, two files have the same name, or one
        is not a pipeline.
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder of pipelines {folder}")
    paths = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS)
    if not paths:
        raise ValueError(f"{folder} holds no pipeline: no file ends in {' or '.join(ENDINGS)}")
    entries: dict[str, Entry] = {}
    for path in paths:
        if path.stem in entries:
            raise ValueError(f"{folder} has two pipelines named {path.stem}: .yml and .yaml")
        entries[path.stem] = read_pipeline(path)
    return entries


def read_pipeline(path: Path) -> Entry:
    """Read one pipeline.

    Parameters
    ----------
    path : Path
        YAML file.

    Raises
    ------
    ValueError
        If it is not a pipeline: the message names file and key.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not YAML: {error}") from error
    _check_keys(path, "", content, KEYS, ("name", "pipeline"))
    if not isinstance(content["name"], str):
        raise ValueError(f"{path}: `name` must be text, got {content['name']!r}")
    steps = content["pipeline"]
    if not isinstance(steps, list) or not steps:
        raise ValueError(f"{path}: `pipeline` must be a list of steps, got {steps!r}")
    made = [_make(path, f"pipeline[{i}]", step) for i, step in enumerate(steps)]
    if not hasattr(made[-1], "predict"):
        raise ValueError(
            f"{path}: the last step of `pipeline` must be a classifier, "
            f"got {type(made[-1]).__name__}"
        )
    pipeline = make_pipeline(*made)
    return Entry(
        name=path.stem,
        title=content["name"],
        pipeline=pipeline,
        paradigms=_texts(path, "paradigms", content),
        citations=_texts(path, "citations", content),
        grid=_grid(path, content.get("param_grid"), pipeline),
        space=_space(path, content.get("search"), pipeline),
    )


def _check_keys(
    path: Path, where: str, content: object, known: tuple[str, ...], needed: tuple[str, ...]
) -> None:
    place = f"{path}: {where}" if where else f"{path}"
    if not isinstance(content, dict):
        raise ValueError(f"{place} must be a mapping with the keys {', '.join(known)}")
    for key in content:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, 1)
            hint = f"; did you mean `{close[0]}`?" if close else f"; known are {', '.join(known)}"
            raise ValueError(f"{place} has an unknown key `{key}`{hint}")
    for key in needed:
        if key not in content:
            raise ValueError(f"{place} lacks the key `{key}`")


def _make(path: Path, where: str, step: object) -> BaseEstimator:
    """Make one step, of an allowed class and with parameters that it has."""
    _check_keys(path, where, step, STEP_KEYS, ("name", "from"))
    assert isinstance(step, dict)
    kind = _find(path, where, step["from"], step["name"])
    parameters = step.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise ValueError(f"{path}: {where}.parameters must be a mapping, got {parameters!r}")
    signature = inspect.signature(kind.__init__).parameters
    names = [name for name in signature if name != "self"]
    keywords = any(p.kind is p.VAR_KEYWORD for p in signature.values())
    if not keywords and (unknown := [name for name in parameters if name not in names]):
        raise ValueError(
            f"{path}: {where}.parameters: {step['name']} has no parameter `{unknown[0]}`; "
            f"it has {', '.join(names) or 'none'}"
        )
    try:
        made: BaseEstimator = kind(**parameters)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {where}: {step['name']} cannot be made: {error}") from error
    return made


def _find(path: Path, where: str, package: object, name: object) -> type[BaseEstimator]:
    """Find a class; nothing outside the allowed packages is imported."""
    if not isinstance(package, str) or not any(
        package == allowed or package.startswith(f"{allowed}.") for allowed in ALLOWED
    ):
        raise ValueError(
            f"{path}: {where}.from must be of the packages {', '.join(ALLOWED)}, got {package!r}"
        )
    try:
        module = importlib.import_module(package)
    except ImportError as error:
        raise ValueError(f"{path}: {where}.from: there is no {package}: {error}") from error
    kind = getattr(module, name, None) if isinstance(name, str) else None
    if not (inspect.isclass(kind) and issubclass(kind, BaseEstimator) and hasattr(kind, "fit")):
        raise ValueError(f"{path}: {where}.name: {package} has no estimator {name!r}")
    found: type[BaseEstimator] = kind
    return found


def _texts(path: Path, key: str, content: Mapping[str, Any]) -> tuple[str, ...]:
    given = content.get(key) or []
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise ValueError(f"{path}: `{key}` must be a list of texts, got {given!r}")
    return tuple(given)


def _space(path: Path, given: object, pipeline: Pipeline) -> Space:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ValueError(f"{path}: `search` must be a mapping, got {given!r}")
    found: dict[str, Range | Choice] = {}
    for name, values in given.items():
        _check_parameter(path, "search", name, pipeline)
        if isinstance(values, list) and values:
            found[name] = Choice(tuple(values))
            continue
        _check_keys(path, f"search.{name}", values, ("low", "high", "log"), ("low", "high"))
        low, high, log = float(values["low"]), float(values["high"]), bool(values.get("log"))
        if not low < high or (log and low <= 0):
            raise ValueError(f"{path}: search.{name}: `low` must be below `high`, got {values!r}")
        found[name] = Range(low, high, log)
    return found


def _check_parameter(path: Path, key: str, name: object, pipeline: Pipeline) -> None:
    known = [one for one in pipeline.get_params() if "__" in one]
    if name not in known:
        close = difflib.get_close_matches(str(name), known, 1)
        hint = f"; did you mean `{close[0]}`?" if close else ""
        raise ValueError(f"{path}: `{key}` names `{name}`, which no step has{hint}")


def _grid(path: Path, given: object, pipeline: Pipeline) -> dict[str, list[Any]]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ValueError(f"{path}: `param_grid` must be a mapping, got {given!r}")
    for name, values in given.items():
        _check_parameter(path, "param_grid", name, pipeline)
        if not isinstance(values, list) or not values:
            raise ValueError(f"{path}: `param_grid`: `{name}` must be a list, got {values!r}")
    return dict(given)
