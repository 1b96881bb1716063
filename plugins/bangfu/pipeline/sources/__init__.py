"""Helping to declare a source (数据来源): how a file is understood, and a first draft of its declaration."""
