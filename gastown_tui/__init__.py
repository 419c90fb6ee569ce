"""Gas Town console: one terminal console for a town of coding agents. Imports nothing."""

__version__ = "0.1.0"
