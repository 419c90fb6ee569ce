"""What programs do with their words, as far as risk goes. Pure tables and small readers; nothing is looked up."""

from __future__ import annotations

from gastown_tui.core.risk_git import judge_git
from gastown_tui.core.risk_paths import Finding, Place, is_secret
from gastown_tui.core.risk_words import by_words, secret_variables
from gastown_tui.core.shell_calls import SHELLS, Simple

_LOOKING = frozenset(
    "ls cat head tail wc pwd echo printf grep egrep fgrep rg sort uniq cut diff file stat which type true false test [ [[ tree "
    "du df nl basename dirname realpath readlink cmp comm column tr fold less more jq yq sleep seq id whoami uname ps top "
    "tput clear cd pushd popd export set unset shift read local declare return exit wait trap ulimit umask hash alias help man "
    "md5sum sha1sum sha256sum base64 od strings ag tac rev paste join expr bc let env printenv eval : yes".split()
)
_WRITING = frozenset("touch mkdir tee truncate split csplit".split())
"""Every word that is no option is written."""
_COPYING = frozenset("cp mv ln install rsync scp".split())
"""The last word is written."""
_FETCHING = frozenset(
    "curl wget http https ssh scp sftp ftp telnet nc ncat netcat rsync dig nslookup ping gh glab aws gcloud az".split()
)
_DELETING = frozenset("rm rmdir unlink shred wipe srm".split())
_TAKES_COMMANDS = frozenset(
    "su runuser script ssh chroot nsenter flock parallel expect screen at batch entr watchexec hyperfine taskset chrt unbuffer".split()
)
"""Their words hold a command that is not read here."""
_LOOKING_THAT_RUN = {
    "fd": ("-x", "-X", "--exec"),
    "rg": ("--pre",),
    "less": ("+",),
    "bat": ("--pager",),
    "sort": ("--compress-program",),
}
"""Options with which a program that looks runs another one."""
_HARMLESS_EDITORS = frozenset({"true", ":", "cat", ""})
_STEERING = frozenset(
    "LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT BASH_ENV ENV PATH IFS PYTHONSTARTUP PYTHONHOME NODE_OPTIONS PERL5OPT RUBYOPT EDITOR VISUAL "
    "PAGER GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_SSH GIT_SSH_COMMAND GIT_EXTERNAL_DIFF GIT_DIR GIT_WORK_TREE GIT_ASKPASS "
    "GIT_CONFIG GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_COUNT GIT_EXEC_PATH GIT_TEMPLATE_DIR PROMPT_COMMAND".split()
)
"""Variables that decide what a command runs or where it acts."""
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
        return [*found, *judge_git(words, place)]
    if program in _DELETING:
        return [*found, ("deletes", _shown(plain)), *_outside(plain, place)]
    if program == "find":
        return [*found, *_find(words, place)]
    if program in _WRITING:
        emptied = [("deletes", f"what is in {_shown(plain[-1:])}")] if program == "truncate" else []
        return [*found, *emptied, *_outside(plain[1:] if program.endswith("split") else plain, place)]
    if program in _COPYING:
        return [*found, *_copied(program, words, plain, place)]
    if program in ("chmod", "chown", "chgrp"):
        return [*found, *_outside(plain[1:], place)]
    if program in _FETCHING:
        return [*found, *_fetched(program, words, plain, place)]
    if program in ("printenv", "env", "set", "export") and not plain and program != "set":
        return [*found, ("secrets", "shows every variable")]
    if program == "ps" and plain and "e" in plain[0] and words[0] == plain[0]:
        return [*found, ("secrets", "shows every process's variables")]
    if program in ("date", "hostname"):
        sets = plain if program == "hostname" else [word for word in words if word.startswith(("-s", "--set"))]
        return [*found, ("unknown", f"what {program} sets")] if sets else found
    if program in _LOOKING or program in ("gt", "bd", *_LOOKING_THAT_RUN):
        return [*found, *_looks(program, words, plain, place)]
    if program in _TAKES_COMMANDS:
        who = [("root", "")] if program == "su" else []
        return [*found, *who, ("unknown", f"what {program} runs"), *by_words(" ".join(words))]
    return found + (_special(program, words, plain, place) or _code(call, program, words, plain, place))


def _looks(program: str, words: list[str], plain: list[str], place: Place) -> list[Finding]:
    """Programs that look, with the options that write or run something all the same."""
    if program == "sort":
        return _outside(_value(words, "-o", "--output"), place)
    if program == "uniq":
        return _outside(plain[1:2], place)
    run = [word for word in words if word.startswith(_LOOKING_THAT_RUN.get(program, ("\0",)))]
    return [("unknown", f"{program} runs {_shown(run)}"), *by_words(" ".join(words))] if run else []


def _copied(program: str, words: list[str], plain: list[str], place: Place) -> list[Finding]:
    targets = plain[-1:] if len(plain) > 1 else []
    targets += _value(words, "-t", "--target-directory") if program in ("cp", "mv", "ln") else []
    if program in ("scp", "rsync") and any(":" in word.split("/")[0] for word in plain):
        return [("network", _shown(plain))]
    found = _outside(targets, place)
    if program == "mv":
        # What is moved is gone from where it was.
        found += [*_outside(plain[:-1], place), *([("deletes", _shown(plain[:-1]))] if "/dev/null" in targets else [])]
    if program == "rsync" and any(word.startswith(("--delete", "--remove-source")) for word in words):
        found.append(("deletes", f"what is in {_shown(targets)} alone"))
    if program == "ln":
        found += [("outside", f"a link to {path}") for path in plain[: max(len(plain) - 1, 1)] if _outside([path], place)]
    return found


