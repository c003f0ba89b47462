"""What a page may do in a browser: a content-security policy for its head."""

import base64
import hashlib


def content_policy(*, style: str, script: str = "", pictures: str = "data:") -> str:
    """Allow one style, one script, and pictures; nothing else.

    Parameters
    ----------
    style : str
        The page's style, as it stands between its tags.
    script : str
        The page's script; none when empty.
    pictures : str
        Where pictures may come from: `data:` for those in the page itself.

    Returns
    -------
    policy : str
        Content of a `meta` element with `http-equiv="Content-Security-Policy"`.
    """
    allowed = ["default-src 'none'", f"img-src {pictures}", f"style-src {_hash(style)}"]
    if script:
        allowed.append(f"script-src {_hash(script)}")
    return "; ".join([*allowed, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
