"""Mail accounts and messages: IMAP, SMTP, Maildir, MIME, HTML made safe. What crosses this border is frozen values."""
