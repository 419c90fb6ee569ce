"""What a shell command is read into: program calls with their words, and the programs that wrap another one. Pure, no imports."""

from __future__ import annotations

SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash"})
WRAPPERS = frozenset(
    "sudo doas env command exec nohup time nice ionice timeout xargs stdbuf setsid builtin busybox strace watch unshare fakeroot".split()
)
"""Programs whose last words are another command."""
_VALUED = {
    "sudo": "ugCDhprRtT",
    "doas": "uC",
    "env": "uCS",
    "nice": "n",
    "ionice": "cnp",
    "timeout": "ks",
    "xargs": "IiLnPsdEa",
    "stdbuf": "ioe",
    "exec": "a",
    "time": "fo",
    "strace": "eopsP",
    "watch": "nqs",
}
"""Wrapper → letters of its options that take a value."""


class Simple:
    """One program call.

    `words` have no quotes; what the shell would expand stays as it is written, and the index of such a word is in
    `expanded`. `outer` is the call as it is written, with the assignments before it and the wrappers around it.
    """

    __slots__ = ("assigned", "expanded", "is_fed", "outer", "reads", "words", "wrappers", "writes")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.expanded: set[int] = set()
        self.assigned: list[str] = []
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.is_fed = False
        """Whether its input comes from a pipe or a here-document."""
        self.outer: list[str] = []
        self.wrappers: list[str] = []

    @property
    def program(self) -> str:
        """The program's name without its directory; "" when there is none or the shell would compute it."""
        return "" if not self.words or 0 in self.expanded else self.words[0].rsplit("/", 1)[-1]


class Reading:
    """A command, read: all its calls in order, those inside substitutions, subshells and `sh -c` included."""

    __slots__ = ("calls", "has_substitution", "unread")

    def __init__(self) -> None:
        self.calls: list[Simple] = []
        self.unread = ""
        """Why it cannot be read wholly, "" when it can."""
        self.has_substitution = False


def wrapper_length(name: str, words: list[str]) -> int:
    """How many words belong to the wrapper itself."""
    index = 1
    while index < len(words):
        word = words[index]
        if word == "--":
            return index + 1
        if word.startswith("-") and word != "-":
            takes = not word.startswith("--") and word[-1] in _VALUED.get(name, "") and len(word) == 2
            index += 2 if takes else 1
        elif name in ("env", "sudo") and "=" in word.partition("/")[0]:
            index += 1
        elif name == "timeout" and index == _after_options(words):
            index += 1
            return index
        else:
            break
    return min(index, len(words))


def _after_options(words: list[str]) -> int:
    index = 1
    while index < len(words) and words[index].startswith("-"):
        index += 2 if words[index] in ("-k", "-s") else 1
    return index
