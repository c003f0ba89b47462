import re
import shutil
import sys
from types import ModuleType, SimpleNamespace

import pytest

from neuro.config import validate
from neuro.config.source import SimulateSource
from neuro.datasets import fetch
from neuro.preprocess.glance import Glance
from neuro.workflow import look, summarise
from neuro.workflow.check import inspect, problems
from neuro.workflow.plan import Plan

EEG = "sub-01/eeg/sub-01_task-oddball"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A simulated tree of two subjects, fetched: 20 events of each condition."""
    folder = tmp_path_factory.mktemp("made")
    source = SimulateSource(type="simulate", n_trials=20, noise=4)  # as in `raw_config`
    fetch.run(source, "planted", 1, folder / "fetch.json", progress=False)
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tree(made, here, raw_config):
    """A copy of the tree, which the configuration reads in place."""
    shutil.copytree(made / "bids", here / "bids")
    raw_config["datasets"]["planted"]["source"] = {"type": "bids", "path": "bids"}
    return here / "bids"


@pytest.fixture
def chain(raw_config):
    return raw_config["datasets"]["planted"]["preprocess"]["chain"]


def plan(raw):
    return Plan(validate(raw))


def rewrite(path, old, new):
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_tree_that_fits_has_no_problems_and_a_summary(tree, raw_config):
    found = inspect(plan(raw_config))
    assert found.problems == []
    assert found.warnings == []
    (summary,) = found.summaries
    for told in (
        "planted: eeg from bids, 2 recording(s) of 2 subject(s)",
        "each: sampling rate 128 Hz, EEG channels 32, length 0.",
        "min in all), events standard 20, events target 20",
        "of results; memory: about",
        "feeds: preprocess",
    ):
        assert told in summary


def test_events_are_counted_per_recording(tree, raw_config):
    rewrite(tree / f"{EEG}_events.tsv", "\tstandard\t", "\tother\t")
    events = (tree / f"{EEG}_events.tsv").read_text()
    (tree / f"{EEG}_events.tsv").write_text(events.replace("\tother\t", "\tstandard\t", 15))
    assert "events standard 15 to 20, events target 20" in inspect(plan(raw_config)).summaries[0]


def test_event_that_does_not_occur_is_a_problem_with_a_guess(tree, raw_config):
    rewrite(tree / f"{EEG}_events.tsv", "\tstandard\t", "\tstandrad\t")
    (told,) = problems(plan(raw_config))
    assert told.startswith("datasets.planted: ")
    assert "sub-01_task-oddball_events.tsv: events.standard: no event has trial_type" in told
    assert "'standrad'" in told


def test_condition_with_too_few_events_is_a_problem(tree, raw_config):
    raw_config["datasets"]["planted"]["preprocess"]["epochs"]["min_trials"] = 21
    (told,) = problems(plan(raw_config))
    assert "min_trials (21) events in condition(s) standard (20), target (20)" in told
    assert told.endswith("(and 1 more recording(s) alike)")


def test_all_that_is_wrong_with_the_steps_and_regions_is_told_at_once(tree, raw_config, chain):
    chain[0]["filter"] = {"l_freq": 0.01, "h_freq": 30}
    raw_config["datasets"]["planted"]["preprocess"]["contrasts"]["target-minus-standard"]["roi"] = [
        "PO3",
        "PO5",
    ]
    told = "\n".join(problems(plan(raw_config)))
    assert "preprocess.chain[0].filter: the filter is 330.0 s long but the recording only" in told
    assert "target-minus-standard.roi: unknown channel(s) PO5" in told
    assert len(told.splitlines()) == 2


def test_filter_above_half_the_sampling_rate_is_a_problem(tree, raw_config, chain):
    chain[0]["filter"]["h_freq"] = 70
    assert "h_freq: must be below the Nyquist frequency 64 Hz" in problems(plan(raw_config))[0]


def test_truncated_recording_is_a_problem(tree, raw_config):
    raw = tree / f"{EEG}_eeg.edf"
    raw.write_bytes(raw.read_bytes()[:-10])
    found = inspect(plan(raw_config))
    assert len(found.problems) == 1
    assert "sub-01_task-oddball_eeg.edf: the file is truncated" in found.problems[0]
    assert "1 not readable" in found.summaries[0]


@pytest.mark.parametrize("sidecar", ["channels.tsv", "eeg.json"])
def test_missing_sidecar_is_a_warning(tree, raw_config, sidecar):
    (tree / f"{EEG}_{sidecar}").unlink()
    found = inspect(plan(raw_config))
    assert found.problems == []
    (told,) = found.warnings
    assert f"sub-01_task-oddball_eeg.edf: The recording has no {sidecar}: " in told


def test_missing_events_are_a_problem_when_the_file_has_none_either(tree, raw_config):
    (tree / f"{EEG}_events.tsv").unlink()
    found = inspect(plan(raw_config))
    assert "has no events.tsv" in found.warnings[0]
    assert (
        "_eeg.edf (there is no events.tsv): events.standard: no event has trial_type standard. "
        "It has: no events" in found.problems[0]
    )


def test_sidecar_further_up_counts(tree, raw_config):
    for i in (1, 2):
        sidecar = tree / f"sub-0{i}/eeg/sub-0{i}_task-oddball_eeg.json"
        shutil.move(sidecar, tree / "task-oddball_eeg.json")
    assert inspect(plan(raw_config)).warnings == []


def test_subject_without_a_row_among_the_participants_is_a_warning(tree, raw_config):
    rewrite(tree / "participants.tsv", "sub-02", "sub-03")
    (told,) = inspect(plan(raw_config)).warnings
    assert "participants.tsv: has no row for sub-02; it has 2 subject(s)" in told
    (tree / "participants.tsv").unlink()
    assert "participants.tsv: missing" in inspect(plan(raw_config)).warnings[0]


def test_recordings_that_differ_are_a_warning(tree, here, raw_config):
    other = SimulateSource(type="simulate", n_subjects=3, n_trials=20, sfreq=256)
    fetch.run(other, "other", 1, here / "other/fetch.json", progress=False)
    shutil.copytree(here / "other/bids/sub-03", tree / "sub-03")
    rewrite(tree / "participants.tsv", "sub-02", "sub-03\tn/a\tn/a\tn/a\tn/a\tn/a\nsub-02")
    found = inspect(plan(raw_config))
    assert "datasets.planted: recordings differ in sampling rate, Hz: 128, 256" in found.warnings


def test_job_that_outgrows_its_memory_is_a_warning(tree, raw_config, monkeypatch):
    monkeypatch.setitem(summarise.MEMORY, "clean_eeg", 1e6)
    told = inspect(plan(raw_config)).warnings[0]
    assert "memory, more than the 1 MB of `clean_eeg`; run with `--set-resources clean_eeg:" in told


def test_dataset_that_is_not_fetched_is_no_problem(here, raw_config):
    found = inspect(plan(raw_config))
    assert (found.problems, found.warnings) == ([], [])
    assert found.summaries == ["planted: eeg from simulate, 2 recording(s), not fetched yet"]


def test_dataset_that_cannot_be_listed_yet_is_a_warning(here, raw_config):
    source = {"type": "openneuro", "accession": "ds000001", "tag": "1.0.0"}
    raw_config["datasets"]["planted"]["source"] = source
    found = inspect(plan(raw_config))
    assert found.problems == []
    assert (
        "`neuro index` fetches it and lists them in data/planted/recordings.tsv"
        in (found.warnings[0])
    )


@pytest.fixture
def fetched(made, here, raw_config):
    shutil.copytree(made, here / "data" / "planted")
    return here / "data" / "planted"


def test_fetched_dataset_is_looked_at(fetched, raw_config):
    found = inspect(plan(raw_config))
    assert found.problems == []
    assert "events standard 20, events target 20" in found.summaries[0]


def test_fetched_file_that_changed_is_a_problem(fetched, raw_config):
    (fetched / "bids" / f"{EEG}_eeg.edf").unlink()
    (told,) = problems(plan(raw_config))
    assert "the file is missing. Delete" in told


def test_tree_of_an_earlier_configuration_does_not_count(fetched, raw_config):
    raw_config["datasets"]["planted"]["source"]["n_trials"] = 30
    assert "not fetched yet" in inspect(plan(raw_config)).summaries[0]


@pytest.mark.parametrize("there", [True, False])
def test_unknown_montage_is_a_problem_with_a_guess(here, made, raw_config, chain, there):
    if there:
        shutil.copytree(made, here / "data" / "planted")
    chain.insert(0, {"montage": {"name": "biosemi61"}})
    (told,) = problems(plan(raw_config))
    assert "preprocess.chain[0].montage.name" in told
    assert "'biosemi64' for 'biosemi61'" in told


def test_source_that_cannot_be_is_a_problem(here, raw_config):
    raw_config["datasets"]["planted"]["source"] = {
        "type": "files",
        "path": str(here),
        "pattern": "{subject}.cnt",
    }
    (told,) = problems(plan(raw_config))
    assert told.startswith("datasets.planted.source.pattern: '{subject}.cnt' fits no path")


def test_memory_that_rules_ask_for_is_what_they_say(root):
    rules = (root / "rules/preprocess.smk").read_text()
    for name, asked in summarise.MEMORY.items():
        base = re.search(rf"^use rule (\w+) as {name} with:", rules, re.MULTILINE)
        body = rules[rules.index(f"\nrule {base[1] if base else name}:") :]
        assert int(re.search(r"mem_mb=growing\((\d+)\)", body)[1]) * 1e6 == asked, name


def test_epochs_that_overlap_are_a_warning(tree, raw_config):
    preprocess = raw_config["datasets"]["planted"]["preprocess"]
    preprocess["epochs"]["tmax"] = 1.2
    assert inspect(plan(raw_config)).warnings == []
    preprocess["contrasts"]["target-minus-standard"]["test_window"] = [0, 1.2]
    (told,) = inspect(plan(raw_config)).warnings
    assert "ms of what the contrasts look at (−200 to 1200 ms, with the baseline)" in told
    assert told.endswith("(and 1 more recording(s) alike)")


def test_recording_at_rest_needs_no_events(tree, raw_config):
    dataset = raw_config["datasets"]["planted"]
    dataset["events"] = {}
    dataset["preprocess"] = {"chain": ["reference"]}
    for events in tree.rglob("*_events.tsv"):
        events.unlink()
    found = inspect(plan(raw_config))
    assert (found.problems, found.warnings) == ([], [])
    assert "events" not in found.summaries[0]


FOLDERS = {"meg": "meg", "fmri": "func", "calcium": "ophys", "spikes": "ecephys"}
RAW = {"meg": "meg.fif", "fmri": "bold.nii.gz", "calcium": "ophys.nwb", "spikes": "ecephys.nwb"}


@pytest.fixture(params=sorted(FOLDERS))
def other(request, here, raw_config, monkeypatch):
    """A tree of another modality of two empty recordings, whose look says what it is told."""
    modality, glances = request.param, {}
    # Whatever room this machine has.
    room = SimpleNamespace(free=10e9)
    monkeypatch.setattr("neuro.workflow.summarise.shutil.disk_usage", lambda _: room)
    (here / "bids").mkdir()
    (here / "bids/dataset_description.json").write_text('{"Name": "x", "BIDSVersion": "1.9.0"}')
    (here / "bids/participants.tsv").write_text("participant_id\nsub-01\nsub-02\n")
    for subject in ("sub-01", "sub-02"):
        folder = here / "bids" / subject / FOLDERS[modality]
        folder.mkdir(parents=True)
        (folder / f"{subject}_task-rest_{RAW[modality]}").write_bytes(b"")
        glances[subject] = Glance(
            facts={"units": 15, "duration, s": 1200.0, "layout": "grid"},
            n_bytes=3e6,
            memory={"bin": 2e9},
            results=2e9,
        )
    fake = ModuleType("fake_look")
    fake.look = lambda root, recording, section: glances[f"sub-{recording.subject}"]
    monkeypatch.setitem(look.LOOKS, modality, "fake_look")
    monkeypatch.setitem(sys.modules, "fake_look", fake)
    raw_config["datasets"] = {
        "other": {"modality": modality, "source": {"type": "bids", "path": "bids"}}
    }
    return glances, raw_config, modality


def test_another_modality_that_its_look_has_nothing_against_is_fine(other):
    _, raw, modality = other
    found = inspect(plan(raw))
    assert (found.problems, found.warnings) == ([], [])
    assert found.summaries[0].splitlines() == [
        f"other: {modality} from bids, 2 recording(s) of 2 subject(s)",
        "  each: units 15, duration 1200 s (2400 s in all), layout grid",
        "  disk: 6 MB raw, about 4.0 GB of results; memory: about 2.0 GB for the largest job",
        "  feeds: preprocess",
    ]


def test_a_disk_without_room_for_the_results_is_told(other, monkeypatch):
    full = SimpleNamespace(free=2.4e9)
    monkeypatch.setattr("neuro.workflow.summarise.shutil.disk_usage", lambda _: full)
    (told,) = inspect(plan(other[1])).warnings
    assert "about 4.0 GB of disk, but only 2.4 GB are free" in told


def test_what_the_look_of_another_modality_finds_is_told(other):
    glances, raw, _ = other
    glances["sub-01"].warnings.append("a.nwb: no electrodes")
    glances["sub-02"] = Glance(problems=["bids/b.nwb: not readable", "no rate"])
    found = inspect(plan(raw))
    assert found.problems[0] == "datasets.other: bids/b.nwb: not readable"
    assert re.fullmatch(r"datasets\.other: bids/sub-02/\S+: no rate", found.problems[1])
    assert found.warnings == ["datasets.other: a.nwb: no electrodes"]
    assert "2 recording(s) of 2 subject(s), 1 not readable" in found.summaries[0]


def test_every_modality_has_a_look():
    assert set(look.LOOKS) == {"eeg", "features", "multimodal", "trials", *FOLDERS}
