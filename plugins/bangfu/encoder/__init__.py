"""The encoder (编码工具): the program on a department's own PC that turns records into keyed tokens.

It runs offline on Windows and Linux with Python alone, from one file that `make encoder` builds; it reads with the service's
own readers and standardisers. Nothing that it imports may need pyarrow, numba, a database or the network.
"""

__version__ = "1"
