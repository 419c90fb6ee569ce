"""What is shown, as plain data: a snapshot and a clock in, rows out. Nothing here draws, waits or reads."""
