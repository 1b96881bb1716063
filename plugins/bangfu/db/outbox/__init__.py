"""The outbox (发件箱): notices and their messages, written with the list they tell of, sent afterwards.

A notice and its messages commit together with the published list. A dispatcher claims one message at a time under a
lease, sends it, and records what happened; a message that is not recorded as sent is sent again under the same id.
"""
