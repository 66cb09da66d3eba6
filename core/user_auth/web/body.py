"""Bodies held to their declaration: nothing unknown, nothing missing, nothing converted."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from user_auth.foundation.errors import FieldProblem, InvalidFieldsError

# A body of 16 KiB has room for thousands of unknown names; to hear of the first will do.
MAX_UNKNOWN_REPORTED = 20


class Body(serializers.Serializer[object]):
    """What an endpoint takes; its fields come from ``web.fields``.

    Attributes:
        exactly_one_of: Names of optional fields of which a request must have one and no more.
    """

    exactly_one_of: ClassVar[tuple[str, ...]] = ()


class Nothing(Body):
    """The body of an endpoint that takes none: absent, or ``{}``."""


def validated(body: type[Body], data: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of a body's fields.

    Raises:
        InvalidFieldsError: With everything that is wrong.
    """
    serializer = body(data=data)
    # Fields that raise have converted nothing; the serializer goes through all of them.
    is_valid = serializer.is_valid()
    problems = [*_unknown(serializer, data), *_wrong(serializer.errors), *_miscounted(serializer, data)]
    if problems or not is_valid:
        raise InvalidFieldsError(errors=problems)
    return dict(serializer.validated_data)


def _unknown(serializer: Body, data: Mapping[str, object]) -> Iterator[FieldProblem]:
    names = [name for name in data if name not in serializer.fields]
    for name in names[:MAX_UNKNOWN_REPORTED]:
        yield FieldProblem(name, "unknown", "There is no such field.")


def _wrong(errors: Mapping[str, Iterable[Any]]) -> Iterator[FieldProblem]:
    for name, details in errors.items():
        for detail in details:
            if detail.code == "required":
                yield FieldProblem(name, "required", "This field is needed.")
            elif detail.code == "null":
                yield FieldProblem(name, "invalid", "This must not be null.")
            else:
                yield FieldProblem(name, "invalid", str(detail))


def _miscounted(serializer: Body, data: Mapping[str, object]) -> Iterator[FieldProblem]:
    names = serializer.exactly_one_of
    given = [name for name in names if name in data]
    if names and not given:
        yield FieldProblem(names[0], "required", f"One of these is needed: {', '.join(names)}.")
    for name in given[1:]:
        yield FieldProblem(name, "invalid", f"This cannot be sent together with {given[0]}.")
