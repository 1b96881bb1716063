"""Receipts (回执): what a sender is told of a delivery, as JSON and as a workbook."""
