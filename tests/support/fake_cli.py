"""A small agent CLI that behaves like Claude Code, or badly: a composer between two rules, bracketed paste, hooks.

`python fake_cli.py BEHAVIOUR --session-id ID --settings FILE …`: BEHAVIOUR is a JSON object, the rest is what the claude driver says.
Every prompt that it takes up is a line of JSON in `log`: what a model would have been asked.
"""

from __future__ import annotations

import json
import os
import random
import re
import select
import shlex
import shutil
import subprocess
import sys
import termios
import time
import tty
import unicodedata
from pathlib import Path

START, END = "\x1b[200~", "\x1b[201~"
DEFAULTS = {
    "log": "",
    "ghost": "",  # grey words in the empty composer
    "draft": "",  # stands in the composer at the start
    "swallow": 0,  # so many Enters do nothing
    "deaf": 0,  # so many pastes are lost
    "moody": 0,  # seed: every so often an Enter or, rarely, a paste is lost, and turns last differently long
    "turn": 0.3,  # seconds of work on one prompt
    "restores": False,  # … and puts its prompt back into the composer
    "stops": True,  # Escape ends a turn; no hook tells of it
    "hooks": True,
    "transcript": True,
    "late": 0.0,  # seconds between Enter and the hook
    "slow": 0.0,  # seconds between a paste and its drawing
    "brackets": True,
    "dies_of": "",  # paste | enter
    "silent": False,  # takes Enter and does nothing: no hook, no transcript, no turn
}


