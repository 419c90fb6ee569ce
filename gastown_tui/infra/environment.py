"""What of our own environment goes on to others: a list of what is let through, so that nothing leaks by being new."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = frozenset(
    {
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "PATH",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "COLORTERM",
        "SSH_AUTH_SOCK",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    }
)
_PREFIXES = ("LC_", "XDG_")
_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


def clean_environment(source: Mapping[str, str], **more: str) -> dict[str, str]:
    """The part of `source` that every child may have, with `more` on top.

    Left out by design: TMUX, CLAUDECODE, NODE_OPTIONS, PYTHON*, GIT_*, GT_*, LD_* and every key or token.
    """
    kept = {name: value for name, value in source.items() if name.upper() in _NAMES or name.startswith(_PREFIXES)}
    kept.setdefault("PATH", _DEFAULT_PATH)
    return {**kept, **more}
