"""From the name of a policy to the policy: ``module:NAME``, a TOML file of parameters, or the guides' own.

Knows how a policy is named and what to say when it cannot be had. Does not know what is done with it.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from lifecycle.errors import BadParameters, LifecycleError, PolicyError, closest
from lifecycle.parameters_file import values_of
from lifecycle.place import tables_of, text_of
from lifecycle.policy import policy as guides_policy
from lifecycle.policy.parameters import Parameters
from lifecycle.policy_check import check_policy
from lifecycle.rows import Policy

PARAMETERS = ".toml"
"""How the name of a file of parameters ends."""


class NoPolicy(LifecycleError):
    """What was named is no policy; the message says what to name instead."""


def policy_named(name: str | None = None, *, called: str = "the policy", beside: Path | None = None) -> Policy:
    """Return the policy of this *name*, checked; without a name the guides' own.

    A name is ``module:NAME``: a `Policy`, or a function that returns one. A function may take parameters; then it makes
    the policy anew wherever a file or a case gives other values. A name that ends in ``.toml`` is a file of parameters:
    of the guides', or of the policy that its line ``policy = "module:NAME"`` names.

    Args:
        name: the policy's name.
        called: what messages call it, such as ``--policy``.
        beside: a folder whose modules can be named too; by default the one the program was started in.

    Raises:
        NoPolicy: there is no such module or attribute, or it is no policy.
        BadParameters: the file cannot be read, or gives values no policy can be made with.
        PolicyError: it contradicts itself, or could not be built.
    """
    if name is None:
        made = guides_policy()
    elif name.endswith(PARAMETERS):
        made = _from_file(Path(name), beside)
    else:
        made = _from_module(name, called, beside)
    check_policy(made)
    return made


def _from_file(path: Path, beside: Path | None) -> Policy:
    said = tables_of(text_of(path, BadParameters), str(path), BadParameters)
    base = said.pop("policy", None)
    if base is not None and not isinstance(base, str):
        raise BadParameters(str(path), ['policy must be a text such as "shop.policy:POLICY"'])
    made = guides_policy() if base is None else _from_module(base, f"policy in {path}", beside)
    mistakes: list[str] = []
    values = values_of(said, mistakes, made.parameters)
    if values and not mistakes and made.made_by is None:
        mistakes.append(f'the policy "{made.name}" does not say how it is made with other parameters')
    if mistakes:
        raise BadParameters(str(path), mistakes)
    return made.changed(values)


def _from_module(name: str, called: str, beside: Path | None) -> Policy:
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise NoPolicy(
            f"{called} must be a TOML file of parameters, or be written module:NAME, such as shop.policy:POLICY; it is "
            f'"{name}".'
        )
    found: Any = _imported(module_name, name, called, beside)
    for part in attribute.split("."):
        if not hasattr(found, part):
            near = closest(part, vars(found)) if hasattr(found, "__dict__") else ""
            raise NoPolicy(f'{called}: the module "{module_name}" has no "{attribute}".{near}')
        found = getattr(found, part)
    if not isinstance(found, Policy) and callable(found):
        found = _made(found, name)
    if not isinstance(found, Policy):
        raise NoPolicy(f"{called}: {name} is a {type(found).__name__}, not a Policy, nor a function that returns one.")
    return found.found_at(name)


def _imported(module: str, name: str, called: str, beside: Path | None) -> Any:
    # Unlike "python -m", an installed command does not look for modules in the folder it is started from.
    if (here := str(beside or Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            raise NoPolicy(
                f'{called}: there is no module "{module}". Start lifecycle where it can be imported.'
            ) from None
        raise PolicyError([f"{name} could not be built: {error}"]) from error
    except LifecycleError:
        raise
    except Exception as error:
        raise PolicyError([f"{name} could not be built: {type(error).__name__}: {error}"]) from error


def _made(make: Callable[..., Any], name: str) -> Any:
    """Return what a function makes: without parameters, or of the usual values of those that it asks for."""
    takes = _takes(make)
    try:
        found = make() if takes is None else make(takes())
    except (LifecycleError, TypeError) as error:
        if isinstance(error, LifecycleError):
            raise
        raise PolicyError([f"{name} could not be built: it takes parameters, or nothing: {error}"]) from error
    except Exception as error:
        raise PolicyError([f"{name} could not be built: {type(error).__name__}: {error}"]) from error
    if takes is not None and isinstance(found, Policy) and found.made_by is None:
        return found.remade_by(make)
    return found


def _takes(make: Callable[..., Any]) -> type | None:
    """Return the class of parameters that a function asks for first; None if it asks for nothing."""
    try:
        asked = [
            each for each in inspect.signature(make).parameters.values() if each.kind <= each.POSITIONAL_OR_KEYWORD
        ]
    except (TypeError, ValueError):
        return None
    if not asked:
        return None
    try:
        hint = typing.get_type_hints(make).get(asked[0].name)
    except NameError:
        hint = None
    kinds = [kind for kind in (hint, *typing.get_args(hint)) if isinstance(kind, type) and attrs.has(kind)]
    return kinds[0] if kinds else Parameters
