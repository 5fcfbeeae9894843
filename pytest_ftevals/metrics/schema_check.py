"""Whether a schema can be used at all, found out before any reply is held against it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pytest_ftevals.metrics.wording import quoted, short

if TYPE_CHECKING:
    from referencing import Resource

    Found = tuple[Any, Resource[Any]]


def schema_fault(schema: Any) -> str:
    """Return what is wrong with a JSON Schema, in one line, or an empty text.

    Checks its form, and that every reference leads somewhere inside the schema: none is followed
    over the network.
    """
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for

    if isinstance(schema, bool):
        return ""
    if not isinstance(schema, dict):
        return "a JSON Schema is an object, or true or false"
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as error:
        return short(f"{error.json_path}: {error.message}")
    return next(_faults(schema), "")


def _faults(schema: Any) -> Iterator[str]:
    """Yield faults of every subschema that is reachable, references included."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
    from referencing import Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    root: Resource[Any] = Resource.from_contents(schema, default_specification=DRAFT202012)
    registry = REGISTRY.with_resource(root.id() or "", root)
    pending: list[Found] = [(registry.resolver_with_root(root), root)]
    seen: set[int] = set()
    while pending:
        resolver, resource = pending.pop()
        part = resource.contents
        if id(part) in seen or not isinstance(part, Mapping):
            continue
        seen.add(id(part))
        pending += [(resolver.in_subresource(sub), sub) for sub in resource.subresources()]
        if isinstance(reference := part.get("$ref"), str):
            try:
                target = resolver.lookup(reference)
            except Unresolvable:
                yield f"$ref {quoted(reference)} leads nowhere inside the schema"
            else:
                found = Resource.from_contents(target.contents, default_specification=DRAFT202012)
                pending.append((target.resolver, found))
