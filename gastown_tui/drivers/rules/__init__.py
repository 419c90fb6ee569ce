"""Screen rules as data, one module for each agent CLI."""
