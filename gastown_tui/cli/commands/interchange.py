"""`gt import` and `gt export`."""

from __future__ import annotations

from pathlib import Path

import click

from gastown_tui.cli.output import emit, emit_raw, say
from gastown_tui.cli.session import here, json_option, open_town, person
from gastown_tui.core.errors import Unavailable, UsageError
from gastown_tui.services import interchange as service


@click.command("import", epilog="Example: gt import .beads/issues.jsonl --rig mines")
@click.argument("file")
@click.option("--rig", default="", help="Into this rig; else as in gt create.")
@json_option
def import_beads(file: str, rig: str, as_json: bool) -> None:
    """Read beads from a JSONL file (- reads standard input), all or none. Keys that we do not know are kept."""
    from gastown_tui.services.beads import choose_rig

    ctx = person("import beads")
    chosen = choose_rig(ctx, rig, here()).name
    done = service.import_beads(ctx, _read(file), chosen)
    for warning in done.warnings[:20]:
        say(f"warning: {warning}")
    if len(done.warnings) > 20:
        say(f"warning: {len(done.warnings) - 20} more")
    emit(done, [f"{done.created} created, {done.updated} updated, {done.unchanged} unchanged in {chosen}"], as_json=as_json)


def _read(file: str) -> str:
    import sys

    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).expanduser().read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text (byte {error.start})") from error


@click.command("export", epilog="Example: gt export --rig mines -o issues.jsonl")
@click.option("--rig", default="", help="Only this rig.")
@click.option("-o", "--output", metavar="FILE", help="Instead of standard output; replaced at once.")
def export_beads(rig: str, output: str | None) -> None:
    """Write beads as JSONL, one object per line, sorted by id."""
    lines = service.export_beads(open_town(), rig)
    text = "".join(f"{line}\n" for line in lines)
    if output is None:
        emit_raw(text)
        return
    path = Path(output).expanduser()
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise Unavailable(f"cannot write {path}: {error.strerror}") from error
    say(f"{len(lines)} lines in {path}")
