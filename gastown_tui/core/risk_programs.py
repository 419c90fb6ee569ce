"""What programs do with their words, as far as risk goes. Pure tables and small readers; nothing is looked up."""

from __future__ import annotations

from gastown_tui.core.risk_paths import Finding, Place, is_secret
from gastown_tui.core.shell_calls import SHELLS, Simple

_LOOKING = frozenset(
    "ls cat head tail wc pwd echo printf grep egrep fgrep rg sort uniq cut diff file stat which type true false test [ [[ date tree "
    "du df nl basename dirname realpath readlink cmp comm column tr fold less more jq yq sleep seq id whoami uname hostname ps top "
    "tput clear cd pushd popd export set unset shift read local declare return exit wait trap ulimit umask hash alias help man "
    "md5sum sha1sum sha256sum base64 xxd od strings bat fd ag tac rev paste join expr bc let env printenv".split()
)
_WRITING = frozenset("touch mkdir tee truncate".split())
"""Every word that is no option is written."""
_COPYING = frozenset("cp mv ln install rsync scp".split())
"""The last word is written."""
_FETCHING = frozenset(
    "curl wget http https ssh scp sftp ftp telnet nc ncat netcat rsync dig nslookup ping gh glab aws gcloud az".split()
)
_DELETING = frozenset("rm rmdir unlink shred wipe srm".split())
_INSTALLING: dict[str, frozenset[str]] = {
    "pip": frozenset({"install", "uninstall", "download"}),
    "pip3": frozenset({"install", "uninstall", "download"}),
    "pipx": frozenset({"install", "run", "upgrade"}),
    "uv": frozenset({"add", "sync", "pip", "tool", "remove", "lock"}),
    "uvx": frozenset(),
    "npx": frozenset(),
    "npm": frozenset({"install", "i", "ci", "add", "update", "uninstall", "exec", "publish", "link"}),
    "pnpm": frozenset({"install", "i", "add", "update", "remove", "dlx"}),
    "yarn": frozenset({"install", "add", "upgrade", "remove", "dlx"}),
    "bun": frozenset({"install", "add", "remove", "x"}),
    "poetry": frozenset({"install", "add", "update", "remove"}),
    "cargo": frozenset({"install", "add", "update", "publish"}),
    "go": frozenset({"install", "get"}),
    "gem": frozenset({"install", "update", "uninstall"}),
    "bundle": frozenset({"install", "update", "add"}),
    "apt": frozenset({"install", "remove", "purge", "upgrade", "update", "autoremove"}),
    "apt-get": frozenset({"install", "remove", "purge", "upgrade", "update", "autoremove"}),
    "brew": frozenset({"install", "uninstall", "upgrade", "update"}),
    "dnf": frozenset({"install", "remove", "upgrade"}),
    "yum": frozenset({"install", "remove", "update"}),
    "pacman": frozenset(),
    "apk": frozenset({"add", "del", "upgrade"}),
    "conda": frozenset({"install", "remove", "update", "create"}),
    "composer": frozenset({"install", "update", "require", "remove"}),
}
"""Package manager → its subcommands that change what is installed; none listed means all of them."""
_RUNNING = frozenset(
    "python python2 python3 node deno bun ruby perl php lua Rscript make cmake ninja gradle mvn npm pnpm yarn npx uv uvx cargo go tox "
    "nox pytest just task rake dotnet java javac gcc g++ cc clang rustc tsc swift zig bazel ctest ruff mypy black eslint prettier jest "
    "vitest pre-commit awk gawk sed vim ed emacs".split()
)
_CODE_OPTIONS = {"python": "c", "python2": "c", "python3": "c", "node": "ep", "ruby": "e", "perl": "eE", "php": "r", "lua": "e"}
_ENDING = frozenset("kill pkill killall shutdown reboot poweroff halt systemctl service".split())
_DISKS = frozenset("mkfs dd fdisk parted wipefs mkswap".split())
_DATABASES = frozenset("psql mysql sqlite3 mongo mongosh redis-cli".split())
_CONTAINERS = frozenset("docker podman kubectl helm terraform tofu docker-compose".split())
_LOSING_WORDS = frozenset({"delete", "destroy", "rm", "rmi", "prune", "down", "kill", "uninstall"})


