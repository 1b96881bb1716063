"""The workbook of a union (核查工作簿): made on demand, filled in with Excel or WPS, uploaded, answered by a receipt.

Everything here is pure: cases come in as plain rows, bytes go out; a returned workbook comes in as the text of its cells
(`bangfu.readers` reads the bytes in a process of its own) and goes out as one verdict per row.
"""
