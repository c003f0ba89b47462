import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuro.io.bids import Recording

label = st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True)


@given(label, st.just("") | label, st.just("") | label, st.just("") | label)
def test_entities_survive_the_way_through_a_path(subject, session, task, run):
    made = Recording(subject, session, task, run, "eeg", "x")
    path = f"{made.prefix}_eeg.edf"
    back = Recording.from_path(path)
    assert (back.subject, back.session, back.task, back.run) == (subject, session, task, run)
    assert back.prefix == made.prefix
    assert back.path == path


@pytest.mark.parametrize("path", ["eeg/task-rest_eeg.edf", "sub-a b/eeg/sub-a b_eeg.edf"])
def test_what_bids_does_not_allow_is_refused(path):
    with pytest.raises(ValueError, match=r"subject"):
        Recording.from_path(path)
