"""The local database of one profile. Rows never leave this package; what crosses its border is a frozen value.

Every write happens in a transaction given by Store.transaction(); functions take it as their first argument. Reads take
a Reader. Nothing here knows the network or the window.
"""