def _fetched(program: str, words: list[str], plain: list[str], place: Place) -> list[Finding]:
    """Programs that talk to the network, and what they take along or leave here."""
    found: list[Finding] = [] if any(map(_is_address, words)) else [("network", _shown(plain[:1]))]
    targets = _value(words, "-o", "-O", "--output", "-P", "--directory-prefix", "--output-dir") if program != "ssh" else []
    targets += [word[2:] for word in words if program in ("curl", "wget") and word.startswith(("-o", "-P")) and len(word) > 2]
    found += _outside(targets, place)
    sent = [word.rpartition("@")[2] for word in words if "@" in word and program in ("curl", "http", "https")]
    found += [("secrets", path) for path in [*sent, *_value(words, "-T", "--upload-file", "--post-file")] if is_secret(path)]
    losing = [word for word in plain if word in _LOSING_WORDS or word in ("rb", "merge", "close", "archive")]
    if program in ("gh", "glab", "aws", "gcloud", "az") and losing:
        is_merge = losing[0] == "merge"
        found.append(("push", f"{program} {_shown(plain[:2])}") if is_merge else ("deletes", f"{program} {_shown(plain[:2])}"))
    if program == "ssh" and len(plain) > 1:
        found += [("unknown", "what runs on the other host"), *by_words(" ".join(plain[1:]))]
    return found


def _special(program: str, words: list[str], plain: list[str], place: Place) -> list[Finding]:
    """Programs with a meaning of their own; [] for all others."""
    if program in _INSTALLING:
        wanted = _INSTALLING[program]
        if plain[:1] in (["publish"], ["unpublish"]):
            return [("push", f"{program} {plain[0]}"), ("network", "")]
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
        made = _value(words, "-f", "--file") if any("c" in word for word in words[:1]) else []
        made += [words[1]] if program == "tar" and len(words) > 1 and "c" in words[0] and words[0].endswith("f") else []
        made += plain[:1] if program in ("zip", "7z") else []
        return _outside([*_value(words, "-C", "-d", "--directory"), *made], place) or [("runs", program)]
    if program == "sed":
        return _sed(words, plain, place)
    if program in ("awk", "gawk", "mawk"):
        code = plain[0] if plain else ""
        is_plain = not any(sign in code for sign in ("system", ">", "|", "getline", "@"))
        return [("runs", program)] if is_plain else [("unknown", f"what {program} runs or writes"), *by_words(code)]
    if program == "xxd":
        return _outside(plain[1:2], place)
    return []


def _sed(words: list[str], plain: list[str], place: Place) -> list[Finding]:
    script = plain[0] if plain else ""
    # `w FILE` and `e` at the end of an expression write and run.
    odd = any(f"{before}{letter}" in f"/{script}/" for before in "/;{}1234567890$ " for letter in ("w ", "w/", "e/", "e;", "e "))
    found: list[Finding] = [("unknown", "what sed runs or writes"), *by_words(script)] if odd else []
    if any(word.startswith(("-i", "--in-place")) for word in words):
        return [*found, *_outside(plain[1:], place)]
    return found or [("runs", "sed")]


def _code(call: Simple, program: str, words: list[str], plain: list[str], place: Place) -> list[Finding]:
    """Interpreters, build tools and programs that nobody knows."""
    if program in SHELLS:
        is_inner = any(word.startswith("-") and not word.startswith("--") and "c" in word for word in words)
        return [] if is_inner else [("runs", plain[0])] if plain else []
    options = _CODE_OPTIONS.get(_versionless(program), "")
    if options and any(word.startswith("-") and not word.startswith("--") and word[-1] in options for word in words):
        return [("unknown", f"code on the command line of {program}"), *by_words(" ".join(words))]
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
    return [("unknown", f"what {program} does"), *by_words(" ".join(words))]


def judge_variables(call: Simple) -> list[Finding]:
    """What a call's variables risk: those that steer what runs, and secrets that are passed on."""
    set_here = [
        *dict.fromkeys([*call.assigned, *(word for word in call.outer if call.program in ("export", "env") and "=" in word)])
    ]
    found: list[Finding] = []
    for word in set_here:
        name, _, value = word.partition("=")
        if name in _STEERING and value.strip("'\"") not in _HARMLESS_EDITORS:
            found += [("unknown", f"what {name} makes of it"), *by_words(value)]
    passed = [call.words[index] for index in sorted(call.expanded) if index < len(call.words)]
    return found + [("secrets", name) for word in passed for name in secret_variables(word)]


def _versionless(program: str) -> str:
    return program.rstrip("0123456789.") if program.startswith("python") else program


def _find(words: list[str], place: Place) -> list[Finding]:
    starts: list[str] = []
    for word in words:
        if word.startswith(("-", "(", "!")):
            break
        starts.append(word)
    found: list[Finding] = []
    if "-delete" in words:
        found += [("deletes", "what find finds"), *_outside(starts, place)]
    for option in ("-exec", "-execdir", "-ok", "-okdir"):
        if option in words:
            run = words[words.index(option) + 1 :]
            name = run[0].rsplit("/", 1)[-1] if run else ""
            if name in _DELETING:
                found += [("deletes", "what find finds"), *_outside(starts, place)]
            elif name not in _LOOKING:
                found += [("unknown", f"find runs {name}"), *by_words(" ".join(run)), *_outside(starts, place)]
    printed = [words[index + 1] for index, word in enumerate(words[:-1]) if word.startswith(("-fprint", "-fls"))]
    return found + _outside(printed, place)


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
