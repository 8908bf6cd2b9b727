"""Which images lie on which node. Stands for the container runtime's image store.

What a container of a pod on the node has run is there; what is being pulled says when it will be.
"""

from __future__ import annotations

from cluster.engine.kubelet.images import ImageFacts, ImagePullError, resolve
from cluster.engine.store import Store
from cluster.objects.pod import WAITING


class ImageCache:
    """Images per node, with the moment from which they are present."""

    def __init__(self) -> None:
        self._nodes: dict[str, dict[str, float]] = {}

    def present_at(self, store: Store, node: str, image: ImageFacts) -> float | None:
        """From when on an image is on a node; None when nobody has asked for it."""
        return self._on(store, node).get(image.image_id)

    def add(self, store: Store, node: str, image: ImageFacts, at: float) -> None:
        """An image will be on a node from a moment on."""
        held = self._on(store, node)
        held[image.image_id] = min(at, held.get(image.image_id, at))

    def forget(self, node: str) -> None:
        """A node is gone, and its images with it."""
        self._nodes.pop(node, None)

    def _on(self, store: Store, node: str) -> dict[str, float]:
        held = self._nodes.get(node)
        if held is None:
            held = self._nodes[node] = {}
            for pod in store.pods_on(node):
                for status in pod.status.container_statuses:
                    if status.state != WAITING or status.restart_count:
                        _learn(held, status.image)
        return held


def _learn(held: dict[str, float], reference: str) -> None:
    try:
        held[resolve(reference).image_id] = 0.0
    except ImagePullError:
        return
