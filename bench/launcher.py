"""`python -m bench.launcher COMMAND`: the command line of Gatehouse, as a module.

So that `cli.child` can run it, which ends it together with the bench.
"""

from cli.main import main

if __name__ == "__main__":
    main()
