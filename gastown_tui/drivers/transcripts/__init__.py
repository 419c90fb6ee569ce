"""Readers of what agent CLIs write down of their conversations: one parser a CLI, and where its files are."""
