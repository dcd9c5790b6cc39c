"""E-mail: mailboxes over IMAP and SMTP, and what makes a mail a message of the right thread."""
