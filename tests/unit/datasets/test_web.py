import pytest
import requests

from neuro.datasets.pip_config import IndexSettings
from neuro.datasets.web import Web


def test_certificate_is_skipped_for_trusted_hosts_only(monkeypatch):
    seen = {}

    def request(self, method, url, **kwargs):
        seen[url] = kwargs["verify"]
        response = requests.Response()
        response.status_code = 200
        return response

    monkeypatch.setattr(requests.Session, "request", request)
    web = Web(IndexSettings(trusted_hosts=("a.example", "b.example:8080")))
    for host in ("a.example", "a.example:1", "u:p@b.example:8080", "b.example", "xa.example"):
        web.get(f"https://{host}/")
    assert [url for url, verify in seen.items() if verify is False] == [
        "https://a.example/",
        "https://a.example:1/",
        "https://u:p@b.example:8080/",
    ]


def test_local_file_that_is_missing_is_not_found(tmp_path):
    web = Web(IndexSettings())
    assert web.get((tmp_path / "none").as_uri()).status_code == 404
    with pytest.raises(requests.HTTPError, match="404"):
        web.download((tmp_path / "none").as_uri(), tmp_path / "out", progress=False)


def test_local_file_with_a_blank_in_its_name(tmp_path):
    (tmp_path / "a b.html").write_text("<html/>")
    answer = Web(IndexSettings()).get((tmp_path / "a b.html").as_uri())
    assert answer.content == b"<html/>"
    assert answer.headers["Content-Type"] == "text/html"


def test_progress_goes_to_stderr(tmp_path, capsys):
    (tmp_path / "source").write_bytes(b"x" * 1000)
    web = Web(IndexSettings())
    web.download((tmp_path / "source").as_uri(), tmp_path / "target.part", progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "target" in captured.err
