// Plotly charts on `[data-chart]`: the figure comes from the server as JSON, points come over the
// socket. Plotly is loaded with the first chart; frames are drawn once per animation frame; every
// chart has a table of its latest values for those who cannot see it.

import { onFrame } from "./live.js";
import { appendPoints, latestValues } from "./series.js";

const charts = new Map();
let library = null;

function loadPlotly() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.getElementById("shiftlab-main").dataset.plotly;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      library = null;
      reject(new Error("Plotly did not load"));
    };
    document.head.append(script);
  });
  return library;
}

const isDark = () => document.documentElement.classList.contains("pf-v6-theme-dark");

const resizer = new ResizeObserver((entries) => {
  for (const { target } of entries) charts.get(target)?.queue({ resize: true });
});

class Chart {
  constructor(element, figure) {
    this.element = element;
    this.figure = figure;
    this.data = figure.data.map((trace) => ({ ...trace }));
    this.keep = figure.keep ?? 300;
    this.frame = 0;
    this.todo = {};
    this.table = this.makeTable();
    this.fillTable();
  }

  layout() {
    const templates = this.figure.templates ?? {};
    const box = this.element.getBoundingClientRect();
    return {
      uirevision: "kept",
      ...this.figure.layout,
      template: isDark() ? templates.dark : templates.light,
      width: Math.max(120, Math.floor(box.width)),
      height: this.figure.layout?.height ?? Math.max(120, Math.floor(box.height)),
    };
  }

  async start() {
    this.plotly = await loadPlotly();
    if (!this.element.isConnected) return;
    const config = { displayModeBar: false, responsive: false, displaylogo: false, ...this.figure.config };
    await this.plotly.newPlot(this.element, this.data, this.layout(), config);
    this.started = true;
    resizer.observe(this.element);
    this.queue({});
  }

  /** Ask for a redraw at the next animation frame. */
  queue(todo) {
    Object.assign(this.todo, todo);
    if (this.frame || !this.started) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.element.isConnected) this.draw();
    });
  }

  draw() {
    this.todo = {};
    // A fresh list makes Plotly look at the data again; the arrays in it are shared.
    this.plotly.react(this.element, this.data.map((trace) => ({ ...trace })), this.layout());
    this.fillTable();
  }

  take(points) {
    if (points.react) {
      this.data = points.react.data;
      if (points.react.layout) this.figure.layout = { ...this.figure.layout, ...points.react.layout };
    } else {
      this.data = appendPoints(this.data, points, this.keep, this.figure.data[0]);
    }
    this.queue({});
  }

  makeTable() {
    const label = this.element.dataset.chartLabel ?? "Chart";
    this.element.setAttribute("role", "img");
    this.element.setAttribute("aria-label", `${label}. The same figures follow as a table.`);
    const next = this.element.nextElementSibling;
    if (next?.matches("[data-chart-table]")) return next;
    const holder = document.createElement("div");
    holder.className = "pf-v6-screen-reader";
    holder.dataset.chartTable = "";
    holder.dataset.liveKeep = "";
    holder.innerHTML = "<table><caption></caption><tbody></tbody></table>";
    holder.querySelector("caption").textContent = label;
    this.element.after(holder);
    return holder;
  }

  fillTable() {
    const rows = latestValues(this.data).map(([name, value]) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      const cell = document.createElement("td");
      head.scope = "row";
      head.textContent = name;
      cell.textContent = `${value} ${this.figure.unit ?? ""}`.trim();
      row.append(head, cell);
      return row;
    });
    this.table.querySelector("tbody").replaceChildren(...rows);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    resizer.unobserve(this.element);
    if (this.started) this.plotly.purge(this.element);
  }
}

/** Draw each chart below `root` that is not drawn yet, and forget those that have left the page. */
export function initCharts(root) {
  for (const [element, chart] of charts) {
    if (element.isConnected) continue;
    chart.stop();
    charts.delete(element);
  }
  for (const element of root.querySelectorAll("[data-chart]")) {
    if (charts.has(element)) continue;
    const source = document.getElementById(element.dataset.chartFigure);
    if (!source) continue;
    // Morphing must leave what Plotly draws inside alone.
    element.dataset.liveKeep = "";
    const chart = new Chart(element, JSON.parse(source.textContent));
    charts.set(element, chart);
    chart.start().catch(() => {
      element.textContent = "The chart library did not load.";
    });
  }
}

export function startCharts() {
  onFrame("series", (frame, elements) => {
    for (const element of elements) charts.get(element)?.take(frame.points);
  });
  document.addEventListener("shiftlab:theme", () => {
    for (const chart of charts.values()) chart.queue({});
  });
}
