"""Where the window meets the work: Desk and its signals, workers in threads, the schedule. QtCore alone.

What crosses a thread here is a frozen value; what is slow happens in a worker; the window only reads, by short queries.
"""
