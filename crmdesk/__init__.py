"""crmdesk: a desktop mail and CRM client that works offline and loses nothing."""

__version__ = "0.1.0"
