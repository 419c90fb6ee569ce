"""`gt-hook EVENT`: what an agent CLI's hooks call. Reads the CLI's JSON on stdin, reports to the telemetry.

It runs on every tool call of every agent, so it stays below 35 ms of CPU: the standard library only, and nothing
of it that is slow to import (typing, dataclasses, pathlib). It always exits 0, because a CLI reads any other status
as a verdict on the agent's act. What the database cannot take goes into the town's spool.
"""

from __future__ import annotations

import os
import sys
import time

INPUT_LIMIT = 8_000_000
"""Bytes read from the CLI: a Write of a big file comes whole."""
DETAIL_LIMIT = 500
LOGGED_TEXT_LIMIT = 4_000
"""Characters of a prompt or an answer that are kept: enough to find a message's id in it."""
BUSY_SECONDS = 2.0
"""Longest wait for the telemetry before the report goes to the spool; the CLI kills a hook after 10 s."""
SPOOL_LIMIT = 1_000
"""Files in the spool after which reports are dropped: a broken town must not fill the disk."""
LOG_LIMIT = 200_000
"""Bytes of the hooks' own error log."""


def main() -> int:
    """Entry point. Returns 0 whatever happens."""
    event = sys.argv[1] if len(sys.argv) > 1 else ""
    town = os.environ.get("GT_TOWN", "")
    try:
        if event and town and os.environ.get("GT_RUN") and os.path.isdir(os.path.join(town, ".gastown")):  # noqa: PTH112, PTH118 - pathlib alone costs 15 ms
            answer = handle(event, read_payload(), town) if "GT_DIALECT" not in os.environ else _translated(event, town)
            if answer:
                os.write(1, answer.encode())
    except Exception as error:  # noqa: BLE001 - a hook that fails would stop the agent's tool call
        complain(town, event, error)
    return 0


def read_payload() -> dict[str, object]:
    """The CLI's JSON object from stdin, or an empty one when it is anything else."""
    from gastown_tui.hook import lean

    if sys.stdin is None or sys.stdin.isatty():
        return {}
    try:
        found = lean.parse(sys.stdin.buffer.read(INPUT_LIMIT).decode().lstrip())
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _translated(event: str, town: str) -> str:
    """For a CLI with words of its own."""
    from gastown_tui.hook import dialects

    event, payload = dialects.as_question(event, read_payload())
    return dialects.worded(event, handle(event, dialects.common(payload), town))


def handle(event: str, payload: dict[str, object], town: str) -> str:
    """Reports one event and returns what the CLI is told on stdout ("" for nothing)."""
    from gastown_tui.hook import claims

    if event == "PermissionRequest":
        from gastown_tui.hook import ask

        return ask.ask(payload, town)
    answer, rule = "", None
    if event == "PreToolUse":
        from gastown_tui.hook import guard

        answer, rule = guard.verdict(payload, town)
        if not answer:
            return ""  # which tool runs is in the transcript; a database costs as much as all the rest of this call
    elif event == "SessionStart":
        answer = claims.REMINDER.format(agent=os.environ.get("GT_AGENT", "an agent"))
    report(event, payload, town, used=rule)
    return answer


def report(
    event: str,
    payload: dict[str, object],
    town: str,
    fixed: tuple[str, str, str] | None = None,
    used: tuple[str, str] | None = None,
) -> None:
    """Writes what the event says about the run into the telemetry, or into the spool.

    Args:
        fixed: (state, detail, rule) to state as they are, instead of what the event alone says.
        used: (id of the standing rule that answered, its verdict).
    """
    from gastown_tui.hook.lean_sql import sqlite3

    run, agent = os.environ["GT_RUN"], os.environ.get("GT_AGENT", "")
    now = time.time()
    try:
        _write(event, payload, town, run, agent, now, fixed, used)
    except sqlite3.Error:
        from gastown_tui.hook import claims

        state, detail, rule = fixed or (*claims.claim(event, payload, "", False), event)
        kind = "report" if state else "log"
        entry: dict[str, str | int] = {"kind": kind, "at": f"{now:.3f}", "run": run, "token": os.environ.get("GT_TOKEN", "")}
        _spool(town, {**entry, "agent": agent, "event": event, "state": state, "detail": detail[:DETAIL_LIMIT], "rule": rule})


def _write(
    event: str,
    payload: dict[str, object],
    town: str,
    run: str,
    agent: str,
    now: float,
    fixed: tuple[str, str, str] | None,
    used: tuple[str, str] | None,
) -> None:
    from gastown_tui.hook import claims, lean
    from gastown_tui.hook.lean_sql import sqlite3
    from gastown_tui.ledger import telemetry_sql as sql

    conn = sqlite3.connect(
        f"file:{_quoted(town)}/.gastown/runtime.db?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        conn.execute("PRAGMA synchronous=NORMAL")
        conn.execute("BEGIN IMMEDIATE")
        last_state, last_rule = conn.execute(sql.LAST, (run,)).fetchone() or ("", "")
        is_waiting = waits(last_rule)
        state, detail, rule = fixed or (*claims.claim(event, payload, last_state, is_waiting), event)
        if state:
            conn.execute(sql.REPORT, (run, agent, state, detail[:DETAIL_LIMIT], rule, now, now))
        data = lean.write(claims.logged(event, payload, LOGGED_TEXT_LIMIT))
        cursor = conn.execute(sql.LOG, (now, agent, run, event, data))
        if int(cursor.lastrowid or 0) % sql.TRIM_EVERY == 0:
            conn.execute(sql.TRIM, (run, run, sql.KEPT_EVENTS_PER_RUN))
        if used is not None:
            row = conn.execute(sql.RULE_USED, (now, agent, run, *used, claims.title_of(payload)[:DETAIL_LIMIT]))
            conn.execute(sql.RULE_COUNT, (used[0], now))
            conn.execute(sql.RULE_TRIM, (int(row.lastrowid or 0) - sql.KEPT_RULE_USES,))
        conn.execute("COMMIT")
    finally:
        conn.close()
    if fixed is None and not is_waiting and claims.settles(event, payload, last_state):
        from gastown_tui.hook import ask

        ask.settle_all(town)


def waits(rule: str) -> bool:
    """Whether the process that a report of an open request names still waits for its answer."""
    pid = rule.rpartition(":")[2]
    if not pid.isdigit() or pid == "0":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _quoted(path: str) -> str:
    """A path inside a `file:` URI."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _spool(town: str, entry: dict[str, str | int]) -> None:
    from gastown_tui.hook import lean

    directory = f"{town}/.gastown/spool"
    os.makedirs(directory, mode=0o700, exist_ok=True)  # noqa: PTH103 - see above
    if len(os.listdir(directory)) >= SPOOL_LIMIT:  # noqa: PTH208
        return
    name = f"{directory}/hook-{time.time_ns()}-{os.getpid()}"
    with open(os.open(f"{name}.part", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(lean.write(entry))
    os.rename(f"{name}.part", f"{name}.json")  # noqa: PTH104


def complain(town: str, event: str, error: Exception) -> None:
    """One line into the hooks' error log, as long as it is small and can be written."""
    path = f"{town}/.gastown/logs/hook.log"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.fstat(descriptor).st_size < LOG_LIMIT:
                os.write(descriptor, f"{time.time():.0f} {event} {type(error).__name__}: {error}\n".encode())
        finally:
            os.close(descriptor)
    except OSError:
        pass  # nowhere left to say it, and the agent must go on
