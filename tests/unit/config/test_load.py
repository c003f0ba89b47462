import pytest

from neuro.config import ConfigError, load, validate


def problems(raw):
    with pytest.raises(ConfigError) as caught:
        validate(raw)
    return caught.value.problems


def test_the_shipped_configurations_are_valid(root):
    paths = [root / "config.yaml", *(root / "workflow/configs").glob("*.yaml")]
    assert len(paths) >= 2
    for path in paths:
        assert load(path).datasets, path


def test_all_problems_come_at_once(raw_config):
    raw_config["sed"] = 3
    dataset = raw_config["datasets"]["planted"]
    dataset["preprocess"]["epochs"]["tmin"] = "soon"
    dataset["preprocess"]["chain"][0]["filter"]["lfreq"] = 1
    assert len(problems(raw_config)) == 3


def test_unknown_key_names_path_guess_and_allowed(raw_config):
    raw_config["datasets"]["planted"]["preprocess"]["chain"][0]["filter"]["lfreq"] = 1
    assert problems(raw_config) == [
        "datasets.planted.preprocess.chain[0].filter.lfreq: unknown key. "
        "Did you mean 'l_freq'? Allowed: l_freq, h_freq."
    ]


def test_source_type_is_guessed(raw_config):
    raw_config["datasets"]["planted"]["source"]["type"] = "simulat"
    (line,) = problems(raw_config)
    assert line.startswith("datasets.planted.source.type: got 'simulat'. Did you mean 'simulate'?")


def test_union_tags_do_not_appear_in_paths(raw_config):
    raw_config["datasets"]["planted"]["source"]["n_subjects"] = 0
    (line,) = problems(raw_config)
    assert line.startswith("datasets.planted.source.n_subjects: ")
    assert "got 0" in line


def test_missing_key_is_named(raw_config):
    del raw_config["datasets"]["planted"]["source"]
    assert problems(raw_config) == ["datasets.planted.source: missing; this key is required."]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"first": ["targte"]}, "names conditions ['targte'] that `events` lacks"),
        ({"first": ["standard"]}, "conditions on both sides"),
        ({"window": [0.3, 0.2]}, "window must begin before it ends"),
        ({"test_window": [0.0, 0.9]}, "must lie within the epoch [-0.2, 0.6]"),
    ],
)
def test_contrasts_are_checked_against_events_and_epoch(raw_config, change, part):
    preprocess = raw_config["datasets"]["planted"]["preprocess"]
    preprocess["contrasts"]["target-minus-standard"].update(change)
    (line,) = problems(raw_config)
    assert part in line


@pytest.mark.parametrize(
    "step", [{}, {"filter": {"l_freq": 1}, "resample": {"sfreq": 100}}, "interpolat"]
)
def test_a_step_is_exactly_one_known_method(raw_config, step):
    raw_config["datasets"]["planted"]["preprocess"]["chain"].append(step)
    assert len(problems(raw_config)) == 1


@pytest.mark.parametrize("step", ["interpolate", {"interpolate": None}, {"interpolate": {}}])
def test_a_step_without_parameters_may_be_written_bare(raw_config, step):
    raw_config["datasets"]["planted"]["preprocess"]["chain"].append(step)
    chain = validate(raw_config).datasets["planted"].preprocess.chain
    assert chain[-1].method == "interpolate"


@pytest.mark.parametrize("name", ["../up", "Upper", "a/b", "", "1st"])
def test_dataset_names_are_safe_folders(raw_config, name):
    raw_config["datasets"][name] = raw_config["datasets"].pop("planted")
    assert problems(raw_config)


def test_infinite_numbers_are_refused(raw_config):
    raw_config["datasets"]["planted"]["preprocess"]["epochs"]["tmax"] = float("inf")
    assert "finite" in problems(raw_config)[0]


def test_a_key_given_twice_is_an_error(tmp_path):
    path = tmp_path / "twice.yaml"
    path.write_text("seed: 1\nseed: 2\n")
    with pytest.raises(ConfigError, match="'seed' is given twice"):
        load(path)


@pytest.mark.parametrize(
    "content", [b"seed: [", b"\xff\xfe\x00", b"- 1\n", b"!!python/object:x {}", b"? [a]\n: 1\n"]
)
def test_what_is_not_a_configuration_is_one_clear_error(tmp_path, content):
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        load(tmp_path / "absent.yaml")


def test_the_configuration_cannot_be_changed(raw_config):
    config = validate(raw_config)
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 2


def test_a_value_stands_for_one_condition(raw_config):
    raw_config["datasets"]["planted"]["events"]["both"] = ["target"]
    assert "['target'] stand for more than one condition" in problems(raw_config)[0]


@pytest.mark.parametrize("name", ["a/b", "", "<b>", "../x"])
def test_condition_names_are_safe(raw_config, name):
    raw_config["datasets"]["planted"]["events"][name] = ["x"]
    assert problems(raw_config)


def test_statistics_are_no_part_of_cleaning(raw_config):
    before = validate(raw_config).datasets["planted"].preprocess.cleaning
    raw_config["datasets"]["planted"]["preprocess"]["statistics"]["n_bootstraps"] = 999
    assert validate(raw_config).datasets["planted"].preprocess.cleaning == before
