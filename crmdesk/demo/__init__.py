"""A throw-away world to try the program in: a mailbox, a server with a sample organisation, a collector of mail."""
