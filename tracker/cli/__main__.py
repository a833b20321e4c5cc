"""`python -m tracker.cli`: the command line where the script `tracker` is not on the path."""

from tracker.cli import main

if __name__ == "__main__":
    main()
