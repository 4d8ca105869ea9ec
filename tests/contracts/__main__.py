"""`python -m tests.contracts`: the check that messages change only compatibly, which names the code that reads them."""

from tests.reference.consumers import lines_of

from tsunagu.contracts.compatibility import main

if __name__ == "__main__":
    raise SystemExit(main(readers=lines_of))
