"""`python main.py` starts the wall with the settings in config/config.yaml."""

import sys

from stena.cli import main

if __name__ == "__main__":
    sys.exit(main())
