// Plots of the explorer: uPlot for curves, a canvas for the raster. Colours come from the style.
"use strict";

const shownPlots = new Map();

function readColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function makeAxis(label, size) {
  return {
    label, size, labelSize: 18, labelFont: "12px sans-serif", font: "11px sans-serif",
    stroke: readColour("--muted"), grid: { stroke: readColour("--rule"), width: 0.5 },
    ticks: { stroke: readColour("--rule") },
  };
}

// Activation from 0 to 1 is always in view, so that curves move and not their axis.
function chooseRange(chart, low, high) {
  const bottom = Math.min(low ?? 0, 0), top = Math.max(high ?? 1, 1);
  const margin = 0.04 * (top - bottom);
  return [bottom < 0 ? bottom - margin : 0, top + margin];
}

// Draw columns of numbers into an element of a container; a plot of the same shape is reused.
function drawPlot(container, key, title, labels, columns, series, bands) {
  const id = `${container.id} ${key}`;
  const shape = JSON.stringify([title, labels, series.map((s) => s.label)]);
  const plot = shownPlots.get(id);
  const dark = readColour("--paper");
  if (plot && plot.shape === shape && plot.paper === dark && plot.element.isConnected) {
    plot.chart.setData(columns);
    return;
  }
  if (plot) {
    plot.chart.destroy();
    plot.element.remove();
  }
  const element = document.createElement("div");
  element.className = "plot";
  container.append(element);
  const chart = new uPlot({
    title, width: Math.max(element.clientWidth, 240), height: 230, bands,
    scales: { x: { time: false }, y: { range: chooseRange } },
    axes: [makeAxis(labels[0], 42), makeAxis(labels[1], 50)],
    series: [{ label: labels[0] }, ...series],
    legend: { live: true },
  }, columns, element);
  shownPlots.set(id, { chart, element, shape, paper: dark });
}

// Remove the plots of a container that are not among the keys.
function keepPlots(container, keys) {
  for (const [id, plot] of shownPlots) {
    if (!id.startsWith(`${container.id} `)) continue;
    if (keys.includes(id.slice(container.id.length + 1))) continue;
    plot.chart.destroy();
    plot.element.remove();
    shownPlots.delete(id);
  }
}

function resizePlots() {
  for (const { chart, element } of shownPlots.values()) {
    chart.setSize({ width: Math.max(element.clientWidth, 240), height: 230 });
  }
}

function drawCurves(container, curves) {
  keepPlots(container, curves.matches.map((curve) => curve.match));
  for (const curve of curves.matches) {
    const isPoint = curves.x.length < 2;
    const line = (label, colour) => ({
      label, stroke: readColour(colour), width: 2, points: { show: isPoint || undefined },
    });
    const edge = (label) => ({ label, stroke: "transparent", width: 0, points: { show: false } });
    const title = `${curve.match} (activation 1 = ${curve.scale_hz} Hz)`;
    drawPlot(container, curve.match, title, [curves.label, "activation"],
      [curves.x, curve.bio, curve.ann, curve.high, curve.low],
      [line("spiking", "--bio"), line("rate", "--ann"), edge("highest"), edge("lowest")],
      [{ series: [3, 4], fill: readColour("--band") }]);
  }
}

function drawTraces(container, traces) {
  const names = Object.keys(traces.bio);
  keepPlots(container, [...names, "stimulus"]);
  for (const name of names) {
    drawPlot(container, name, name, ["time [ms]", "activation"],
      [traces.time_ms, traces.bio[name], traces.ann[name]],
      [{ label: "spiking", stroke: readColour("--bio"), width: 1.5 },
        { label: "rate", stroke: readColour("--ann"), width: 1.5 }]);
  }
  const channels = Object.keys(traces.stimulus);
  const colours = ["--ink", "--accent", "--muted", "--excitatory", "--inhibitory", "--bad"];
  drawPlot(container, "stimulus", "stimulus", ["time [ms]", "activation"],
    [traces.time_ms, ...channels.map((c) => traces.stimulus[c])],
    channels.map((label, k) => ({ label, stroke: readColour(colours[k]), width: 1.5 })));
}

function drawRaster(canvas, raster, end) {
  const ratio = window.devicePixelRatio || 1;
  const total = raster.sizes.reduce((sum, n) => sum + n, 0);
  const width = canvas.clientWidth, height = Math.min(Math.max(3 * total, 120), 320);
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.clearRect(0, 0, width, height);
  const left = 100, rowHeight = height / Math.max(total, 1);
  context.font = "11px sans-serif";
  context.fillStyle = readColour("--muted");
  context.strokeStyle = readColour("--rule");
  let start = 0;
  raster.sizes.forEach((n, k) => {
    const y = start * rowHeight;
    context.fillText(raster.units[k].slice(0, 16), 0, y + 12);
    context.beginPath();
    context.moveTo(0, y + 0.5);
    context.lineTo(width, y + 0.5);
    context.stroke();
    start += n;
  });
  context.fillStyle = readColour("--bio");
  raster.row.forEach((row, k) => {
    const x = left + (raster.time_ms[k] / end) * (width - left);
    context.fillRect(x, row * rowHeight, 1, Math.max(rowHeight - 0.5, 1));
  });
}
