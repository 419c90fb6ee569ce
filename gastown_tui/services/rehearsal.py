"""Rehearsals: a town whose model is scripted. Starts and stops the scripted server, and seeds a scenario's project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from gastown_tui.core.errors import NotFound, Unavailable
from gastown_tui.core.layout import TownLayout
from gastown_tui.infra.act import kill
from gastown_tui.infra.environment import clean_environment
from gastown_tui.infra.files import private_directory, read_json, write_atomic
from gastown_tui.infra.git import WRITE_TIMEOUT, Git
from gastown_tui.infra.identity import ProcessKey, boot_id, is_alive, start_time
from gastown_tui.services.boot import wait_until

START_LIMIT = 15.0
_STARTED: list[subprocess.Popen[bytes]] = []
"""Kept, because Python complains of a process that is forgotten while it runs; it outlives us on purpose."""
_PACKAGE = Path(__file__).resolve().parents[1]
_AUTHOR = {
    "GIT_AUTHOR_NAME": "gastown",
    "GIT_AUTHOR_EMAIL": "demo@gastown.invalid",
    "GIT_COMMITTER_NAME": "gastown",
    "GIT_COMMITTER_EMAIL": "demo@gastown.invalid",
}


def scenario_directory(name: str) -> Path:
    """Where a shipped scenario lies: scenario.toml, convoy.toml and the project's seed.

    Raises:
        NotFound: there is none of that name.
    """
    directory = _PACKAGE / "rehearsal" / "scenarios" / name
    if "/" in name or not (directory / "scenario.toml").is_file():
        raise NotFound.of("scenario", name)
    return directory


def seed_project(scenario: str, directory: Path) -> Path:
    """Makes a git repository with the scenario's project and one commit; one that is there is left as it is."""
    if (directory / ".git").exists():
        return directory
    draft = directory.with_name(f".new-{directory.name}")
    shutil.rmtree(draft, ignore_errors=True)
    private_directory(directory.parent)
    shutil.copytree(scenario_directory(scenario) / "seed", draft, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    git = Git.checkout(draft)
    git.run("init", "--quiet", "--initial-branch=main", is_write=True)
    git.run("add", "--all", is_write=True, timeout=WRITE_TIMEOUT)
    git.run("commit", "--quiet", "-m", "Begin", is_write=True, timeout=WRITE_TIMEOUT, environment=_AUTHOR)
    draft.rename(directory)
    return directory


def ensure_server(layout: TownLayout, scenario: str, pace: float, keep: Path | None = None) -> str:
    """The base URL of the town's scripted server, started when it does not live.

    Args:
        pace: factor on all pauses; 0 is as fast as possible.
        keep: a new server adds every request's body to this file.

    Raises:
        Unavailable: it does not start; the hint names its log.
    """
    known = read_json(_record(layout))
    if known is not None and _key(known) is not None:
        return str(known["url"])
    private_directory(layout.logs)
    port_file = layout.private / "rehearsal.port"
    port_file.unlink(missing_ok=True)
    log = layout.logs / "rehearsal.log"
    argv = [sys.executable, "-P", "-m", "gastown_tui.rehearsal", "--scenario", scenario, "--pace", f"{pace:g}"]
    argv += ["--port-file", str(port_file), "--gt-command", str(layout.bin / "gt")]
    argv += ["--keep", str(keep)] if keep is not None else []
    passed = {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
    with open(log, "ab") as output:
        child = subprocess.Popen(
            argv,
            cwd=layout.root,
            env={**clean_environment(os.environ), **passed},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    if not wait_until(lambda: port_file.exists() or child.poll() is not None, START_LIMIT) or not port_file.exists():
        child.kill()
        raise Unavailable("the scripted model does not start", hint=f"see {log}")
    _STARTED.append(child)
    url = f"http://127.0.0.1:{port_file.read_text().strip()}"
    record = {"pid": child.pid, "started": start_time(child.pid) or 0.0, "boot": boot_id(), "url": url, "scenario": scenario}
    write_atomic(_record(layout), json.dumps(record))
    return url


def stop_server(layout: TownLayout) -> bool:
    """Ends the scripted server; returns whether it is proven gone."""
    known = read_json(_record(layout))
    key = _key(known) if known is not None else None
    if key is not None and kill.kill_tree(key.pid, key.started):
        return False
    _record(layout).unlink(missing_ok=True)
    return True


def stats(layout: TownLayout) -> dict[str, int]:
    """What the scripted server has counted: model calls, tokens …; empty when it does not answer."""
    known = read_json(_record(layout))
    if known is None:
        return {}
    try:
        with urllib.request.urlopen(f"{known['url']}/rehearsal/stats", timeout=3.0) as answer:
            value = json.loads(answer.read())
    except (OSError, ValueError, urllib.error.URLError):
        return {}
    return {str(name): int(count) for name, count in value.items() if isinstance(count, int)}


def _record(layout: TownLayout) -> Path:
    return layout.private / "rehearsal.json"


def _key(record: dict[str, object]) -> ProcessKey | None:
    """The recorded server's process while it lives."""
    if record.get("boot") != boot_id():
        return None
    key = ProcessKey(int(str(record["pid"])), float(str(record["started"])))
    return key if is_alive(key.pid, key.started) is not False else None
