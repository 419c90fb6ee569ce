"""Secrets go, words and layout stay."""

from __future__ import annotations

import pytest

from gastown_tui.core.redact import redact, secret_values

# Put together at run time: no scanner shall take them for real ones.
KEY = "sk-" + "ant-api03-" + "abcdefghijklmnop1234"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"key {KEY} end", f"key {'*' * len(KEY)} end"),
        ("ANTHROPIC_API_KEY=abcdef123456 go", "ANTHROPIC_API_KEY=************ go"),
        ('"token": "abcdefgh"', '"token": "********"'),
        ("Authorization: Bearer abcdef123", "Authorization: Bearer *********"),
        ("https://me:hunter22@host/x", "https://me:********@host/x"),
        ("ghp_" + "a" * 36, "*" * 40),
        ("AKIA" + "A" * 16, "*" * 20),
    ],
)
def test_secrets_are_taken_out(text: str, kept: str) -> None:
    assert redact(text) == kept
    assert len(redact(text)) == len(text)


@pytest.mark.parametrize(
    "text", ["48k tokens", "the token was wrong", "secret-santa.py", "git push origin main", "\x1b[31mred\x1b[0m", "sk-1"]
)
def test_words_stay(text: str) -> None:
    assert redact(text) == text


def test_known_values_go_wherever_they_stand() -> None:
    values = secret_values({"MY_TOKEN": "correcthorse", "HOME": "/home/me", "SHORT_KEY": "abc"})
    assert values == ["correcthorse"]
    assert redact("a\x1b[1mcorrecthorse\x1b[0m", values) == "a\x1b[1m************\x1b[0m"
