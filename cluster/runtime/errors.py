"""What the running cluster refuses for reasons of its own."""

from cluster.objects.errors import ApiError


class Unavailable(ApiError):
    """The engine does not run, does not answer in time, or cannot save what was asked."""

    code = 503
    reason = "ServiceUnavailable"
