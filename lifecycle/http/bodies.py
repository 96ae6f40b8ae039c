"""What a request may carry, read strictly: nothing unknown, nothing of another type, and all mistakes at once.

Knows the shape of bodies. Does not know what they ask for.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any, TypeVar

import cattrs
from attrs import Factory, fields, frozen
from cattrs import transform_error
from cattrs.gen import make_dict_structure_fn
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from lifecycle.errors import closest
from lifecycle.http.problems import Problem

_T = TypeVar("_T")

DEEPEST = 32
"""How deep the brackets of a body may be nested."""


@frozen
class EvidenceBody:
    """A document by its reference, or a written text."""

    kind: str
    ref: str = ""
    text: str | None = None
    words: int | None = None
    readable: bool = True
    edited: bool = False
    corners: int = 4


@frozen
class TransitionBody:
    """What is asked of an account."""

    trigger: str
    role: str | None = None
    facts: dict[str, Any] = Factory(dict)
    evidence: list[EvidenceBody] = Factory(list)
    code: str | None = None
    identifiers: dict[str, str] = Factory(dict)
    dry_run: bool = False


@frozen
class ReplayBody:
    """The text of a case file."""

    case: str


_PLAIN: dict[type, str] = {str: "text", int: "a whole number", bool: "true or false"}


_BODIES = (EvidenceBody, TransitionBody, ReplayBody)


def _exactly(kind: type) -> Any:
    def read(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"must be {_PLAIN[kind]}")
        return value

    return read


def _table(value: Any, kind: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be an object")  # noqa: TRY004 - as below
    return value


def _texts(value: Any, kind: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise ValueError("must be an object with texts in it")
    return value


def _converter() -> cattrs.Converter:
    made = cattrs.Converter(forbid_extra_keys=True)
    for kind in _PLAIN:
        made.register_structure_hook(kind, _exactly(kind))
    made.register_structure_hook_func(lambda kind: kind == dict[str, Any], _table)
    made.register_structure_hook_func(lambda kind: kind == dict[str, str], _texts)
    for body in _BODIES:
        read = make_dict_structure_fn(body, made, _cattrs_forbid_extra_keys=True)
        made.register_structure_hook(body, _being(dict, "an object", read))
        if body is EvidenceBody:
            several = _being(list, "a list", made.get_structure_hook(list[EvidenceBody]))
            made.register_structure_hook_func(lambda kind: kind == list[EvidenceBody], several)
    return made


def _being(shape: type, words: str, then: Any) -> Any:
    def check(value: Any, kind: Any) -> Any:
        if not isinstance(value, shape):
            raise ValueError(f"must be {words}")  # noqa: TRY004 - a mistake of the request, told like the others
        return then(value, kind)

    return check


_reads = _converter()


def _said(error: BaseException, kind: type | None) -> str:
    match error:
        case cattrs.errors.ForbiddenExtraKeysError():
            names = [each.name for each in fields(error.cl)]
            found = [f'"{name}" is not known.{closest(name, names)}' for name in sorted(error.extra_fields)]
            return " ".join(found)
        case KeyError():
            return "is missing"
        case ValueError():
            return str(error)
        case _:
            return "makes no sense"


def parsed(raw: bytes) -> Any:
    """Return the JSON data of a body.

    Raises:
        Problem: ``bad-request``: it is no JSON.
    """
    try:
        return _DECODER.decode(raw.decode(json.detect_encoding(raw), "surrogatepass"))
    except (ValueError, RecursionError) as error:
        where = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Problem("bad-request", f"The body is no JSON{where}.") from None


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def read(raw: bytes, kind: type[_T]) -> _T:
    """Return a body of this *kind*.

    Raises:
        Problem: ``bad-request`` or ``not-understood``, which lists every mistake and where it is.
    """
    data = parsed(raw)
    try:
        return _reads.structure(data, kind)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it is told
        mistakes = [_placed(line) for line in transform_error(error, path="body", format_exception=_said)]
        raise Problem("not-understood", mistakes[0], mistakes=mistakes) from None


def _placed(line: str) -> str:
    said, _, where = line.rpartition(" @ ")
    return f"{where}: {said}"


# ruff: noqa: ARG002, ARG003 - Litestar's arguments
class Strict(AbstractDTO[_T]):
    """Lets Litestar describe a body and leaves the reading to `read`."""

    @classmethod
    def create_for_field_definition(cls, field_definition: FieldDefinition, handler_id: str, *more: Any) -> None:
        """Prepare nothing: the class of the body says everything."""

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any
    ) -> Reference | Schema:
        """Describe the body as its class, and that nothing else may be in it."""
        found: Reference | Schema = schema_creator.for_field_definition(field_definition)
        names = {body.__name__ for body in _BODIES}
        for each in schema_creator.schema_registry:
            if each.schema.title in names:
                each.schema.additional_properties = False
        return found

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        """Generate none: see `create_for_field_definition`."""
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Look into no field."""
        return False

    def decode_bytes(self, value: bytes) -> Any:
        """Return the body that was sent."""
        kind = self.asgi_connection.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise Problem("unsupported-media-type", "Send application/json.", headers={"Accept": "application/json"})
        return read(value, self.model_type)

    def decode_builtins(self, value: Any) -> Any:
        """Refuse a form."""
        raise Problem("unsupported-media-type", "Send application/json.", headers={"Accept": "application/json"})
