"""What the API server answers instead of an object: `metav1.Status` failures as exceptions.

Each carries the HTTP code and reason that Kubernetes uses, so that the console, the importer and
the REST API say the same thing.
"""

from __future__ import annotations

from cluster.objects.fields import FieldError, aggregate


class ApiError(Exception):
    """A request that was refused; nothing was changed."""

    code = 500
    reason = "InternalError"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(ApiError):
    """The document cannot be read as the kind that it names. `path` is the field at fault."""

    code = 400
    reason = "BadRequest"

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class Forbidden(ApiError):
    """The user may not do this."""

    code = 403
    reason = "Forbidden"

    def __init__(self, message: str) -> None:
        super().__init__(message)

    @classmethod
    def access(cls, user: str, verb: str, resource: str, group: str, namespace: str) -> Forbidden:
        """The authorizer's text for a verb that the user does not hold."""
        where = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
        return cls(
            f'{resource} is forbidden: User "{user}" cannot {verb} resource "{resource}"'
            f' in API group "{group}"{where}'
        )


class NotFound(ApiError):
    """No such object."""

    code = 404
    reason = "NotFound"

    def __init__(self, resource: str, name: str) -> None:
        super().__init__(f'{resource} "{name}" not found')
        self.resource = resource
        self.name = name


class AlreadyExists(ApiError):
    """The name is taken."""

    code = 409
    reason = "AlreadyExists"

    def __init__(self, resource: str, name: str) -> None:
        super().__init__(f'{resource} "{name}" already exists')


class Conflict(ApiError):
    """Somebody changed the object in the meantime."""

    code = 409
    reason = "Conflict"

    def __init__(self, resource: str, name: str, detail: str = "") -> None:
        text = detail or (
            "the object has been modified; please apply your changes to the latest version"
            " and try again"
        )
        super().__init__(f'Operation cannot be fulfilled on {resource} "{name}": {text}')


class Gone(ApiError):
    """The watch log no longer reaches back to the asked version."""

    code = 410
    reason = "Expired"

    def __init__(self, asked: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {asked} ({oldest})")


class Invalid(ApiError):
    """The object breaks rules; `errors` says which fields and how."""

    code = 422
    reason = "Invalid"

    def __init__(self, kind: str, name: str, errors: list[FieldError]) -> None:
        super().__init__(f'{kind} "{name}" is invalid: {aggregate(errors)}')
        self.kind = kind
        self.name = name
        self.errors = tuple(errors)
