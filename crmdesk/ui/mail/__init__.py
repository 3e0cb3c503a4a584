"""The mail pane: folders, the list of messages, the reading pane; and the window in which a message is written."""
