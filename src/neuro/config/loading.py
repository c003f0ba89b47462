"""Reading config.yaml, and telling all that is wrong with it at once."""

import difflib
import reprlib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from neuro.config.root import Config

MOST_VALUES = 100_000
"""Values of a configuration, once aliases are written out."""


class ConfigError(ValueError):
    """All that is wrong with a configuration, one line each."""

    def __init__(self, problems: list[str], where: str) -> None:
        self.problems = problems
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        super().__init__(f"{where}: {count}\n" + "\n".join(f"  - {p}" for p in problems))


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a key given twice is an error rather than the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key.value!r} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(path: str | Path) -> Config:
    """Read and validate a configuration file.

    Parameters
    ----------
    path : str | Path
        The YAML file.

    Returns
    -------
    config : Config
        The validated configuration.

    Raises
    ------
    ConfigError
        If the file is missing, is not YAML, or breaks the schema; lists every problem.
    """
    path = Path(path)
    try:
        raw = _parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(["no such file"], str(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigError([f"not a UTF-8 text file: {error}"], str(path)) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError([f"not valid YAML: {' '.join(str(error).split())}"], str(path)) from None
    except RecursionError:
        raise ConfigError(["not a configuration: nested too deeply"], str(path)) from None
    return validate(raw, where=str(path))


def _parse(text: str) -> Any:
    """Read YAML; a few aliases of aliases can stand for more values than memory holds."""
    loader = _UniqueKeys(text)
    node = loader.get_single_node()
    if node is None:
        return None
    if (size := _size(node, {})) > MOST_VALUES:
        raise ValueError(f"{size} values once its aliases are written out, which is no use")
    return loader.construct_document(node)


def _size(node: yaml.Node, known: dict[int, int | None]) -> int:
    """Values below a node; each node is counted once, however often it is meant."""
    if id(node) in known:
        size = known[id(node)]
        if size is None:
            raise ValueError("an alias lies within what it stands for")
        return size
    known[id(node)] = None
    size = 1
    if isinstance(node, yaml.SequenceNode):
        size += sum(_size(item, known) for item in node.value)
    elif isinstance(node, yaml.MappingNode):
        size += sum(_size(item, known) for pair in node.value for item in pair)
    known[id(node)] = size
    return size


def validate(raw: Any, where: str = "config") -> Config:
    """Validate a configuration that was already read.

    Parameters
    ----------
    raw : mapping
        The content of config.yaml.
    where : str
        Name of the file, for the error.

    Returns
    -------
    config : Config
        The validated configuration.

    Raises
    ------
    ConfigError
        Lists every problem with its key, what is allowed, what was given, and a guess.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError([f"must be a mapping of keys, got {type(raw).__name__}"], where)
    try:
        return Config.model_validate(dict(raw))
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ConfigError([_describe(item) for item in details], where) from None


def _describe(item: ErrorDetails) -> str:
    """One line: key, what is wrong, what was given, did you mean."""
    loc = item["loc"]
    kind, given = item["type"], item["input"]
    key = _dotted(loc)
    if kind == "extra_forbidden":
        allowed = _allowed_keys(loc[:-1])
        return f"{key}: unknown key.{_guess(str(loc[-1]), allowed)} Allowed: {', '.join(allowed)}."
    if kind == "missing":
        return f"{key}: missing; this key is required."
    if kind == "union_tag_not_found":
        tag = str(item.get("ctx", {})["discriminator"]).strip("'")
        return f"{key}.{tag}: missing; this key is required."
    if kind in {"literal_error", "union_tag_invalid"}:
        context = item.get("ctx", {})
        allowed = [
            a.strip(" '")
            for a in str(context.get("expected", context.get("expected_tags")))
            .replace(" or ", ", ")
            .split(",")
        ]
        tag = context.get("tag", given)
        if kind == "union_tag_invalid":
            key += f".{str(context['discriminator']).strip(chr(39))}"
        return f"{key}: got {tag!r}.{_guess(str(tag), allowed)} Allowed: {', '.join(allowed)}."
    message = item["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if kind == "value_error":
        return f"{key}: {message}."
    return f"{key}: {message}, got {_short(given)}."


def _short(given: Any) -> str:
    """What was given, as far as it helps."""
    shortened = reprlib.Repr()
    shortened.maxstring = shortened.maxother = 200
    shortened.maxlist = shortened.maxdict = 20
    return shortened.repr(given)


def _guess(word: str, allowed: list[str]) -> str:
    close = difflib.get_close_matches(word, allowed, n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _dotted(loc: tuple[int | str, ...]) -> str:
    """`('datasets', 'a', 'chain', 2, 'filter')` -> `datasets.a.chain[2].filter`."""
    out = ""
    for part, is_tag in _tagged(loc):
        if is_tag or part == "[key]":
            continue
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            out += f".{part}" if out else part
    return out or "config"


def _tagged(loc: tuple[int | str, ...]) -> list[tuple[int | str, bool]]:
    """Mark the parts of a location that are union tags, which no user has written."""
    marked = []
    for i, part in enumerate(loc):
        _, is_tag = _resolve(loc[: i + 1])
        marked.append((part, is_tag))
    return marked


def _resolve(loc: tuple[int | str, ...]) -> tuple[Any, bool]:
    """Type annotation at a location, and whether its last part was a union tag."""
    here: Any = Config
    is_tag = False
    for part in loc:
        here, is_tag = _descend(here, part)
    return here, is_tag


def _descend(here: Any, part: int | str) -> tuple[Any, bool]:
    here = strip_annotation(here)
    origin = typing.get_origin(here)
    if origin in (Union, types.UnionType):
        options = [strip_annotation(a) for a in typing.get_args(here)]
        models = [m for m in options if isinstance(m, type) and issubclass(m, BaseModel)]
        for model in models:
            tag = discriminator(model)
            if tag is not None and part == tag:
                return model, True
        for model in models:
            if part in model.model_fields:
                return model.model_fields[str(part)].annotation, False
        others = [o for o in options if typing.get_origin(o) in (list, dict, tuple)]
        if others and isinstance(part, int):
            return _descend(others[0], part)
        return None, isinstance(part, str)
    if isinstance(here, type) and issubclass(here, BaseModel):
        field = here.model_fields.get(str(part))
        return (field.annotation if field else None), False
    if origin is dict:
        return typing.get_args(here)[1], False
    if origin in (list, tuple):
        return typing.get_args(here)[0], False
    return None, False


def discriminator(model: type[BaseModel]) -> str | None:
    """Value of the key by which a union's member is told from the others, if it has one."""
    for key in ("type", "modality"):
        field = model.model_fields.get(key)
        if field is not None and len(typing.get_args(field.annotation)) == 1:
            return str(typing.get_args(field.annotation)[0])
    return None


def strip_annotation(annotation: Any) -> Any:
    """Take `Annotated` and `| None` off a type annotation."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if typing.get_origin(annotation) in (Union, types.UnionType):
        rest = [a for a in typing.get_args(annotation) if a is not type(None)]
        if len(rest) == 1:
            return strip_annotation(rest[0])
    return annotation


def _allowed_keys(loc: tuple[int | str, ...]) -> list[str]:
    here = strip_annotation(_resolve(loc)[0]) if loc else Config
    if isinstance(here, type) and issubclass(here, BaseModel):
        return list(here.model_fields)
    return []
