"""`gt agents`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, emit_line, emit_text, one_line, say, table
from gastown_tui.cli.session import age, json_option, open_town, person, wait_option, wake
from gastown_tui.core.errors import ExitCode
from gastown_tui.core.evidence import SOURCE_WORDS, StateVerdict, verdict_of
from gastown_tui.core.snapshot import AgentView


@click.group(invoke_without_command=True, epilog="Example: gt agents   or   gt agents start mayor")
@click.option("--rig", default="", help="Only this rig.")
@json_option
def agents(rig: str, as_json: bool) -> None:
    """Who is there, and what they do."""
    if click.get_current_context().invoked_subcommand is None:
        _print_list(rig, as_json=as_json)


def _print_list(rig: str, *, as_json: bool) -> None:
    from gastown_tui.services import panes, snapshot

    ctx = open_town()
    listing = panes.listing(ctx)
    picture = snapshot.build(ctx, listing)
    found = [agent for agent in picture.agents if rig in ("", agent.rig)]
    data = [agent_json(agent) for agent in found]
    emit(data, table([agent_row(agent, ctx.now()) for agent in found]), as_json=as_json)
    if listing is None:
        say("warning: tmux does not answer; what is said about terminals is unknown")
    if not found and not as_json:
        say("no agents; sling a bead, or add one with: gt crew add RIG NAME")


@agents.command("list", epilog="Example: gt agents list --rig mines")
@click.option("--rig", default="", help="Only this rig.")
@json_option
def list_agents(rig: str, as_json: bool) -> None:
    """Who is there, and what they do: the same as `gt agents`."""
    _print_list(rig, as_json=as_json)


@agents.command("classify", epilog="Example: gt agents classify --driver claude screen.txt")
@click.option("--driver", required=True, help="The CLI whose screen rules are tried.")
@click.argument("files", nargs=-1, required=True, type=click.Path(allow_dash=True))
@json_option
def classify(driver: str, files: tuple[str, ...], as_json: bool) -> None:
    """What captured screens say by themselves, plain or with escapes, one line a file; needs no town. `-` reads stdin."""
    from gastown_tui.services.screens import classify_file

    for name in files:
        found = classify_file(driver, name)
        if as_json:
            emit_line(found)
        else:
            emit_text("  ".join(one_line(part) for part in (found.file, found.state.value, found.rule, found.detail) if part))


@agents.command("explain", epilog="Example: gt agents explain mines/polecats/toast   or   … --really permission")
@click.argument("address")
@click.option("--really", default="", help="It is wrong: keep the screen as a case, with the state that it really shows.")
@json_option
def explain(address: str, really: str, as_json: bool) -> None:
    """Why an agent's state is what it is: which evidence, which rule, how old, and what else was claimed."""
    from gastown_tui.services import cases
    from gastown_tui.services import explain as service

    ctx = open_town()
    if really:
        case = cases.keep(ctx, address, really)
        emit(
            case, [f"kept {ctx.layout.cases / case.name}.ansi", "gt doctor tells how the rules of today judge it"], as_json=as_json
        )
        return
    found = service.explain(ctx, address)
    now = ctx.now()
    rows = [
        [
            "" if claim.lost else "→",
            claim.evidence.state.value,
            claim.evidence.source.name.lower(),
            age(now, claim.evidence.at),
            one_line(claim.evidence.rule),
            claim.lost or "decides",
            one_line(claim.evidence.detail)[:60],
        ]
        for claim in found.claims
    ]
    data = {
        "agent": found.agent,
        "driver": found.driver,
        "run": found.run,
        "title": found.title,
        "panes_known": found.panes_known,
        "verdict": _verdict_json(found.verdict),
        "claims": [
            {**_verdict_json(verdict_of(claim.evidence)), "decides": not claim.lost, "lost": claim.lost} for claim in found.claims
        ],
    }
    head = f"{address}: {found.verdict.state.value}, from {SOURCE_WORDS[found.verdict.source]}"
    emit(data, [head, *table(rows)], as_json=as_json)
    if not found.panes_known:
        say("warning: tmux does not answer; what is said about terminals is unknown")


def _verdict_json(verdict: StateVerdict) -> dict[str, object]:
    return {
        "state": verdict.state,
        "detail": verdict.detail,
        "source": verdict.source.name.lower(),
        "rule": verdict.rule,
        "since": verdict.since,
        "at": verdict.at,
    }