def judge_program(call: Simple, place: Place) -> list[Finding]:
    """What one program call risks."""
    program, words = call.program, call.words[1:]
    plain = [word for word in words if not word.startswith("-")]
    found: list[Finding] = [("secrets", word) for word in words if is_secret(word)]
    found += [("network", word) for word in words if _is_address(word)]
    found += _town(words, place)
    if not program:
        return found if call.words[0].startswith(("$GT", "${GT}")) else [*found, ("unknown", "the program's name is computed")]
    if program in ("cd", "pushd"):
        place.enter(plain[0] if plain else "~")
        return found
    if program == "git":
        return [*found, *_git(words, place)]
    if program in _DELETING:
        return [*found, ("deletes", _shown(plain)), *_outside(plain, place)]
    if program == "find":
        return [*found, *_find(words)]
    if program in _WRITING:
        return [*found, *_outside(plain, place)]
    if program in _COPYING:
        targets = plain[-1:] if len(plain) > 1 else []
        targets += _value(words, "-t") if program in ("cp", "mv", "ln") else []
        far = program in ("scp", "rsync") and any(":" in word.split("/")[0] for word in plain)
        return [*found, *(_outside(targets, place) if not far else [("network", _shown(plain))])]
    if program in ("chmod", "chown", "chgrp"):
        return [*found, *_outside(plain[1:], place)]
    if program in _FETCHING:
        return [*found, ("network", _shown(plain[:1])), *_outside(_value(words, "-o", "-O", "--output"), place)]
    if program in ("printenv", "env", "set", "export") and not plain and program != "set":
        return [*found, ("secrets", "shows every variable")]
    if program in _LOOKING or program in ("gt", "bd"):
        return found
    return found + (_special(program, words, plain, place) or _code(call, program, words, plain, place))


def _special(program: str, words: list[str], plain: list[str], place: Place) -> list[Finding]:
    """Programs with a meaning of their own; [] for all others."""
    if program in _INSTALLING:
        wanted = _INSTALLING[program]
        if not wanted or (plain and plain[0] in wanted):
            return [("installs", _shown(plain[1:] if wanted else plain)), ("network", "")]
    if program in _ENDING:
        return [("ends", _shown(plain))]
    if program in _DISKS or program.startswith("mkfs."):
        targets = [word[3:] for word in words if word.startswith("of=")]
        return [("deletes", f"{program} {_shown(targets or plain)}".strip()), *_outside(targets, place)]
    if program in _DATABASES:
        low = " ".join(words).lower()
        losing = [word for word in ("drop ", "delete ", "truncate ", "flushall", "flushdb") if word in low]
        return [("deletes", f"data: {losing[0].strip()}")] if losing else [("unknown", f"what {program} changes")]
    if program in _CONTAINERS:
        losing = [word for word in plain if word in _LOSING_WORDS]
        return [("deletes", f"{program} {losing[0]}")] if losing else [("unknown", f"what {program} changes")]
    if program == "tmux":
        return [("ends", "tmux")] if any(word.startswith("kill") for word in plain) else [("unknown", "what tmux does")]
    if program == "crontab":
        return [("outside", "crontab")]
    if program in ("tar", "unzip", "zip", "gzip", "gunzip", "bzip2", "xz", "7z", "patch"):
        return _outside(_value(words, "-C", "-d", "--directory"), place) or [("runs", program)]
    if program == "sed" and any(word.startswith(("-i", "--in-place")) for word in words):
        return _outside(plain[1:], place)
    if program == "sed":
        return [("unknown", "what sed would run")] if any(";e" in word or word == "e" for word in plain[:1]) else [("runs", "sed")]
    return []


def _code(call: Simple, program: str, words: list[str], plain: list[str], place: Place) -> list[Finding]:
    """Interpreters, build tools and programs that nobody knows."""
    if program in SHELLS:
        is_inner = any(word.startswith("-") and not word.startswith("--") and "c" in word for word in words)
        return [] if is_inner else [("runs", plain[0])] if plain else []
    options = _CODE_OPTIONS.get(_versionless(program), "")
    if options and any(word.startswith("-") and not word.startswith("--") and word[-1] in options for word in words):
        return [("unknown", f"code on the command line of {program}")]
    if options and (call.is_fed or call.reads) and not plain:
        return [("unknown", f"{program} runs its input")]
    if program in _RUNNING or _versionless(program) in _RUNNING:
        if program in ("make", "npm", "pnpm", "yarn") and any(
            word in ("install", "deploy", "publish", "release") for word in plain
        ):
            return [("unknown", f"{program} {_shown(plain)}")]
        return [("runs", " ".join([program, *plain[:2]]))]
    if call.words[0].startswith(("./", "../")) or "/" in call.words[0]:
        return [("runs", call.words[0])]
    return [("unknown", f"what {program} does")]


def _versionless(program: str) -> str:
    return program.rstrip("0123456789.") if program.startswith("python") else program


