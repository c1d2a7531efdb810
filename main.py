"""`python main.py` starts the wall with the settings in config/config.yaml."""

import signal
import sys

# Process 1 of a container gets only the signals that it handles, and loading takes a moment.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

from stena.cli import main  # noqa: E402 -- see above

if __name__ == "__main__":
    sys.exit(main())
