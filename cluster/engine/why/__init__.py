"""Why something fails: a short chain of checked facts down to the cause, with the object to mend."""

from cluster.engine.why.model import Chain, Fact
from cluster.engine.why.nodes import why_node
from cluster.engine.why.pods import why_pod
from cluster.engine.why.routes import why_route
from cluster.engine.why.services import why_service

__all__ = ["Chain", "Fact", "why_node", "why_pod", "why_route", "why_service"]
