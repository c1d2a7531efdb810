import signal
import sys

# As in main.py.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

from stena.cli import main  # noqa: E402 -- see above

if __name__ == "__main__":
    sys.exit(main())
