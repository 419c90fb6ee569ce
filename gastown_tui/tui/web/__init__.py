"""The console in a browser: a loopback server that asks for a token, and one console process for each open tab."""