class Cli:
    def __init__(self, behaviour: dict[str, object], arguments: list[str]) -> None:
        self.set = {**DEFAULTS, **behaviour}
        self.arguments = arguments
        self.session = self.argument("--session-id") or self.argument("--resume") or "fake"
        settings = self.argument("--settings")
        self.hooks = json.loads(Path(settings).read_text())["hooks"] if settings else {}
        self.text = str(self.set["draft"])
        self.said: list[str] = []
        self.queue: list[str] = []
        self.busy_until = 0.0
        self.pending = ""
        self.mood = random.Random(f"{self.set['moody']} {os.getpid()}") if self.set["moody"] else None

    def is_moody(self, chance: float) -> bool:
        return self.mood is not None and self.mood.random() < chance

    def argument(self, name: str) -> str:
        return self.arguments[self.arguments.index(name) + 1] if name in self.arguments else ""

    def run(self) -> None:
        before = termios.tcgetattr(0)
        tty.setraw(0)
        if self.set["brackets"]:
            os.write(1, b"\x1b[?2004h")
        try:
            self.hook("SessionStart", source="startup")
            if "--" in self.arguments:
                self.take(self.arguments[-1])
            while True:
                self.draw()
                wait = max(0.02, self.busy_until - time.monotonic()) if self.busy_until else 0.5
                if select.select([0], [], [], wait)[0]:
                    data = os.read(0, 65536)
                    if not data or data == b"\x04":
                        return
                    self.read(data.decode("utf-8", "replace"))
                if self.busy_until and time.monotonic() >= self.busy_until:
                    self.rest()
        finally:
            termios.tcsetattr(0, termios.TCSADRAIN, before)

    def read(self, data: str) -> None:
        self.pending += data
        while self.pending:
            if self.pending.startswith(START):
                if END not in self.pending:
                    return
                body, _, self.pending = self.pending[len(START) :].partition(END)
                self.paste(body)
            elif self.pending[0] == "\x1b" and START.startswith(self.pending[: len(START)]) and len(self.pending) > 1:
                return
            else:
                key, self.pending = self.pending[0], self.pending[1:]
                self.key(key)

    def paste(self, body: str) -> None:
        if self.set["dies_of"] == "paste":
            os._exit(3)
        if int(str(self.set["deaf"])) > 0:
            self.set["deaf"] = int(str(self.set["deaf"])) - 1
            return
        if self.is_moody(0.03):
            return
        select.select([], [], [], float(str(self.set["slow"])))
        self.text += body

    def key(self, key: str) -> None:
        if key == "\x1b":
            self.log({"escape": True})
            if self.busy_until and self.set["stops"]:
                self.busy_until = 0.0
                if self.set["restores"]:
                    self.text = self.said.pop(-2).removeprefix("❯ ")
                else:
                    self.said += ["  ⎿  Interrupted · What should Claude do instead?", ""]
        elif key == "\x15":
            before, _, line = self.text.rpartition("\n")
            self.text = f"{before}\n" if before and line else before
        elif key == "\x7f":
            self.text = self.text[:-1]
        elif key != "\r":
            self.text += key
        elif self.set["dies_of"] == "enter":
            os._exit(3)
        elif int(str(self.set["swallow"])) > 0:
            self.set["swallow"] = int(str(self.set["swallow"])) - 1
        elif self.is_moody(0.15):
            pass
        elif self.text.endswith("\\"):
            self.text = self.text[:-1] + "\n"
        elif self.text.strip():
            text, self.text = self.text, ""
            if self.busy_until:
                self.queue.append(text)
            else:
                self.take(text)

    def take(self, text: str) -> None:
        """A prompt: shell and slash commands never reach the model."""
        if self.set["silent"]:
            return
        if text[0] in "!/":
            self.log({"command": text})
            return
        entry: dict[str, object] = {"prompt": text, "run": os.environ.get("GT_RUN", "")}
        if found := re.search(r"Read (/\S+) and act on it\.$", text):
            entry["file"] = Path(found[1]).read_text(encoding="utf-8")
        self.log(entry)
        self.write(text)
        self.said += [f"❯ {text}", ""]
        turn = float(str(self.set["turn"])) * (self.mood.uniform(0.2, 3.0) if self.mood else 1.0)
        self.busy_until = time.monotonic() + turn
        self.draw()
        select.select([], [], [], float(str(self.set["late"])))
        self.hook("UserPromptSubmit", prompt=text)

    def rest(self) -> None:
        self.busy_until = 0.0
        self.said += ["● Done.", ""]
        if self.queue:
            self.take(self.queue.pop(0))
        else:
            self.hook("Stop", last_assistant_message="Done.")

    def log(self, entry: dict[str, object]) -> None:
        if self.set["log"]:
            with open(str(self.set["log"]), "a", encoding="utf-8") as stream:
                stream.write(json.dumps(entry) + "\n")

    def write(self, text: str) -> None:
        place = Path(os.environ.get("CLAUDE_CONFIG_DIR", Path.home() / ".claude"))
        path = place / "projects" / re.sub(r"[^A-Za-z0-9]", "-", os.path.realpath(".")) / f"{self.session}.jsonl"
        if self.set["transcript"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a", encoding="utf-8") as stream:
                stream.write(json.dumps({"type": "user", "message": {"role": "user", "content": text}}, ensure_ascii=False) + "\n")

    def hook(self, event: str, **payload: str) -> None:
        for entry in self.hooks.get(event, []) if self.set["hooks"] else []:
            for one in entry["hooks"]:
                told = {"session_id": self.session, "cwd": str(Path.cwd()), "hook_event_name": event, **payload}
                subprocess.run(shlex.split(one["command"]), input=json.dumps(told).encode(), stdout=subprocess.DEVNULL, check=False)

    def draw(self) -> None:
        columns, rows = shutil.get_terminal_size()
        body = self.said[-(rows - 12) :]
        if self.busy_until:
            body += ["✢ Working… (1s · ↓ 31 tokens)", ""]
        rule = "─" * columns
        ghost = str(self.set["ghost"]) if not self.text else ""
        typed = [f"❯\u00a0\x1b[7m{ghost[0]}\x1b[0;2m{ghost[1:]}\x1b[0m"] if ghost else boxed(self.text, columns)
        lines = [*body, rule, *typed, rule, "  esc to interrupt" if self.busy_until else "  ? for shortcuts"]
        os.write(1, ("\x1b[H\x1b[2J" + "\r\n".join(lines[-rows:])).encode())


def boxed(text: str, columns: int) -> list[str]:
    """The composer's lines, wrapped as Claude Code does, its glyph followed by a no-break space."""
    lines = []
    for line in text.split("\n"):
        rest = line
        while True:
            taken, width = 0, 0
            for taken, character in enumerate(rest, 1):  # noqa: B007
                width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
                if width >= columns - 4:
                    break
            lines.append(rest[:taken])
            rest = rest[taken:]
            if not rest:
                break
    return ["❯\u00a0" + lines[0], *("  " + line for line in lines[1:])]


def main() -> None:
    if "--version" in sys.argv:
        sys.stdout.write("2.1.330 (Claude Code)\n")
        return
    Cli(json.loads(sys.argv[1]), sys.argv[2:]).run()


if __name__ == "__main__":
    main()
