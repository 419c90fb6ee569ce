"""The first lines of the `gt-hook` command, in sh: they let pass what the guard would pass, without starting Python.

Starting Python costs 9 ms of CPU and an agent calls a tool every few seconds, so a town of fifty would pay a fifth of a core
for hooks that say nothing. What these lines are not sure of goes to the guard, which decides as if they were not there. The first
line of the compiled rules names the tools that they are about.
"""

from __future__ import annotations

import shlex

from gastown_tui.core.risk import SHELL_TOOLS
from gastown_tui.hook.guard import PRIVATE_NAMES, SUSPICIOUS, TOWN_WORDS

SHELLS = ("Bash", *sorted(SHELL_TOOLS))
READERS = ("Read", "read", "read_file")
EDITORS = ("Edit", "Write", "MultiEdit", "NotebookEdit", "edit", "write", "write_file", "replace")
"""Tools by the names that CLIs give them. The guard looks into shells and editors, standing rules into what they name."""

_TEXT = """\
is_elsewhere() {{
  path=${{call#*'"tool_input":{{"file_path":"'}}
  path=${{path%%'"'*}}
  case $path in *'\\'*) return 1 ;; /*) ;; *) return 1 ;; esac
  [ -L "$path" ] && return 1
  place=$(cd -P -- "${{path%/*}}/" 2>/dev/null && pwd -P) || return 1
  case $path$place in {private}) return 1 ;; esac
}}
passes() {{
  rules='{{"tools": ['
  if [ -e "$GT_TOWN/.gastown/rules.json" ]; then IFS= read -r rules < "$GT_TOWN/.gastown/rules.json"; fi
  tool=${{call#*'"tool_name":"'}}
  tool=${{tool%%'"'*}}
  case $tool in
    {shells}) tool=Bash ;;
    {readers}) tool=Read ;;
    {editors}) is_elsewhere || return 1 ;;
    ''|*[!A-Za-z0-9_.-]*) return 1 ;;
  esac
  case $rules in
    *[*?]*|*"\\"$tool\\""*) return 1 ;;
    '{{"tools": ['*) ;;
    *) return 1 ;;
  esac
  [ "$tool" = Bash ] || return 0
  case ${{call#*'"tool_input"'}} in {words}) return 1 ;; esac
}}
if [ "$1" = PreToolUse ] && [ ! -e "$GT_TOWN/.gastown/estop" ]; then
  call=$(cat)
  if passes; then exit 0; fi
  printf %s "$call" | {python} "$@"
  exit 0
fi
exec {python} "$@"
"""


def lines(python: str) -> str:
    """What follows `#!/bin/sh`.

    Args:
        python: the command that runs the hook, quoted for a shell.
    """
    return _TEXT.format(
        shells="|".join(SHELLS),
        readers="|".join(READERS),
        editors="|".join(EDITORS),
        words=_any_of(*SUSPICIOUS, *TOWN_WORDS),
        private=_any_of(*PRIVATE_NAMES),
        python=python,
    )


def _any_of(*words: str) -> str:
    return "|".join(f"*{shlex.quote(word)}*" for word in words)
