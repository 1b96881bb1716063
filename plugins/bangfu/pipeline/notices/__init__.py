"""Notices (通知): unions are told of published lists, reminded, and what is owed to them is sent."""
