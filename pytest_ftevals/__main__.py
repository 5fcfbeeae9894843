"""``python -m pytest_ftevals`` is the command ``pytest-ftevals``."""

from pytest_ftevals.command import main

if __name__ == "__main__":
    raise SystemExit(main())
