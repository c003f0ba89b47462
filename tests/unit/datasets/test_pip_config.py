import os

import pytest

from neuro.datasets.base import DatasetError
from neuro.datasets.pip_config import DEFAULT_INDEX, parse_config_list, read_settings


@pytest.fixture
def pip_conf(tmp_path, monkeypatch):
    for key in [key for key in os.environ if key.startswith("PIP_")]:
        monkeypatch.delenv(key)

    def write(text):
        (tmp_path / "pip.conf").write_text(text)
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))

    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return write


def test_public_index_by_default(pip_conf):
    assert read_settings().index_urls == (DEFAULT_INDEX,)


def test_reads_pip_conf_and_the_environment_wins(pip_conf, monkeypatch, tmp_path):
    pip_conf(
        "[global]\nindex-url = https://conf.example/simple\ncert = /conf.pem\n"
        f"find-links = {tmp_path}\n    /not/there\n    https://links.example\n"
        "trusted-host = one.example\n    two.example:8080\n"
    )
    monkeypatch.setenv("PIP_INDEX_URL", "https://env.example/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://x.example/a https://x.example/b")
    settings = read_settings()
    assert settings.index_urls == (
        "https://env.example/simple",
        "https://x.example/a",
        "https://x.example/b",
    )
    assert settings.find_links == (str(tmp_path), "https://links.example")
    assert settings.trusted_hosts == ("one.example", "two.example:8080")
    assert settings.cert == "/conf.pem"


def test_options_of_the_command_override_global_ones():
    listing = (
        ":env:.index-url='https://env.example'\n"
        "download.index-url='https://download.example'\n"
        "global.index-url='https://global.example'\n"
        "global.timeout='60'\ninstall.user='true'\n"
    )
    assert parse_config_list(listing) == {"index-url": "https://download.example", "timeout": "60"}


def test_broken_pip_conf_is_an_error(pip_conf):
    pip_conf("index-url without a section\n")
    with pytest.raises(
        DatasetError, match=r"(?s)pip cannot read its own configuration.*pip\.conf.*PIP_CONFIG_FILE"
    ):
        read_settings()