def _git(words: list[str], place: Place) -> list[Finding]:
    index, found = 0, []
    while index < len(words) and words[index].startswith("-"):
        if words[index] == "-C" and index + 1 < len(words):
            place = Place(place.whole(words[index + 1]) or "", place.worktree, place.town)
        if words[index] == "-c" and index + 1 < len(words) and words[index + 1].startswith(("core.", "alias.", "diff.", "filter.")):
            found.append(("unknown", f"git -c {words[index + 1]}"))
        index += 2 if words[index] in ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path") else 1
    if index >= len(words):
        return []
    name, rest = words[index], words[index + 1 :]
    plain = [word for word in rest if not word.startswith("-")]
    options = {word.partition("=")[0] for word in rest if word.startswith("-")}
    short = "".join(word[1:] for word in options if not word.startswith("--"))
    if name == "push":
        is_forced = "f" in short or bool(options & {"--force", "--force-with-lease", "--mirror", "--prune"})
        deletes = "d" in short or "--delete" in options or any(word.startswith(":") for word in plain)
        is_forced = is_forced or any(word.startswith("+") for word in plain)
        kinds = [("force_push", _shown(plain))] if is_forced else [("push", _shown(plain))]
        return [*found, *kinds, *([("deletes", "a branch on the remote")] if deletes else []), ("network", "")]
    losing = (
        (name == "reset" and bool(options & {"--hard", "--merge", "--keep"}))
        or name in ("clean", "filter-branch", "filter-repo", "gc", "prune", "update-ref", "replace")
        or (name in ("checkout", "switch") and ("f" in short or "--force" in options or "--" in rest or "." in plain))
        or (name == "restore" and not (options & {"--staged", "-S"}))
        or (name == "branch" and ("D" in short or "d" in short or "--delete" in options or "f" in short))
        or (name == "tag" and ("d" in short or "f" in short))
        or (name == "stash" and plain[:1] in (["drop"], ["clear"]))
        or (name == "reflog" and plain[:1] in (["expire"], ["delete"]))
        or (name == "worktree" and plain[:1] in (["remove"], ["prune"]))
    )
    if losing:
        return [*found, ("loses", f"git {name} {_shown(rest)}".strip())]
    if name == "rm" and "--cached" not in options:
        return [*found, ("deletes", _shown(plain))]
    if name in ("fetch", "pull", "clone", "ls-remote", "submodule"):
        return [*found, ("network", ""), *(_outside(plain[1:2], place) if name == "clone" else [])]
    if name in ("init", "archive", "bundle", "format-patch"):
        return [*found, *_outside(plain[:1] if name == "init" else _value(rest, "-o", "--output"), place)]
    if name in ("config", "remote") and ("--global" in options or "--system" in options):
        return [*found, ("outside", "git's settings of the user")]
    return found


def _find(words: list[str]) -> list[Finding]:
    if "-delete" in words:
        return [("deletes", "what find finds")]
    for option in ("-exec", "-execdir", "-ok", "-okdir"):
        if option in words:
            run = words[words.index(option) + 1 : words.index(option) + 2]
            name = run[0].rsplit("/", 1)[-1] if run else ""
            if name in _DELETING:
                return [("deletes", "what find finds")]
            return [] if name in _LOOKING else [("unknown", f"find runs {name}")]
    return [("unknown", "where find writes")] if any(word.startswith("-fprint") for word in words) else []


def _town(words: list[str], place: Place) -> list[Finding]:
    """Words that name the town's own files, alone or after `=`."""
    found = []
    for word in words:
        part = word.rpartition("=")[2]
        whole = place.whole(part) if "/" in part or part.startswith(".gastown") else None
        if whole is not None and place.is_private(whole):
            found.append(("town", part))
    return found


def _outside(paths: list[str], place: Place) -> list[Finding]:
    return [finding for path in paths for finding in place.written(path)]


def _is_address(word: str) -> bool:
    for scheme in ("http://", "https://", "ftp://", "ssh://", "git@"):
        at = word.find(scheme)
        if at >= 0:
            host = word[at + len(scheme) :]
            return not host.startswith(("127.0.0.1", "localhost", "[::1]"))
    return False


def _value(words: list[str], *options: str) -> list[str]:
    """The values of an option: `-o x`, `--output=x`."""
    found = []
    for index, word in enumerate(words):
        if word in options and index + 1 < len(words):
            found.append(words[index + 1])
        found += [word[len(option) + 1 :] for option in options if option.startswith("--") and word.startswith(f"{option}=")]
    return found


def _shown(words: list[str]) -> str:
    text = " ".join(words[:4])
    return f"{text[:80]}…" if len(text) > 80 or len(words) > 4 else text
