"use strict";
/* Redraws the curves of a slider. Numbers and names come from the JSON beside it; nothing is fetched,
   and text is only ever set as text. Without this script the static figure stands alone. */
(() => {
  const NAMESPACE = "http://www.w3.org/2000/svg";
  const SIZE = { width: 330, height: 240, left: 48, right: 12, top: 26, bottom: 42 };
  const DASHES = ["", "5 3", "6 2 1 2", "1 3"];
  const INK = "#222222";

  function add(parent, name, attributes, text) {
    const node = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  function chooseTicks(low, high) {
    const raw = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= raw);
    const ticks = [];
    for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k += 1) ticks.push(k * step);
    return ticks;
  }

  function formatNumber(value) {
    return String(Number(value.toPrecision(3))).replace("-", "\u2212");
  }

  function makeScale(low, high, start, stop) {
    const span = high > low ? high - low : 1;
    return (value) => start + ((value - low) / span) * (stop - start);
  }

  function drawAxes(svg, data, panel, x, y) {
    const { width, height, left, right, top, bottom } = SIZE;
    const base = height - bottom;
    const text = { fill: INK, "font-size": 11, "font-family": "sans-serif" };
    add(svg, "path", { d: `M${left} ${top}V${base}H${width - right}`, stroke: INK, fill: "none" });
    for (const tick of chooseTicks(data.x[0], data.x[data.x.length - 1] || 1)) {
      add(svg, "path", { d: `M${x(tick)} ${base}v4`, stroke: INK });
      const place = { x: x(tick), y: base + 16, "text-anchor": "middle" };
      add(svg, "text", { ...text, ...place }, formatNumber(tick));
    }
    for (const tick of chooseTicks(...panel.limits)) {
      add(svg, "path", { d: `M${left} ${y(tick)}h-4`, stroke: INK });
      const place = { x: left - 7, y: y(tick) + 4, "text-anchor": "end" };
      add(svg, "text", { ...text, ...place }, formatNumber(tick));
    }
    const middle = (left + width - right) / 2;
    add(svg, "text", { ...text, x: middle, y: height - 8, "text-anchor": "middle" }, data.xLabel);
    const title = { x: left, y: 14, "font-weight": "bold" };
    add(svg, "text", { ...text, ...title }, `${panel.title} [activation]`);
  }

  function drawCurve(svg, xs, ys, x, y, look, marker) {
    const points = xs.map((value, k) => [value, ys[k]]).filter((point) => point[1] !== null);
    if (!points.length) return;
    const path = points.map(([u, v]) => `${x(u).toFixed(1)} ${y(v).toFixed(1)}`).join("L");
    add(svg, "path", { d: `M${path}`, fill: "none", ...look });
    for (const [u, v] of marker ? points : []) {
      add(svg, "circle", { cx: x(u), cy: y(v), r: 3, fill: marker, stroke: look.stroke });
    }
  }

  function drawPanel(svg, data, panel, point) {
    const { width, height, left, right, top, bottom } = SIZE;
    const x = makeScale(data.x[0], data.x[data.x.length - 1], left + 6, width - right - 4);
    const y = makeScale(panel.limits[0], panel.limits[1], height - bottom - 2, top);
    svg.replaceChildren();
    drawAxes(svg, data, panel, x, y);
    data.curves.forEach((_, k) => {
      const dashes = { "stroke-dasharray": DASHES[k] || "none" };
      const bio = { stroke: data.colours.bio, "stroke-width": 1, ...dashes };
      const ann = { stroke: data.colours.ann, "stroke-width": 2, ...dashes };
      drawCurve(svg, data.x, panel.bio[point][k], x, y, bio, k % 2 ? data.colours.bio : "#ffffff");
      drawCurve(svg, data.x, panel.ann[point][k], x, y, ann);
    });
  }

  function describePanel(panel, point) {
    const span = (curves) => {
      const values = curves.flat().filter((value) => value !== null);
      return `${formatNumber(Math.min(...values))} to ${formatNumber(Math.max(...values))}`;
    };
    return `${panel.title}: spiking model ${span(panel.bio[point])}, rate model ${span(panel.ann[point])}`;
  }

  function drawLegend(parent, data) {
    data.curves.forEach((label, k) => {
      for (const [side, name] of [["bio", "spiking model"], ["ann", "rate model"]]) {
        const item = document.createElement("span");
        const svg = add(item, "svg", { width: 34, height: 12, "aria-hidden": "true" });
        const look = { stroke: data.colours[side], "stroke-width": side === "ann" ? 2 : 1 };
        const marker = side === "bio" && (k % 2 ? look.stroke : "#ffffff");
        look["stroke-dasharray"] = DASHES[k] || "none";
        drawCurve(svg, [0, 1], [6, 6], makeScale(0, 1, 2, 30), (v) => v, look, marker);
        item.append(document.createTextNode(label ? `${name}, ${label}` : name));
        parent.append(item);
      }
    });
  }

  function start(slider) {
    const data = JSON.parse(slider.querySelector("script").textContent);
    const [input, output] = [slider.querySelector("input"), slider.querySelector("output")];
    const [legend, panels] = [slider.querySelector(".legend"), slider.querySelector(".panels")];
    drawLegend(legend, data);
    const drawings = data.panels.map(() =>
      add(panels, "svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img" }));
    const show = () => {
      const point = Number(input.value);
      output.textContent = data.values[point];
      input.setAttribute("aria-valuetext", data.values[point]);
      data.panels.forEach((panel, k) => {
        drawPanel(drawings[k], data, panel, point);
        drawings[k].setAttribute("aria-label", describePanel(panel, point));
      });
    };
    input.addEventListener("input", show);
    slider.hidden = false;
    show();
  }

  document.querySelectorAll(".slider").forEach(start);
})();
