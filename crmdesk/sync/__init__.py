"""Bringing the store and the server together: pull, plan, merge, push, erase, report.

merge.py and plan.py decide and are pure; pull.py and push.py carry out; engine.py is the one road through all of them.
"""
