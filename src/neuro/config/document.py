"""The configuration's JSON schema and reference page, generated from the models.

`python -m neuro.config.document` writes both; a test fails when they are out of date.
"""

import json
import re
import types
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, Union

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from neuro.config.loading import discriminator, strip_annotation
from neuro.config.root import Config

SCHEMA = Path("workflow/schemas/config.schema.json")
PAGE = Path("docs/configuration.md")
_MODALITY = re.compile(r"(?<=<name>) \(\w+\)")


def schema() -> str:
    """JSON schema of config.yaml, for editors and for checks elsewhere."""
    content = Config.model_json_schema()
    content["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    content["title"] = "neuro config.yaml"
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def page() -> str:
    """Reference page of all keys, in Markdown."""
    lines = [
        "# Configuration",
        "",
        "Every key of `config.yaml`. This page is generated from the models in `neuro.config`;",
        "change it there and run `python -m neuro.config.document`.",
        "",
        "Keys in **bold** are required. All times are seconds, frequencies hertz, and EEG",
        "amplitudes microvolts, as the descriptions say.",
    ]
    for path, model in _once(sections("", Config)):
        lines += ["", f"## `{path}`" if path else "## Top level", ""]
        lines += [" ".join((model.__doc__ or "").split()), ""]
        if not model.model_fields:
            lines.append("It has no parameters: `{}`.")
            continue
        lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
        lines += [_row(name, field) for name, field in model.model_fields.items()]
    return "\n".join(lines) + "\n"


def write(root: Path = Path()) -> None:
    """Write schema and page below a checkout's root."""
    (root / SCHEMA).write_text(schema(), encoding="utf-8")
    (root / PAGE).write_text(page(), encoding="utf-8")


def sections(path: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """All sections of a model: their paths and models."""
    yield path, model
    for name, field in model.model_fields.items():
        for suffix, inner in _models(field.annotation):
            yield from sections(f"{path}.{name}{suffix}".lstrip("."), inner)


def _once(found: Iterable[tuple[str, type[BaseModel]]]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Each model where it comes first; one that several modalities have, without their names."""
    paths: dict[type[BaseModel], list[str]] = {}
    for path, model in found:
        paths.setdefault(model, []).append(path)
    for model, where in paths.items():
        modalities = {_MODALITY.findall(path)[0] for path in where if _MODALITY.search(path)}
        yield _MODALITY.sub("", where[0], 1) if len(modalities) > 1 else where[0], model


def _models(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    here = strip_annotation(annotation)
    origin, args = typing.get_origin(here), typing.get_args(here)
    if isinstance(here, type) and issubclass(here, BaseModel):
        yield "", here
    elif origin in (Union, types.UnionType):
        for option in args:
            for suffix, model in _models(option):
                kind = discriminator(model)
                yield (f" ({kind})" if kind else suffix), model
    elif origin is dict:
        yield from ((f".<name>{s}", m) for s, m in _models(args[1]))
    elif origin is list:
        yield from ((f"[]{s}", m) for s, m in _models(args[0]))


def _row(name: str, field: FieldInfo) -> str:
    key = f"**`{name}`**" if field.is_required() else f"`{name}`"
    default = "" if field.is_required() else f"`{_shown(field.get_default())}`"
    meaning = (field.description or "").replace("|", "\\|")
    return f"| {key} | {_type(field)} | {default} | {meaning} |"


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        return "see below"
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A default as YAML would give it: what is not set in a list's sections is left out."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _type(field: FieldInfo) -> str:
    bounds = [
        f"{sign} {getattr(item, key):g}"
        for item in field.metadata
        for kind, key, sign in ((Ge, "ge", "≥"), (Gt, "gt", ">"), (Le, "le", "≤"), (Lt, "lt", "<"))
        if isinstance(item, kind)
    ]
    bounds += ["not empty" for item in field.metadata if isinstance(item, MinLen)]
    return ", ".join([_type_name(field.annotation), *bounds])


def _type_name(annotation: Any) -> str:
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is type(None):
        return "null"
    if origin is Literal:
        return " or ".join(f"`{a}`" for a in args)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type_name(a) for a in args))
    if origin is dict:
        return f"{_type_name(args[1])} by name"
    if origin is list or (origin is tuple and args[-1] is ...):
        return f"list of {_type_name(args[0])}"
    if origin is tuple:
        return f"[{', '.join(_type_name(a) for a in args)}]"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "section"
    names = {str: "text", float: "number", int: "integer", bool: "true or false"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


if __name__ == "__main__":
    write()
