import sys

from stena.cli import main

if __name__ == "__main__":
    sys.exit(main())
