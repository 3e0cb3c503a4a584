"""The dialogs: an answer is needed now, or a choice is made."""