def agent_json(agent: AgentView) -> dict[str, object]:
    """An agent's fields for scripts; its token stays inside."""
    verdict = agent.verdict
    return {
        "address": agent.address,
        "role": agent.role,
        "rig": agent.rig,
        "driver": agent.driver,
        "state": verdict.state,
        "light": verdict.light,
        "detail": verdict.detail,
        "source": verdict.source.name.lower(),
        "since": verdict.since,
        "at": verdict.at,
        "run": agent.run,
        "bead": agent.bead,
        "bead_title": agent.bead_title,
        "session": agent.session,
        "branch": agent.branch,
        "worktree": agent.worktree,
        "request": agent.request,
        "tokens": agent.spent.tokens.total if agent.spent else 0,
        "cost": agent.spent.cost if agent.spent else None,
        "context": agent.digest.fill if agent.digest else None,
    }


def agent_row(agent: AgentView, now: float) -> list[str]:
    """An agent as a row of a table."""
    what = f"{agent.bead} {agent.bead_title}".strip()
    return [agent.address, agent.driver, agent.verdict.state.value, age(now, agent.verdict.since), agent.verdict.detail[:60], what]


@agents.command("start", epilog="Example: gt agents start mayor")
@click.argument("address")
@wait_option
@json_option
def start(address: str, wait: float | None, as_json: bool) -> None:
    """Start the mayor or a crew member."""
    from gastown_tui.services import control
    from gastown_tui.services.waiting import wait_for

    ctx = open_town()
    agent = control.start_agent(ctx, address)
    wake(ctx)
    if wait is not None:
        wait_for(lambda: control.is_working(ctx, address), wait, f"the start of {address}")
    emit(agent, [f"{agent.address}: wanted {agent.wanted}"], as_json=as_json)


@agents.command("stop", epilog="Example: gt agents stop mines/polecats/toast --wait 30")
@click.argument("address")
@wait_option
@json_option
def stop(address: str, wait: float | None, as_json: bool) -> None:
    """End an agent's run; its work is kept, and its bead waits until it is slung again."""
    from gastown_tui.services import control
    from gastown_tui.services.waiting import wait_for

    ctx = open_town()
    agent = control.stop_agent(ctx, address)
    wake(ctx)
    if wait is not None:
        wait_for(lambda: not control.is_active(ctx, address), wait, f"the end of {address}")
    emit(agent, [f"{agent.address}: is stopped"], as_json=as_json)


@agents.command("restart", epilog="Example: gt agents restart mines/polecats/toast")
@click.argument("address")
@json_option
def restart(address: str, as_json: bool) -> None:
    """End an agent's run and start a new one with the same work."""
    from gastown_tui.services import control

    ctx = open_town()
    agent = control.restart_agent(ctx, address)
    wake(ctx)
    emit(agent, [f"{agent.address}: is restarted"], as_json=as_json)


@agents.command("driver", epilog="Example: gt agents driver mayor claude")
@click.argument("address")
@click.argument("driver")
@json_option
def driver(address: str, driver: str, as_json: bool) -> None:
    """Change the CLI that an agent's next run starts."""
    from gastown_tui.services import agents as service

    changed = service.set_driver(person("change an agent's CLI"), address, driver)
    emit(changed, [f"{changed.address}: {changed.driver}"], as_json=as_json)


@agents.command("drivers", epilog="Example: gt agents drivers   or   gt agents drivers codex")
@click.argument("names", nargs=-1)
@json_option
def drivers(names: tuple[str, ...], as_json: bool) -> None:
    """Which agent CLIs this machine has, with versions and logins; one by name with all that is known of it."""
    from gastown_tui.services import drivers as service

    found = service.listing(open_town(), names)
    if names and not as_json:
        for one in found:
            emit([], service.described(one), as_json=False)
        return
    rows = [[one.name, one.state.replace("_", " "), one.version, one.tried, one.path or one.detail] for one in found]
    emit(found, table(rows), as_json=as_json)


@agents.command("probe", epilog="Example: gt agents probe codex")
@click.argument("names", nargs=-1)
@json_option
def probe(names: tuple[str, ...], as_json: bool) -> None:
    """Try agent CLIs on this machine, with a scripted model and an empty home: a bead through to the merge, a long message, a
    whole turn, a question answered, an error, a limit, a kill. Costs nothing and takes about a minute for each.

    Without names every CLI that is installed is tried. Exit code 1 when one fails.
    """
    from gastown_tui.services import drivers as service
    from gastown_tui.services import probe as trying

    ctx = person("try an agent CLI")
    chosen = names or tuple(one.name for one in service.listing(ctx, ()) if one.state not in ("absent", "too_old"))
    done = []
    for name in chosen:
        say(f"trying {name} …")
        done.append(trying.probe(ctx, name))
    head = ["CLI", "version", *(heading for _, heading in trying.COLUMNS), ""]
    rows = [[one.driver, one.version, *one.answers(), one_line(one.detail)[:80]] for one in done]
    emit(done, table([head, *rows]), as_json=as_json)
    if not all(one.is_good for one in done):
        click.get_current_context().exit(ExitCode.FAILED)
