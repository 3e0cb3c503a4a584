"""The protocol as text, without a network: filters, queries, rows and batch bodies to model values and back.

Both ends of the wire use it, so client and bundled server cannot drift apart. Pure: the standard library and model/.
"""
