"""What a person can do. One function, one transaction, giving back the Changes; nothing here knows the network.

A record's change is written together with its outbox entry, so that what is shown is also what will be sent.
"""
