"""CPU of one hook call, as agents pay for every tool call. Exits 1 when it is over its bound.

Run it alone: `make bench`. The median of single calls counts, so that another process's burst does not.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import gastown_tui
from gastown_tui.ledger import telemetry

BOUND_MS = 35.0
CALLS = 40
AGENTS, SECONDS_A_CALL = 50, 4.0
EVENTS = ("PreToolUse", "UserPromptSubmit", "Stop")
RULES = [
    {"id": f"r{number}", "verdict": verdict, "tool": "Bash", "pattern": f"{program} *", "rig": "", "role": ""}
    for number, (verdict, program) in enumerate([("deny", "make deploy"), ("ask", "curl"), ("allow", "git")] * 10)
]
"""More than most towns have; the payload's command is read whole because of them."""


def measure(town: Path, event: str) -> tuple[float, float]:
    """(CPU, wall) of the median call in milliseconds."""
    packages = str(Path(gastown_tui.__file__).resolve().parent.parent)
    code = f"import sys; sys.path.insert(0, {packages!r}); from gastown_tui.hook import main; main()"
    environment = {"GT_TOWN": str(town), "GT_RUN": "bench001", "GT_AGENT": "ms/polecats/ace", "PATH": "/usr/bin:/bin"}
    payload = json.dumps(
        {"session_id": "c", "tool_name": "Bash", "tool_input": {"command": "git add -A && git commit -m x"}}
    ).encode()
    cpu, wall = [], []
    for _ in range(CALLS):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", code, event], input=payload, env=environment, stdout=subprocess.DEVNULL, check=True
        )
        after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        cpu.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
        wall.append((ended - began) * 1000)
    return statistics.median(cpu), statistics.median(wall)


def main() -> int:
    """Prints one line for each event."""
    worst = calls = 0.0
    with tempfile.TemporaryDirectory() as name:
        town = Path(name)
        (town / ".gastown").mkdir()
        telemetry.prepare(town / ".gastown" / "runtime.db")
        for event in EVENTS:
            cpu, wall = measure(town, event)
            worst = max(worst, cpu)
            calls = cpu if event == "PreToolUse" else calls
            print(f"gt-hook {event:<17} cpu {cpu:5.1f} ms  wall {wall:5.1f} ms  (bound: cpu {BOUND_MS:.0f} ms)")
        share = AGENTS / SECONDS_A_CALL * calls / 1000
        print(f"{AGENTS} agents at one tool call in {SECONDS_A_CALL:.0f} s: {share:.1%} of a core")
        (town / ".gastown" / "rules.json").write_text(json.dumps({"version": 1, "rules": RULES}))
        cpu, wall = measure(town, "PreToolUse")
        worst = max(worst, cpu)
        print(f"gt-hook with {len(RULES)} rules      cpu {cpu:5.1f} ms  wall {wall:5.1f} ms  (bound: cpu {BOUND_MS:.0f} ms)")
    return 1 if worst > BOUND_MS else 0


if __name__ == "__main__":
    raise SystemExit(main())
