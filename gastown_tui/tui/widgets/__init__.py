"""The console's own widgets, painted by lines."""
