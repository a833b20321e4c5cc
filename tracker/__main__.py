"""`python -m tracker`: the command line where its script is not on the path."""

from tracker.cli import main

if __name__ == "__main__":
    main()
