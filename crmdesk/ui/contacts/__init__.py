"""The contacts pane: My Contacts as a list with letters to jump to, and the card of the one that is current."""
