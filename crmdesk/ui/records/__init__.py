"""The CRM pane: kinds of record, their grids, and the view of one record with its form, related lists and timeline."""
