"""The `gt` command tree: stdout is data, stderr is for people."""
