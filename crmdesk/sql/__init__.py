"""From a model.query.Filter to SQL, once, for the client's store and the bundled server alike.

Both keep records in SQL and must understand a filter in the same way, so the translation stands on a floor below them.
It knows no table: the caller says which SQL expression stands for a column.
"""
