"""A scripted model server on loopback and its scenarios, for demos and tests."""
