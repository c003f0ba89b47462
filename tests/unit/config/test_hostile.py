"""Configurations that nobody wrote in good faith."""

import copy

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from neuro.config import ConfigError, load, validate

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(tree, path=()):
    """Every place of a configuration that could hold something else."""
    yield path
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from places(value, (*path, key))
    if isinstance(tree, list):
        for i, value in enumerate(tree):
            yield from places(value, (*path, i))


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # it is copied each time
)
@given(data=st.data(), value=VALUES)
def test_whatever_stands_anywhere_is_fine_or_one_clear_error(raw_config, data, value):
    raw = copy.deepcopy(raw_config)
    path = data.draw(st.sampled_from(sorted(filter(None, places(raw)), key=str)))
    inner = raw
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    try:
        validate(raw, "own.yaml")
    except ConfigError as error:
        assert str(error).startswith("own.yaml: ")  # noqa: PT017
        assert all(len(problem) < 4000 for problem in error.problems)  # noqa: PT017


def test_aliases_of_aliases_are_refused_before_they_fill_the_memory(tmp_path):
    path = tmp_path / "bomb.yaml"
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    path.write_text("\n".join([*lines, "datasets: *a9", ""]))
    with pytest.raises(ConfigError, match=r"bomb\.yaml.*\n.*values once its aliases are written"):
        load(path)


@pytest.mark.parametrize(
    ("text", "why"),
    [("datasets: &a {x: *a}", "lies within"), (f"datasets: {'[' * 1500}{']' * 1500}", "too deep")],
)
def test_endless_and_bottomless_trees(tmp_path, text, why):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(ConfigError, match=why):
        load(tmp_path / "x.yaml")


def test_a_long_value_is_told_in_short(raw_config):
    raw_config["seed"] = "x" * 100_000
    with pytest.raises(ConfigError) as error:
        validate(raw_config)
    assert len(str(error.value)) < 2000


def test_an_alias_that_is_used_twice_is_fine(tmp_path, raw_config):
    text = yaml.safe_dump(raw_config)
    (tmp_path / "c.yaml").write_text("shared: &s 7\n" + text.replace("seed: 7", "seed: *s"))
    with pytest.raises(ConfigError, match="shared: unknown key"):
        load(tmp_path / "c.yaml")
