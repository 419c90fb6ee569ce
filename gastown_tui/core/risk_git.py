"""What a call of git risks, by its words. Pure tables and small readers; nothing is looked up."""

from __future__ import annotations

from gastown_tui.core.risk_paths import Finding, Place
from gastown_tui.core.risk_words import by_words

VALUED = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"})
"""Options of git itself whose value is the next word."""
_LOOKING = frozenset(
    "status diff log show branch ls-files grep blame rev-parse merge-base describe shortlog cat-file ls-tree reflog rev-list "
    "name-rev for-each-ref show-ref var version help whatchanged diff-tree diff-index check-ignore count-objects".split()
)
"""Subcommands that change nothing, apart from their options below."""
_RUNNING_OPTIONS = ("--exec", "--open-files-in-pager", "--upload-pack", "--receive-pack", "--ext-diff", "--textconv", "--extcmd")
_LOSING = frozenset(
    {"clean", "filter-branch", "filter-repo", "gc", "prune", "update-ref", "replace", "checkout-index", "read-tree"}
)
_HARMLESS_SETTINGS = (
    "user.",
    "color.",
    "commit.",
    "log.",
    "push.default",
    "pull.",
    "rebase.",
    "merge.conflict",
    "init.",
    "advice.",
)


def judge_git(words: list[str], place: Place) -> list[Finding]:
    """What `git WORDS` risks."""
    index, found = 0, []
    while index < len(words) and words[index].startswith("-"):
        name, _, value = words[index].partition("=")
        if name in VALUED and not value and index + 1 < len(words):
            index, value = index + 1, words[index + 1]
        if name in ("-C", "--work-tree", "--git-dir"):
            directory = value.removesuffix("/.git") if name == "--git-dir" else value
            place = Place(place.whole(directory) or "", place.worktree, place.town)
        if name == "-c" and not value.startswith(_HARMLESS_SETTINGS):
            found.append(("unknown", f"git -c {value}"))
        index += 1
    if index >= len(words):
        return found
    name, rest = words[index], words[index + 1 :]
    found += _acts(name, rest, place)
    if name not in _LOOKING and name not in ("push", "clone", "init") and place.directory is not None:
        found += [("outside", place.directory)] if not place.is_inside(place.directory) else []
    return [*found, *_runs(name, rest), *_output(rest, place)]


def _acts(name: str, rest: list[str], place: Place) -> list[Finding]:
    plain = [word for word in rest if not word.startswith("-")]
    options = {word.partition("=")[0] for word in rest if word.startswith("-")}
    short = "".join(word[1:] for word in options if not word.startswith("--"))
    if name == "push":
        return _push(plain, options, short)
    if _loses(name, rest, plain, options, short):
        return [("loses", f"git {name} {_shown(rest)}".strip())]
    if name == "rm" and "--cached" not in options:
        return [("deletes", _shown(plain))]
    if name in ("fetch", "pull", "clone", "ls-remote", "submodule", "remote-http", "svn", "lfs", "send-email"):
        place_of_it = place.written(plain[1]) if name == "clone" and len(plain) > 1 else []
        return [("network", ""), *place_of_it]
    if name in ("init", "bundle", "format-patch", "archive"):
        targets = plain[:1] if name == "init" else plain[1:2] if name == "bundle" else []
        return [finding for path in targets for finding in place.written(path)]
    if name in ("config", "remote") and options & {"--global", "--system"}:
        return [("outside", "git's settings of the user")]
    if name == "config" and len(plain) > 1 and not plain[0].startswith(_HARMLESS_SETTINGS):
        return [("unknown", f"git config {plain[0]}")]
    if name == "worktree" and plain[:1] in (["add"], ["move"]):
        return [finding for path in plain[-1:] for finding in place.written(path)]
    if name == "apply" and options & {"--unsafe-paths", "--directory"}:
        return [("unknown", "where the patch writes")]
    return []


def _push(plain: list[str], options: set[str], short: str) -> list[Finding]:
    is_forced = "f" in short or bool(options & {"--force", "--force-with-lease", "--mirror", "--prune"})
    is_forced = is_forced or any(word.startswith("+") for word in plain)
    deletes = "d" in short or "--delete" in options or any(word.startswith(":") for word in plain)
    kinds = [("force_push", _shown(plain))] if is_forced else [("push", _shown(plain))]
    return [*kinds, *([("deletes", "a branch on the remote")] if deletes else []), ("network", "")]


def _loses(name: str, rest: list[str], plain: list[str], options: set[str], short: str) -> bool:
    if name == "clean":
        return "n" not in short and "--dry-run" not in options
    if name in ("checkout", "switch"):
        creates = "b" in short or "c" in short or "--orphan" in options
        # One word with an ending is a file, two words are a revision and files: both are overwritten.
        named = not creates and (len(plain) > 1 or any("." in word.rpartition("/")[2] for word in plain))
        forced = bool(set("fBC") & set(short)) or "--force" in options or "--discard-changes" in options
        return forced or "--" in rest or (name == "checkout" and named)
    return (
        name in _LOSING
        or (name == "reset" and bool(options & {"--hard", "--merge", "--keep"}))
        or (name == "restore" and not (options & {"--staged", "-S"}))
        or (name == "branch" and (bool(set("DdfMC") & set(short)) or bool(options & {"--delete", "--force"})))
        or (name == "tag" and ("d" in short or "f" in short or bool(options & {"--delete", "--force"})))
        or (name == "stash" and plain[:1] in (["drop"], ["clear"]))
        or (name == "reflog" and plain[:1] in (["expire"], ["delete"]))
        or (name == "worktree" and plain[:1] in (["remove"], ["prune"]))
    )


def _runs(name: str, rest: list[str]) -> list[Finding]:
    """Commands that git is told to run."""
    told = [word for index, word in enumerate(rest) if index and rest[index - 1] in ("-x", "--exec")] if name == "rebase" else []
    told += rest[1:] if name == "bisect" and rest[:1] == ["run"] else []
    told += rest[1:] if name == "submodule" and rest[:1] == ["foreach"] else []
    told += [word for word in rest if word.startswith(_RUNNING_OPTIONS) or (name == "grep" and word.startswith("-O"))]
    return [("unknown", f"git {name} runs {_shown(told)}"), *by_words(" ".join(told))] if told else []


def _output(rest: list[str], place: Place) -> list[Finding]:
    """`--output=FILE` of git's printing subcommands, and `-o` of some."""
    paths = [word.partition("=")[2] for word in rest if word.startswith(("--output=", "--output-directory="))]
    paths += [rest[index + 1] for index, word in enumerate(rest[:-1]) if word in ("--output", "-o")]
    return [finding for path in paths for finding in place.written(path)]


def _shown(words: list[str]) -> str:
    text = " ".join(words[:4])
    return f"{text[:80]}…" if len(text) > 80 or len(words) > 4 else text
