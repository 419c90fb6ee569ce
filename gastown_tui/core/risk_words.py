"""What a text that is not understood names: code on a command line, words of an unknown program, a cut screen. Pure.

Rather one warning too many: a word says that something is there, never that nothing is.
"""

from __future__ import annotations

from gastown_tui.core.risk_paths import Finding

_WORDS = {
    "rm": "deletes",
    "rmdir": "deletes",
    "unlink": "deletes",
    "shred": "deletes",
    "mkfs": "deletes",
    "rmtree": "deletes",
    "unlinksync": "deletes",
    "rmsync": "deletes",
    "sudo": "root",
    "doas": "root",
    "curl": "network",
    "wget": "network",
    "urlopen": "network",
    "urlretrieve": "network",
    "requests": "network",
    "socket": "network",
    "fetch": "network",
}
"""Whole words."""
_PHRASES = {
    "reset --hard": "loses",
    "git clean": "loses",
    "clean -f": "loses",
    "drop table": "deletes",
    "os.remove": "deletes",
    "file.delete": "deletes",
    "http://": "network",
    "https://": "network",
    ".ssh": "secrets",
    ".env": "secrets",
    "id_rsa": "secrets",
    ".aws/": "secrets",
    ".gastown": "town",
    "xargs rm": "deletes",
}
_SECRET_ENDS = ("APIKEY", "API_KEY", "_KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIALS")
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def by_words(text: str) -> list[Finding]:
    """What its words name; the phrases that are not told apart have no subject."""
    low = text.lower()
    found = {kind for phrase, kind in _PHRASES.items() if phrase in low}
    word = ""
    words: set[str] = set()
    for char in f"{low} ":
        if char.isalnum() or char == "_":
            word += char
        elif word:
            words.add(word)
            word = ""
    found |= {kind for one, kind in _WORDS.items() if one in words}
    if "push" in words and ("--force" in low or " -f" in low or "--mirror" in low):
        found.add("force_push")
    elif "push" in words and "git" in words:
        found.add("push")
    return [(kind, "") for kind in sorted(found)]


def secret_variables(word: str) -> list[str]:
    """Names of variables in a word that the shell expands, when they look like keys and tokens."""
    found, index = [], word.find("$")
    while index >= 0:
        start = index + 2 if word[index + 1 : index + 2] == "{" else index + 1
        stop = start
        while stop < len(word) and word[stop] in _NAME:
            stop += 1
        name = word[start:stop]
        if name.endswith(_SECRET_ENDS):
            found.append(f"${name}")
        index = word.find("$", max(stop, index + 1))
    return found
