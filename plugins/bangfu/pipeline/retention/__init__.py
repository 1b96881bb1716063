"""Retention (保存期限): what is due is deleted, its keys destroyed, and a certificate says so."""
