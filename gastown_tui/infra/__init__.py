"""The outside world: tmux, git, processes, files, clock, locks. Library errors become ours at this edge."""
