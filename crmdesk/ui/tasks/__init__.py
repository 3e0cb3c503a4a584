"""The tasks pane: what is to be done, by when, and the line that takes a new task as it is said."""
