"""One file per agent CLI: how to start, hook, read, resume and recognise it. Data first, code last."""
