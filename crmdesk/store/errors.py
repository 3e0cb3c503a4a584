"""What can go wrong with the local database; each class is a different thing to do.

StoreError
├── StoreFull        the disk is full: free some space, nothing was written
├── StoreBusy        another program holds the database: try again
├── StoreDamaged     the file is no database: keep it, ask for help
└── StoreSlow        more steps than the reader may take: ask again where waiting harms nobody
"""

from __future__ import annotations


class StoreError(Exception):
    """The local database could not be used; the text tells what happened, what was kept, what to do."""


class StoreFull(StoreError):
    pass


class StoreBusy(StoreError):
    pass


class StoreDamaged(StoreError):
    pass


class StoreSlow(StoreError):
    pass
