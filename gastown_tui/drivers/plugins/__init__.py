"""Small files in other CLIs' own languages that report their events to `gt-hook`. Loaded from here, copied nowhere."""
