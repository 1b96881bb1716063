"""Getting notices out (送达): addresses that are allowed, e-mail, signed webhooks. No database here."""
