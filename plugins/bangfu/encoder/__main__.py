"""`python -m bangfu.encoder`: the encoder from a source tree or from its one file."""

import sys

from bangfu.encoder.commands import main

sys.exit(main())
