"""`gastown agent ask`: one structured answer as JSON on stdout, checked against its schema."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from gastown_tui.agent import settings
from gastown_tui.agent.backoff import GiveUp, plan, words_for
from gastown_tui.agent.model import Json, Model, ModelFailed, Reply, parse_json
from gastown_tui.agent.schema import mismatch
from gastown_tui.core.errors import ConfigError, ExitCode, GastownError, NotFound, Unavailable

TRIES = 3
"""A caller waits; it can come back later itself."""


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Asks and prints; returns an exit code."""
    options = settings.ask_parser().parse_args(arguments)
    schema = load_schema(options.schema)
    prompt = sys.stdin.read() if options.prompt == "-" else str(options.prompt)
    model = Model(settings.model_settings(options, environment))
    value = asyncio.run(_ask(model, prompt, schema))
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    return ExitCode.OK


def load_schema(path: Path) -> Json:
    """A JSON schema from a file.

    Raises:
        NotFound: no such file.
        ConfigError: it is not a JSON object.
    """
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFound.of("schema file", str(path)) from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}", hint="the file is not JSON") from error
    if not isinstance(schema, dict):
        raise ConfigError(f"{path}: the schema must be an object")
    return cast("Json", schema)


async def _ask(model: Model, prompt: str, schema: Json) -> object:
    try:
        reply = await _reply(model, prompt, schema)
    finally:
        await model.close()
    try:
        value = parse_json(reply.text)
    except ValueError as error:
        raise GastownError("the answer is not JSON", hint=reply.text[:200]) from error
    wrong = mismatch(value, schema)
    if wrong:
        raise GastownError(f"the answer does not fit the schema: {wrong}")
    return value


async def _reply(model: Model, prompt: str, schema: Json) -> Reply:
    tried = 0
    while True:
        tried += 1
        try:
            return await model.structured(prompt, schema)
        except ModelFailed as failed:
            step = plan(failed.failure, tried)
            if isinstance(step, GiveUp) or tried >= TRIES:
                raise Unavailable(words_for(failed.failure)) from failed
            await asyncio.sleep(step.seconds)
