"""The option `--install-completion`: lets the shell complete what is typed after `lifecycle`.

Knows which shells there are and what is said afterwards. What is completed comes from the commands themselves.
"""

from __future__ import annotations

from typing import Literal

from cyclopts import App
from cyclopts.completion import detect_shell
from cyclopts.completion.detect import ShellDetectionError

from lifecycle.cli import FINE
from lifecycle.cli.output import Voice
from lifecycle.cli.places import Unusable

Shell = Literal["bash", "zsh", "fish"]

_STARTUP = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": ""}


def install(app: App, shell: Shell | None) -> int:
    """Write the completion script of *app* to where *shell* looks for it, by default the shell one types in.

    Raises:
        Unusable: it is none of the three.
    """
    found = shell or _detected()
    path = app.install_completion(shell=found)
    voice = Voice()
    voice.say(f"✓ wrote {path}", hang=2)
    if _STARTUP[found]:
        voice.say(f"✓ {_STARTUP[found]} loads it", hang=2)
    voice.say(f"It works in every {found} that is started from now on.")
    return FINE


def _detected() -> Shell:
    try:
        found = detect_shell()
    except ShellDetectionError:
        found = "powershell"
    if found == "powershell":
        raise Unusable("no shell was recognised. Name one: lifecycle --install-completion --shell bash (zsh, fish).")
    return found
