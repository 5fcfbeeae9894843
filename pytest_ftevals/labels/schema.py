"""Whether a reply's JSON meets the task's schema."""

from typing import Any

from pytest_ftevals.core.canonical import JSON


def meets_schema(schema: Any, value: JSON) -> bool:
    """Return whether `value` meets `schema`, by the draft that its ``$schema`` names.

    References are followed inside the schema only: no network. One that leads nowhere is the
    schema's fault, and no reply is blamed for it.
    """
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
    from referencing.exceptions import Unresolvable

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        return bool(kind(schema, registry=REGISTRY).is_valid(value))
    except (OverflowError, RecursionError):  # numbers and nesting that the library cannot hold
        return False
    except Unresolvable:
        return True
