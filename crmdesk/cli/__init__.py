"""The command line: the same actions as the window's, without Qt. A contract, described in README.md."""
