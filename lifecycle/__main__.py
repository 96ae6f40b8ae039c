"""``python -m lifecycle``: the command line, where the installed command is not on the path. Knows nothing else."""

import sys

from lifecycle.cli import main

sys.exit(main())
