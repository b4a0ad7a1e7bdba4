"""`python -m rpkpy` and the `rpkpy` script."""

import gc
import sys


def run() -> int:
    """Run the command line of this process; returns its exit code.

    `--version` is answered here, before anything else is imported: scripts ask for it often.
    """
    try:
        if sys.argv[1:] in (["--version"], ["-V"]):
            from rpkpy.version import __version__

            print(f"rpkpy {__version__}", flush=True)
            return 0
        # What imports allocate lives as long as the process: collecting in the middle of it costs a tenth of the start.
        gc.disable()
        from rpkpy.cli.main import main

        return main()
    except KeyboardInterrupt:  # during the imports; `main` reports what happens in commands
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 141  # as a Unix program that dies of SIGPIPE
    except OSError as error:  # standard output, for what is answered before any command
        print(f"Error: {error.strerror}.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(run())
