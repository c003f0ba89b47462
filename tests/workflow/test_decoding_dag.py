"""Decoding is a job of its own, where it is asked for."""


def test_recordings_are_decoded_where_it_is_asked_for(workflow, raw_config):
    without = workflow.jobs()
    raw_config["datasets"]["planted"]["preprocess"]["decoding"] = {"n_folds": 4}
    workflow.write(raw_config)
    jobs = workflow.jobs()
    assert jobs.pop("decode_eeg") == 2
    assert jobs == without
