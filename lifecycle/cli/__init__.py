"""The command line: `main`, and what becomes of everything that can go wrong.

Knows the exit codes and that nobody wants to read a traceback. Does not know any command: those are in
`lifecycle.cli.app`, which is read only once cyclopts and rich are known to be there.

Exit codes: 0 all as expected; 1 a case or a check failed; 2 bad usage, or a file or database that cannot be used;
3 the policy contradicts itself; 130 interrupted; 141 whoever read our output stopped reading.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from lifecycle.errors import GuardFault, LifecycleError, PolicyError, SecretMissing

FINE, FAILED, UNUSABLE, INVALID_POLICY, INTERRUPTED, NOBODY_READS = 0, 1, 2, 3, 130, 141

_NEEDS = ("cyclopts", "rich")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that *argv* names, by default the words the process was started with, and return its exit code.

    Never raises for what a user may do wrong: that becomes one sentence on the standard error output.
    """
    # At INFO each attempt logs several lines and takes five times as long; this is our process, so we may say so.
    logging.getLogger("transitions").setLevel(logging.WARNING)
    if missing := [name for name in _NEEDS if importlib.util.find_spec(name) is None]:
        return complain(
            f"the command line needs {' and '.join(missing)}. Install them: pip install 'account-lifecycle[cli]'"
        )
    try:
        code = _run([*(sys.argv[1:] if argv is None else argv)])
        sys.stdout.flush()
    except BrokenPipeError:
        return _stop_writing()
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


def _run(words: list[str]) -> int:
    # Only now is it known to be there.
    from cyclopts import CycloptsError, MissingArgumentError, UnusedCliTokensError  # noqa: PLC0415

    from lifecycle.cli.app import run  # noqa: PLC0415 - as above

    try:
        return run(words)
    except MissingArgumentError as error:
        chosen = " ".join(("lifecycle", *(error.command_chain or ())))
        return complain(f"{_missing(error)} See {chosen} --help.")
    except UnusedCliTokensError as error:
        chosen, left = " ".join(("lifecycle", *(error.command_chain or ()))), " ".join(error.unused_tokens or ())
        return complain(f'"{left}" is more than {chosen} takes. See {chosen} --help.')
    except CycloptsError as error:
        chosen = " ".join(("lifecycle", *(error.command_chain or ())))
        return complain(f"{_sentence(str(error))} See {chosen} --help.")
    except (PolicyError, GuardFault) as error:
        return complain(str(error), INVALID_POLICY)
    except SecretMissing as error:
        purpose = error.purpose[:1].upper() + error.purpose[1:]
        return complain(f"{purpose} needs the service's secret: name its file with --secret-file.")
    except LifecycleError as error:
        return complain(str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename} " if error.filename else "a file "
        return complain(f"{where}cannot be used: {error.strerror or type(error).__name__}.")


def _missing(error: Any) -> str:
    """Say what was not typed, and what else would have named it."""
    if error.argument is None or error.argument.tokens or error.keyword is not None:
        return _sentence(str(error))
    otherwise = " or ".join(error.argument.parameter.env_var or ())
    return f"{error.argument.name} is missing{f': give it, or set {otherwise}' if otherwise else ''}."


def _sentence(words: str) -> str:
    return words if words.endswith((".", "?", "!")) else f"{words}."


def complain(sentence: str, code: int = UNUSABLE) -> int:
    """Say on the error output what was wrong, and return the exit code for it."""
    # The encoding of the terminal may lack a letter of a file's name or of a policy's sentence.
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(f"lifecycle: {sentence}\n".encode(encoding, "backslashreplace").decode(encoding))
    return code


def _stop_writing() -> int:
    """Let Python's own flush at its end go nowhere, or it would complain about the closed pipe once more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return NOBODY_READS
