"""The agent's terminal interface; the only place that uses prompt_toolkit."""
