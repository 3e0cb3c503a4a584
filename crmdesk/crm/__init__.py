"""The server's language, seen from the client: questions and writes as values, rows and errors as values.

httpx stands behind this border alone; nobody above it sees its objects or its exceptions.
"""
