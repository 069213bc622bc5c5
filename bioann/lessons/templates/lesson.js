"use strict";
/* Shows the responses of a lesson at the position of its sliders. All numbers are looked up in the
   JSON of the page, at values that were simulated; nothing is computed from a model and nothing is
   fetched. Text is only ever set as text. */
(() => {
  const NAMESPACE = "http://www.w3.org/2000/svg";
  const WIDE = { width: 560, height: 360, left: 58, right: 16, top: 14, bottom: 52 };
  const NARROW = { ...WIDE, width: 370, height: 330 };
  const PHONE = window.matchMedia("(max-width: 40rem)");
  const DASHES = ["none", "7 4"];

  function add(parent, name, attributes, text) {
    const node = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  function chooseTicks(low, high) {
    const raw = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= raw * 0.999);
    const ticks = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) ticks.push(k * step);
    return ticks;
  }

  function formatNumber(value) {
    if (value === null) return "no value";
    const text = Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
    return text.replace("-", "\u2212");
  }

  /* Two significant digits of the width of the interval, as in the reports. */
  function formatEstimate(value, low, high) {
    if (value === null || low === null || low === high) return formatNumber(value);
    const decimals = Math.min(Math.max(0, 1 - Math.floor(Math.log10(high - low))), 6);
    const [v, l, h] = [value, low, high].map((number) => {
      const text = number.toFixed(decimals);
      return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
    });
    return `${v} [${l},\u00a0${h}]`;
  }

  function makeScale(low, high, start, stop) {
    return (value) => start + ((value - low) / (high - low)) * (stop - start);
  }

  function findIndex(data, at) {
    return data.axes.reduce((index, axis, k) => index * axis.values.length + at[k], 0);
  }

  /* Returns the curve of one row of numbers along the horizontal axis. */
  function readCurve(data, numbers, at, curve) {
    return data.axes[data.horizontal].values.map((_, k) => {
      const place = at.slice();
      place[data.horizontal] = k;
      return numbers[findIndex(data, place) * data.curves.length + curve];
    });
  }

  function drawAxes(svg, data, x, y) {
    const { width, height, left, right, top, bottom } = PHONE.matches ? NARROW : WIDE;
    const [base, axis, ink] = [height - bottom, data.axes[data.horizontal], data.colours.ink];
    const text = { fill: ink, "font-size": 14, "font-family": "sans-serif" };
    add(svg, "path", { d: `M${left} ${top}V${base}H${width - right}`, stroke: ink, fill: "none" });
    for (const tick of chooseTicks(axis.values[0], axis.values[axis.values.length - 1])) {
      add(svg, "path", { d: `M${x(tick)} ${base}v5`, stroke: ink });
      add(svg, "text", { ...text, x: x(tick), y: base + 20, "text-anchor": "middle" }, formatNumber(tick));
    }
    for (const tick of chooseTicks(...data.limits)) {
      add(svg, "path", { d: `M${left} ${y(tick)}h-5`, stroke: ink });
      add(svg, "text", { ...text, x: left - 9, y: y(tick) + 5, "text-anchor": "end" }, formatNumber(tick));
    }
    if (data.limits[0] < 0) {
      add(svg, "path", { d: `M${left} ${y(0)}H${width - right}`, stroke: "#8c8c8c" });
    }
    const middle = { x: (left + width - right) / 2, y: height - 10, "text-anchor": "middle" };
    add(svg, "text", { ...text, ...middle }, axis.title);
    const turned = `translate(15 ${(top + base) / 2}) rotate(-90)`;
    add(svg, "text", { ...text, transform: turned, "text-anchor": "middle" }, data.response);
  }

  function drawLine(svg, xs, ys, x, y, look) {
    const points = xs.map((value, k) => [value, ys[k]]).filter((point) => point[1] !== null);
    const path = points.map(([u, v]) => `${x(u).toFixed(1)} ${y(v).toFixed(1)}`).join("L");
    if (path) add(svg, "path", { d: `M${path}`, fill: "none", ...look });
    return points;
  }

  function drawBand(svg, xs, low, high, x, y, colour) {
    const known = xs.map((_, k) => k).filter((k) => low[k] !== null && high[k] !== null);
    if (known.length < 2) return;
    const upper = known.map((k) => `${x(xs[k]).toFixed(1)} ${y(high[k]).toFixed(1)}`);
    const lower = known.reverse().map((k) => `${x(xs[k]).toFixed(1)} ${y(low[k]).toFixed(1)}`);
    add(svg, "path", { d: `M${[...upper, ...lower].join("L")}Z`, fill: colour, opacity: 0.2 });
  }

  function drawCurves(svg, data, at, x, y) {
    const [axis, spot] = [data.axes[data.horizontal], at[data.horizontal]];
    data.curves.forEach((_, c) => {
      const [bio, low, high] = data.bio.map((numbers) => readCurve(data, numbers, at, c));
      const ann = readCurve(data, data.ann, at, c);
      drawBand(svg, axis.values, low, high, x, y, data.colours.bio);
      const dashes = { "stroke-dasharray": DASHES[c] };
      drawLine(svg, axis.values, ann, x, y, { stroke: data.colours.ann, "stroke-width": 3, ...dashes });
      const look = { stroke: data.colours.bio, "stroke-width": 1.5, ...dashes };
      for (const [u, v] of drawLine(svg, axis.values, bio, x, y, look)) {
        const fill = c ? data.colours.bio : "#ffffff";
        add(svg, "circle", { cx: x(u), cy: y(v), r: 4, fill, stroke: data.colours.bio, "stroke-width": 1.5 });
      }
      if (ann[spot] !== null) {
        const corner = { x: x(axis.values[spot]) - 5, y: y(ann[spot]) - 5, width: 10, height: 10 };
        add(svg, "rect", { ...corner, fill: data.colours.ann, stroke: "#ffffff" });
      }
      if (bio[spot] !== null) {
        const middle = { cx: x(axis.values[spot]), cy: y(bio[spot]), r: 7 };
        add(svg, "circle", { ...middle, fill: "none", stroke: data.colours.bio, "stroke-width": 3 });
      }
    });
  }

  function drawFigure(svg, data, at) {
    const { width, height, left, right, top, bottom } = PHONE.matches ? NARROW : WIDE;
    const values = data.axes[data.horizontal].values;
    const x = makeScale(values[0], values[values.length - 1], left + 8, width - right - 8);
    const y = makeScale(data.limits[0], data.limits[1], height - bottom - 3, top + 8);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.replaceChildren();
    drawAxes(svg, data, x, y);
    const place = x(values[at[data.horizontal]]);
    const line = { d: `M${place} ${top}V${height - bottom}`, stroke: data.colours.ink, opacity: 0.6 };
    add(svg, "path", { ...line, "stroke-dasharray": "3 4" });
    drawCurves(svg, data, at, x, y);
  }

  function drawLegend(parent, data) {
    data.curves.forEach((label, c) => {
      for (const [side, name] of [["bio", "spiking model"], ["ann", "rate model"]]) {
        const item = document.createElement("span");
        const svg = add(item, "svg", { width: 40, height: 14, viewBox: "0 0 40 14", "aria-hidden": "true" });
        const look = { stroke: data.colours[side], "stroke-width": side === "ann" ? 3 : 1.5 };
        add(svg, "path", { d: "M2 7H38", ...look, "stroke-dasharray": DASHES[c] });
        if (side === "bio") {
          const fill = c ? data.colours.bio : "#ffffff";
          add(svg, "circle", { cx: 20, cy: 7, r: 4, fill, stroke: data.colours.bio, "stroke-width": 1.5 });
        }
        item.append(document.createTextNode(data.curves.length > 1 ? `${name}, ${label}` : name));
        parent.append(item);
      }
    });
  }

  /* Returns the texts of the table at the position of the sliders, by cell. */
  function readCells(data, at) {
    const index = findIndex(data, at);
    const [bioText, annText] = data.connectionTexts[data.connections[index]];
    const cells = { "bio-connection": bioText, "ann-connection": annText };
    data.curves.forEach((_, c) => {
      const place = index * data.curves.length + c;
      cells[`bio-${c}`] = formatEstimate(...data.bio.map((numbers) => numbers[place]));
      cells[`ann-${c}`] = formatNumber(data.ann[place]);
    });
    cells["bio-effect"] = formatEstimate(...data.bioEffect.map((numbers) => numbers[index]));
    cells["ann-effect"] = formatNumber(data.annEffect[index]);
    cells["bio-sign"] = data.signWords[data.bioSign[index]];
    cells["ann-sign"] = data.signWords[data.annSign[index]];
    return cells;
  }

  function describePosition(data, at, cells) {
    const curves = data.curves.map((label, c) =>
      `${data.curves.length > 1 ? `${label}: ` : ""}spiking model ${cells[`bio-${c}`]}, rate model ${cells[`ann-${c}`]} ${data.unit}`);
    const settings = data.axes.map((axis, k) => `${axis.label} ${axis.texts[at[k]]}`);
    return `At ${settings.join(", ")}: ${curves.join("; ")}. Sign of the effect: spiking model ${cells["bio-sign"]}, rate model ${cells["ann-sign"]}.`;
  }

  function startSliders(data, stage) {
    const at = data.axes.map((axis) => axis.start);
    const inputs = [...stage.querySelectorAll("input")];
    const outputs = [...stage.querySelectorAll("output")];
    const [drawing, spoken] = [stage.querySelector(".drawing"), stage.querySelector("#spoken")];
    const show = (isMoved) => {
      inputs.forEach((input, k) => {
        at[data.sliders[k]] = Number(input.value);
        const text = data.axes[data.sliders[k]].texts[Number(input.value)];
        outputs[k].textContent = text;
        input.setAttribute("aria-valuetext", text);
      });
      drawFigure(drawing, data, at);
      const cells = readCells(data, at);
      for (const cell of stage.querySelectorAll("[data-cell]")) cell.textContent = cells[cell.dataset.cell];
      const sentence = describePosition(data, at, cells);
      drawing.setAttribute("aria-label", sentence);
      if (isMoved) spoken.textContent = sentence;
    };
    drawLegend(stage.querySelector(".legend"), data);
    PHONE.addEventListener("change", () => show(false));
    inputs.forEach((input) => input.addEventListener("input", () => show(false)));
    inputs.forEach((input) => input.addEventListener("change", () => show(true)));
    stage.hidden = false;
    show(false);
  }

  function startPrediction() {
    const [button, meaning] = [document.querySelector(".reveal"), document.querySelector("#meaning")];
    const [noted, replies] = [document.querySelector(".noted"), [...document.querySelectorAll(".reply")]];
    const choices = [...document.querySelectorAll(".prediction input")];
    const showReply = () => {
      const chosen = choices.find((choice) => choice.checked);
      replies.forEach((reply, k) => { reply.hidden = Boolean(chosen) && choices[k] !== chosen; });
    };
    for (const choice of choices) {
      choice.addEventListener("change", () => {
        noted.hidden = false;
        noted.textContent = "Your prediction is noted on this page only. Now move the sliders and see whether it holds.";
        showReply();
      });
    }
    meaning.hidden = true;
    button.hidden = false;
    button.addEventListener("click", () => {
      meaning.hidden = !meaning.hidden;
      showReply();
      button.setAttribute("aria-expanded", String(!meaning.hidden));
      button.textContent = meaning.hidden ? "Show the explanation" : "Hide the explanation";
    });
  }

  const data = JSON.parse(document.querySelector("#data").textContent);
  startSliders(data, document.querySelector(".stage"));
  startPrediction();
  document.querySelector(".all").open = false;
})();
