import json

import jsonschema
import pytest
import yaml

from neuro.config import Config, document


@pytest.mark.parametrize(("path", "made"), [("SCHEMA", "schema"), ("PAGE", "page")])
def test_generated_files_are_up_to_date(root, path, made):
    shipped = (root / getattr(document, path)).read_text(encoding="utf-8")
    assert shipped == getattr(document, made)(), "run `python -m neuro.config.document`"


def test_the_schema_accepts_what_the_models_accept(root):
    schema = json.loads(document.schema())
    for path in [root / "config.yaml", *(root / "workflow/configs").glob("*.yaml")]:
        jsonschema.validate(yaml.safe_load(path.read_text()), schema)


def test_the_schema_refuses_an_unknown_key(raw_config):
    raw_config["sed"] = 1
    with pytest.raises(jsonschema.ValidationError, match="sed"):
        jsonschema.validate(raw_config, json.loads(document.schema()))


def test_every_key_is_documented():
    undocumented = [
        f"{path}.{name}"
        for path, model in document.sections("", Config)
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert undocumented == []
