"""The built-in agent on the anthropic SDK: loop, tools, transcript, terminal interface."""
