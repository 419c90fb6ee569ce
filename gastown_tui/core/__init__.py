"""Pure rules of a town: no I/O, no clock, no randomness. Imports the standard library (pydantic where TOML is parsed)."""
