"""HTTP through `requests`, for index pages and for large files that may be cut off."""

import io
import mimetypes
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from tqdm import tqdm
from unearth.fetchers import DEFAULT_SECURE_ORIGINS
from urllib3.util import Retry

from neuro.datasets.pip_config import IndexSettings

CHUNK = 1 << 15
"""Bytes written at a time; as many are lost when a connection is cut."""
TIMEOUT = (15.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes."""


class Web:
    """One `requests` session that `unearth` can use too.

    Certificates, proxies and passwords are found where `requests` looks (REQUESTS_CA_BUNDLE,
    HTTPS_PROXY, .netrc, the URL itself), else where pip does.

    Parameters
    ----------
    settings : IndexSettings
        Trusted hosts, certificates and proxy.

    Attributes
    ----------
    problems : list of str
        Answers other than success, `host: HTTP 404 Not Found`; `unearth` only logs them.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self.problems: list[str] = []
        self._trusted = settings.trusted_hosts
        self._session = requests.Session()
        retry = Retry(total=2, backoff_factor=0.2, status_forcelist=(502, 503, 504))
        retry.raise_on_status = False
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))
        self._session.mount("file://", _LocalFiles())
        if settings.cert:
            self._session.verify = settings.cert
        if settings.proxy:
            self._session.proxies = {"http": settings.proxy, "https": settings.proxy}

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Get a page."""
        return self._request("GET", url, headers)

    def head(self, url: str, *, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Get a page's headers."""
        return self._request("HEAD", url, headers)

    def iter_secure_origins(self) -> Iterable[tuple[str, str, str]]:
        """Scheme, host and port of what `unearth` may talk to."""
        yield from DEFAULT_SECURE_ORIGINS
        for trusted in self._trusted:
            host, _, port = trusted.partition(":")
            yield ("*", host, port or "*")

    def download(self, url: str, path: Path, progress: bool) -> None:
        """Download a file; go on after what `path` holds already when the server can.

        Parameters
        ----------
        url : str
            The file.
        path : Path
            Where to write. On an error it keeps what was received.
        progress : bool
            Show progress on stderr.

        Raises
        ------
        requests.RequestException
            If the server cannot be reached, refuses, or hangs up early.
        """
        have = path.stat().st_size if path.exists() else 0
        # No compression on the way: the checksum is that of the file as it lies there.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with self._request("GET", url, headers, stream=True) as response:
            begins = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if have and (response.status_code == 416 or (response.status_code == 206) != begins):
                path.unlink()  # what is there does not fit what the server has
                self.download(url, path, progress)
                return
            response.raise_for_status()
            _receive(response, path, have if response.status_code == 206 else 0, progress)

    def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None, stream: bool = False
    ) -> requests.Response:
        parts = urlsplit(url)
        trusted = {parts.hostname, parts.netloc.rpartition("@")[2]} & set(self._trusted)
        response = self._session.request(
            method,
            url,
            headers=dict(headers or {}),
            stream=stream,
            timeout=TIMEOUT,
            verify=False if trusted else None,
        )
        if response.status_code >= 400:
            self.problems.append(
                f"{parts.hostname or url}: HTTP {response.status_code} {response.reason}"
            )
        return response


def _receive(response: requests.Response, path: Path, have: int, progress: bool) -> None:
    """Write a response's body behind the first `have` bytes of a file."""
    length = int(response.headers.get("Content-Length", 0))
    total = have + length if length else None
    done = have
    with (
        path.open("ab" if have else "wb") as file,
        tqdm(
            desc=path.name.removesuffix(".part"),
            total=total,
            initial=have,
            unit="B",
            unit_scale=True,
            disable=not progress,
            mininterval=0.5 if sys.stderr.isatty() else 10.0,
        ) as bar,
    ):
        for chunk in response.iter_content(CHUNK):
            file.write(chunk)
            done += len(chunk)
            bar.update(len(chunk))
    if total is not None and done < total:
        raise requests.ConnectionError(f"connection closed after {done} of {total} bytes")


class _LocalFiles(BaseAdapter):
    """`file://` URLs: pip's configuration may point to an index on a disk."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = request.url or ""
        path = Path(url2pathname(unquote(urlsplit(url).path)))
        response = requests.Response()
        response.url, response.request = url, request
        if path.is_file():
            response.status_code, response.reason = 200, "OK"
            response.headers["Content-Type"] = mimetypes.guess_type(path.name)[0] or "text/plain"
            response.headers["Content-Length"] = str(path.stat().st_size)
            response.raw = path.open("rb")
        else:
            response.status_code, response.reason = 404, "Not Found"
            response.raw = io.BytesIO()
        return response

    def close(self) -> None:
        pass
