"""The console as users meet it: start, memory, a long list, a save that shows, many browsers.

Run: `python -m tests.benchmarks.bench_console`. Needs Chromium for the browser's figure.
"""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import os
import re
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

import websockets

from tests.e2e.server import Server

BROWSERS = 200
PODS = 10_000
SECONDS = 15.0
CHROMIUM = os.environ.get("SHIFTLAB_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visit:
    """A signed-in session over plain HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        page = self.get("/login/")
        match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert match is not None
        fields = {"csrfmiddlewaretoken": match[1], "username": "developer", "password": "developer"}
        data = urllib.parse.urlencode(fields).encode()
        self._opener.open(url + "/login/", data).read()

    def post(self, path: str, **fields: str) -> None:
        """Send a form."""
        token = next(each.value for each in self.jar if "csrf" in each.name)
        request = urllib.request.Request(
            self.url + path,
            urllib.parse.urlencode(fields).encode(),
            {"X-CSRFToken": token or "", "Referer": self.url},
        )
        self._opener.open(request, timeout=60).read()

    def get(self, path: str) -> str:
        """A page's HTML."""
        return str(self._opener.open(self.url + path, timeout=60).read().decode())

    @property
    def cookies(self) -> str:
        """The Cookie header of this session."""
        return "; ".join(f"{each.name}={each.value}" for each in self.jar)


def memory_mb(pid: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert match is not None
    return int(match[1]) / 1024


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_and_memory(folder: Path) -> None:
    """From the command to the first page, on a new cluster and on one that is there already."""
    for label in ("first boot", "start again"):
        began = time.perf_counter()
        server = Server.start(folder, "--scenario", "empty")
        try:
            Visit(server.url).get("/")
            took = time.perf_counter() - began
            print(f"  {f'process start to first page, {label}':48} {took:8.2f} s")
            if label == "start again":
                print(f"  {'memory, empty cluster':48} {memory_mb(server.process.pid):8.0f} MB")
        finally:
            server.stop()


def long_list(folder: Path) -> None:
    """One controller scaled to 10,000 pods; then what the server takes for a page of their list."""
    server = Server.start(folder, "--nodes", "41")
    try:
        visit = Visit(server.url)
        path = "/k8s/ns/demo/pods"
        began = time.perf_counter()
        visit.post("/k8s/ns/demo/deploymentconfigs/simple-webapp-docker/~scale", replicas=str(PODS))
        total = 0
        while total < PODS and time.perf_counter() - began < 300:
            time.sleep(0.5)  # a measurement waits; a test would not
            found = re.search(r"of <b>(\d+)</b>", visit.get(f"{path}?status=Running"))
            total = int(found[1]) if found else 0
        took = time.perf_counter() - began
        print(f"  {f'{PODS} pods of one controller to Running':48} {took:8.1f} s")
        for query in ("", "?sort=-ip-address", "?name=7&page=3"):
            pages = []
            for _ in range(10):
                began = time.perf_counter()
                visit.get(path + query)
                pages.append((time.perf_counter() - began) * 1000)
            label = f"pods list at {total} pods {query}"
            print(f"  {label:48} {statistics.median(pages):8.1f} ms")
        print(f"  {f'memory, {total} pods':48} {memory_mb(server.process.pid):8.0f} MB")
        began_cpu, began = cpu_seconds(server.process.pid), time.perf_counter()
        time.sleep(5)
        share = (cpu_seconds(server.process.pid) - began_cpu) / (time.perf_counter() - began)
        print(f"  {'idle at that size, of a core':48} {share * 100:8.1f} %")
    finally:
        server.stop()


def save_to_chart(url: str) -> None:
    """From the click on Save until the chart has a point of the new split."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 1400})
        page.goto(f"{url}/login/?next=/k8s/ns/demo/routes/web")
        page.fill("#id_username", "developer")
        page.fill("#id_password", "developer")
        page.click("button[type=submit]")
        page.wait_for_selector("[data-chart] .js-plotly-plot, [data-chart].js-plotly-plot")
        took = [_one_save(page, weight) for weight in (20, 80, 20, 80, 20)]
        print(f"  {'Save to chart in the browser, median':48} {statistics.median(took):8.0f} ms")
        print(f"  {'Save to chart in the browser, worst of 5':48} {max(took):8.0f} ms")
        browser.close()


LAST_SHARE = """() => {
  const chart = document.querySelector('[data-chart][data-live$=":services"]');
  const plot = chart?.data ? chart : chart?.querySelector('.js-plotly-plot');
  if (!plot?.data?.length) return null;
  const last = plot.data.map((trace) => trace.y[trace.y.length - 1] ?? 0);
  const total = last.reduce((a, b) => a + b, 0);
  return total ? last[0] / total : null;
}"""


def _one_save(page: object, weight: int) -> float:
    """Set the first service's weight, save, and wait until the chart's last point shows it."""
    form = page.locator("form:has([name=to_weight])")  # type: ignore[attr-defined]
    form.locator("[name=to_weight]").fill(str(weight))
    form.locator("[name^=alt_weight]").first.fill(str(100 - weight))
    began = time.perf_counter()
    form.get_by_role("button", name="Save").click()
    while time.perf_counter() - began < 20:
        share = page.evaluate(LAST_SHARE)  # type: ignore[attr-defined]
        if share is not None and abs(share - weight / 100) < 0.12:
            return (time.perf_counter() - began) * 1000
    raise RuntimeError(f"the chart never showed {weight} %")


async def _browser(
    url: str, cookies: str, until: float, lags: list[float], counts: list[int]
) -> None:
    address = url.replace("http", "ws", 1) + "/ws/live"
    headers = {"Cookie": cookies, "Origin": url}
    async with websockets.connect(address, additional_headers=headers) as socket:
        topic = {"topic": "traffic:demo/web:services"}
        await socket.send(json.dumps({"subscribe": [topic]}))
        received = 0
        while (left := until - time.monotonic()) > 0:
            try:
                frame = json.loads(await asyncio.wait_for(socket.recv(), left))
            except TimeoutError:
                break
            if frame["t"] == "series" and frame["points"]["x"]:
                received += 1
                if received > 1:
                    lags.append(time.time() * 1000 - frame["points"]["x"][-1])
        counts.append(received)


async def many_browsers(server: Server) -> None:
    """Two hundred sockets on one chart: frames, how late the last point is, the server's CPU."""
    cookies = Visit(server.url).cookies
    lags: list[float] = []
    counts: list[int] = []
    pid = server.process.pid
    before_cpu, before_memory = cpu_seconds(pid), memory_mb(pid)
    began = time.monotonic()
    until = began + SECONDS
    await asyncio.gather(
        *(_browser(server.url, cookies, until, lags, counts) for _ in range(BROWSERS))
    )
    share = (cpu_seconds(pid) - before_cpu) / (time.monotonic() - began) * 100
    print(f"  {f'{BROWSERS} browsers on one chart: frames/s each':48} ", end="")
    print(f"{statistics.median(counts) / SECONDS:8.1f}   (fewest {min(counts) / SECONDS:.1f})")
    if lags:
        ordered = sorted(lags)
        print(
            f"  {'  age of the last point on arrival, median':48} {ordered[len(ordered) // 2]:8.0f} ms"
        )
        print(
            f"  {'  age of the last point on arrival, p99':48} {ordered[len(ordered) * 99 // 100]:8.0f} ms"
        )
    print(f"  {'  server CPU meanwhile, of a core':48} {share:8.1f} %")
    print(
        f"  {'  memory a browser':48} {(memory_mb(pid) - before_memory) * 1024 / BROWSERS:8.0f} kB"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start_and_memory(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        server = Server.start(Path(folder))
        try:
            if Path(CHROMIUM).exists():
                save_to_chart(server.url)
            asyncio.run(many_browsers(server))
        finally:
            server.stop()
    with tempfile.TemporaryDirectory() as folder:
        long_list(Path(folder))


if __name__ == "__main__":
    main()
