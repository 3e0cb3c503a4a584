"""The calendar pane: the person's appointments by day, week, month, and as a list."""
