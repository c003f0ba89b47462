"""How the report orders and titles the words, as data."""

WORDS: dict[str, str] = {
    "preprocess": "Preprocessing",
    "decoding": "Decoding",
    "spectra": "Spectra",
    "connectomes": "Dynamic connectomes",
    "states": "Switching states",
    "screening": "Screening",
    "graphs": "Brain networks",
    "fusion": "Fusion of modalities",
    "braindive": "Images that drive regions",
    "eegbench": "Single-trial benchmark",
    "meggpt": "Tokens and generation",
}
"""Title of each word's section, in the order of the page; other words follow as they come."""

KINDS: dict[str, str] = {
    "eeg": "EEG",
    "meg": "MEG",
    "fmri": "fMRI",
    "func": "fMRI",
    "calcium": "Calcium imaging",
    "ophys": "Calcium imaging",
    "spikes": "Spikes",
    "ecephys": "Spikes",
    "features": "Features",
    "trials": "Trials",
    "multimodal": "Several modalities",
}
"""Kinds of data by modality of the configuration, and by folder of the recordings."""


def title(word: str) -> str:
    """Title of a word's section; a word that is not listed is its own title."""
    return WORDS.get(word, word[:1].upper() + word[1:])


def ordered(words: list[str]) -> list[str]:
    """Listed words in their order, then the others in the order given, each once."""
    unique = list(dict.fromkeys(words))
    return [w for w in WORDS if w in unique] + [w for w in unique if w not in WORDS]
