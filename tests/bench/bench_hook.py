"""CPU of the hooks, as agents pay for them. Exits 1 when a call or a town of fifty agents is over its bound.

It runs the very command that a CLI is given, through the shell in which a CLI runs it. Run it alone: `make bench`. The median
of single calls counts, so that another process's burst does not.
"""

from __future__ import annotations

import json
import resource
import shlex
import statistics
import subprocess
import tempfile
from pathlib import Path

from gastown_tui.core.config import RuleConfig, TownConfig
from gastown_tui.core.layout import TownLayout
from gastown_tui.drivers import claude_settings
from gastown_tui.ledger import telemetry
from gastown_tui.services.rules import compiled
from gastown_tui.services.town import write_commands

BOUND_MS = 35.0
SHARE_BOUND = 0.10
CALLS = 40
AGENTS, SECONDS_A_CALL = 50, 4.0
CALLS_A_TURN = 10
"""Tool calls between two prompts; each turn costs a UserPromptSubmit and a Stop beside them."""
MIX = {"Bash": 0.70, "Write": 0.15, "Read": 0.15}
"""Tool calls as Claude Code's recorded hook input has them (14 Bash, 3 Write and 3 others of 20): more shell than the hundred
thousand reads and searches of real work, so it is the dear side. Read stands for all tools that the guard does not look into."""
GIVEN = {
    "Bash": {"command": "python3 -m pytest -q tests/test_money.py && git add -A && git commit -m 'Round halves to even'"},
    "Bash $GT": {"command": "$GT mail check"},
    "Write": {
        "file_path": f"{Path(__file__).resolve().parent}/money.py",
        "content": "def half_even(value):\n    return round(value)\n" * 60,
    },
    "Read": {"file_path": "/home/me/shop/src/money.py"},
}
RULES = [
    RuleConfig(verdict=verdict, tool="Bash", pattern=f"{program} {number} *")
    for number, (verdict, program) in enumerate([("deny", "make deploy"), ("ask", "curl"), ("allow", "git")] * 10)
]
"""More than most towns have; the payload's command is read whole because of them."""


def measure(town: Path, event: str, call: str = "") -> float:
    """CPU of the median call in milliseconds, printed."""
    environment = {"GT_TOWN": str(town), "GT_RUN": "bench001", "GT_AGENT": "ms/polecats/ace", "PATH": "/usr/bin:/bin"}
    about: dict[str, object] = {
        "session_id": "11111111-2222-4333-8444-555555555555",
        "transcript_path": "/home/me/.claude/projects/-home-me-shop/11111111-2222-4333-8444-555555555555.jsonl",
        "cwd": "/home/me/shop",
        "hook_event_name": event,
    }
    if call:
        about |= {"tool_name": call.split()[0], "tool_input": GIVEN[call], "tool_use_id": "toolu_01"}
    # As the CLIs write it: without blanks.
    payload = json.dumps(about, separators=(",", ":")).encode()
    command = f"{shlex.quote(str(TownLayout(town).bin / 'gt-hook'))} {event}"
    cpu = []
    for _ in range(CALLS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["/bin/sh", "-c", command], input=payload, env=environment, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    median = statistics.median(cpu)
    print(f"gt-hook {event:<17} {call:<9} cpu {median:5.1f} ms  (bound: {BOUND_MS:.0f} ms)")
    return median


def share(costs: dict[str, float], turn: float) -> float:
    """Of one core, what the hooks of all agents take."""
    a_call = sum(part * costs[tool] for tool, part in MIX.items()) + turn / CALLS_A_TURN
    return AGENTS / SECONDS_A_CALL * a_call / 1000


def main() -> int:
    """Prints one line for each kind of call, then the sum."""
    registered = ", ".join(f"{event}({matcher})" if matcher else event for event, matcher in claude_settings.EVENTS.items())
    print(f"registered: {registered}")
    with tempfile.TemporaryDirectory() as name:
        town = Path(name)
        (town / ".gastown").mkdir()
        telemetry.prepare(town / ".gastown" / "runtime.db")
        write_commands(TownLayout(town))
        costs = {call: measure(town, "PreToolUse", call) for call in GIVEN}
        turn = sum(measure(town, event) for event in ("UserPromptSubmit", "Stop"))
        found = share(costs, turn)
        print(f"{AGENTS} agents at one tool call in {SECONDS_A_CALL:.0f} s: {found:.1%} of a core (bound: {SHARE_BOUND:.0%})")
        mix = ", ".join(f"{part:.0%} {tool}" for tool, part in MIX.items())
        print(f"  the calls: {mix}; a prompt and a turn's end every {CALLS_A_TURN} of them")
        TownLayout(town).rules.write_text(compiled(TownConfig(rules=RULES)))
        print(f"with {len(RULES)} standing rules:")
        ruled = {call: measure(town, "PreToolUse", call) for call in GIVEN}
        print(f"  {AGENTS} agents: {share(ruled, turn):.1%} of a core")
    return 1 if max(*costs.values(), *ruled.values(), turn / 2) > BOUND_MS or found > SHARE_BOUND else 0


if __name__ == "__main__":
    raise SystemExit(main())
