"""`python -m analyzer`: the same as `ociscope`, once this package itself is loaded."""

from ociscope import main

if __name__ == "__main__":
    main()
