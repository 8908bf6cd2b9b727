"""Setting the stage through the console's own forms, without a browser: projects, objects, time."""

from __future__ import annotations

import itertools
import re

from playwright.sync_api import APIRequestContext, APIResponse

_DIGEST = re.compile(r'name="digest" value="([^"]+)"')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Lab:
    """A signed-in user's requests."""

    numbers = itertools.count(1)

    def __init__(self, requests: APIRequestContext, name: str = "lab") -> None:
        self._requests = requests
        self._name = name

    def project(self) -> str:
        """A new, empty project; its name."""
        name = f"{self._name}-{next(self.numbers)}"
        answer = self.post("/projects/~new", {"name": name, "display_name": "", "description": ""})
        assert answer.ok, f"project {name}: {answer.status}"
        return name

    def apply(self, namespace: str, text: str) -> None:
        """Import YAML into a project."""
        address = f"/k8s/ns/{namespace}/import"
        reviewed = self.post(address, {"text": text, "action": "review"})
        digest = _DIGEST.search(reviewed.text())
        assert digest, f"the review of\n{text}\nfound mistakes ({reviewed.status})"
        applied = self.post(address, {"text": text, "action": "apply", "digest": digest.group(1)})
        assert applied.ok, f"import: {applied.status}"

    def speed(self, factor: int) -> None:
        """Let time run, so many times faster."""
        self.post("/clock/run", {})
        self.post("/clock/speed", {"speed": str(factor)})

    def post(self, address: str, data: dict[str, str]) -> APIResponse:
        """Send a form, with the token of the page that has it."""
        page = self._requests.get("/projects/~new").text()
        token = _TOKEN.search(page)
        assert token, "not signed in"
        return self._requests.post(address, form={**data, "csrfmiddlewaretoken": token.group(1)})


def deployment_config(name: str, *, replicas: int = 1, color: str = "blue", tag: str = "") -> str:
    """The course's DeploymentConfig."""
    image = "mmumshad/simple-webapp-docker" + (f":{tag}" if tag else "")
    return f"""\
apiVersion: v1
kind: DeploymentConfig
metadata:
  name: {name}
spec:
  replicas: {replicas}
  selector:
    deploymentconfig: {name}
  template:
    metadata:
      labels:
        app: {name}
        deploymentconfig: {name}
    spec:
      containers:
      - name: simple-webapp-docker
        image: {image}
        env:
        - name: APP_COLOR
          value: {color}
        ports:
        - containerPort: 8080
          protocol: TCP
"""


def service(name: str) -> str:
    """The course's Service, whole."""
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector:
    deploymentconfig: {name}
  ports:
  - name: 8080-tcp
    port: 8080
    protocol: TCP
    targetPort: 8080
"""


def documents(*texts: str) -> str:
    """Several documents in one text."""
    return "---\n".join(texts)
