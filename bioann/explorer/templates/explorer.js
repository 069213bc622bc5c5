// The page of the explorer: sliders, requests, and the address, which holds what was changed.
"use strict";

const tab = Math.random().toString(36).slice(2);
const $ = (id) => document.getElementById(id);
const state = { settings: {}, sliders: new Map(), condition: null, along: "", answer: null, lastRun: 0,
  linkError: "" };

async function post(kind, message = {}) {
  const body = JSON.stringify({
    tab, settings: state.settings, condition: state.condition, along: state.along, ...message,
  });
  try {
    const response = await fetch(`${location.pathname}/${kind}`, { method: "POST", body });
    return await response.json();
  } catch {
    return { error: "The explorer does not answer. Start it again with 'bioann play'." };
  }
}

function showError(text) {
  $("error").hidden = !text;
  $("error").textContent = text || "";
}

function setStatus(text, busy) {
  $("status").textContent = text;
  $("status").classList.toggle("busy", Boolean(busy));
}

// The address holds the changed values, so that a link is an experiment.
function writeAddress() {
  const query = new URLSearchParams(state.settings);
  if (state.condition !== null) query.set("condition", state.condition);
  if (state.along) query.set("along", state.along);
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
}

function readAddress() {
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (name === "condition") state.condition = Number.isInteger(Number(value)) ? Number(value) : null;
    else if (name === "along") state.along = value;
    else state.settings[name] = value;
  }
}

function count(n, noun) {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function formatValue(value, unit) {
  return unit && unit !== "1" ? `${value} ${unit}` : String(value);
}

function addSlider(slider) {
  const box = document.createElement("div"), row = document.createElement("div");
  const label = document.createElement("label"), unit = document.createElement("span");
  const range = document.createElement("input"), number = document.createElement("input");
  box.className = "slider";
  box.dataset.address = slider.address;
  label.textContent = slider.address;
  range.type = "range";
  number.type = "number";
  range.min = slider.low;
  range.max = slider.high;
  range.step = slider.step;
  number.step = slider.is_whole ? 1 : "any";
  unit.textContent = slider.unit === "1" ? "" : slider.unit;
  label.htmlFor = number.id = `value ${slider.address}`;
  range.setAttribute("aria-label", slider.address);
  const show = (value) => {
    number.value = value;
    range.value = value;
    box.classList.toggle("changed", slider.address in state.settings);
  };
  const change = (text) => {
    const value = parseFloat(text);
    if (!Number.isFinite(value) || value === slider.value) delete state.settings[slider.address];
    else state.settings[slider.address] = formatValue(value, slider.unit);
    show(Number.isFinite(value) ? value : slider.value);
    writeAddress();
    update();
  };
  range.addEventListener("input", () => change(range.value));
  number.addEventListener("change", () => change(number.value));
  row.append(range, number, unit);
  box.append(label, row);
  const parent = slider.is_main ? $("sliders") : $("others");
  if (parent.lastGroup !== slider.group) {
    const heading = document.createElement("h3");
    heading.textContent = parent.lastGroup = slider.group;
    parent.append(heading);
  }
  parent.append(box);
  state.sliders.set(slider.address, { slider, show });
}

function showSettings() {
  for (const [address, { slider, show }] of state.sliders) {
    const text = state.settings[address];
    const value = text === undefined ? slider.value : parseFloat(text);
    show(Number.isFinite(value) ? value : slider.value);
  }
}

function fillSelect(select, names, chosen) {
  if (select.options.length !== names.length || names.some((n, k) => select.options[k].text !== n)) {
    select.replaceChildren(...names.map((name) => new Option(name, name)));
  }
  select.selectedIndex = Math.max(chosen, 0);
}

function fillTable(table, caption, headings, rows) {
  const add = (row, tag, texts) => texts.forEach((item, k) => {
    const cell = document.createElement(tag);
    cell.textContent = item ?? "–";
    if (k > 3) cell.className = "number";
    row.append(cell);
    if (k === 3 && tag === "td") cell.className = item.startsWith("+") ? "excitatory" : "inhibitory";
  });
  table.replaceChildren();
  table.createCaption().textContent = caption;
  add(table.createTHead().insertRow(), "th", headings);
  const body = table.createTBody();
  rows.forEach((texts) => add(body.insertRow(), "td", texts));
}

function describeSign(row) {
  const sign = row.effective === undefined || row.effective === null ? row.sign : Math.sign(row.effective);
  return sign > 0 ? "+ excitatory" : sign < 0 ? "− inhibitory" : "0 unclear";
}

function showConnections(connections, measured) {
  const headings = ["from", "to", "connection", "sign", "driving force [mV]", "effective weight"];
  if (measured) headings.push("measured [95 % CI]");
  fillTable($("bio-connections"), "Spiking model", headings, connections.bio.map((r, k) => {
    const texts = [r.source, r.target, r.label, describeSign(r), r.drive_mV, r.effective];
    const w = measured && measured[k];
    if (measured) texts.push(!w || w.effective === null ? "not measured"
      : `${w.effective} [${w.low}, ${w.high}]${w.flags ? ` ${w.flags}` : ""}`);
    return texts;
  }));
  fillTable($("ann-connections"), "Rate model", headings.slice(0, 4),
    connections.ann.map((r) => [r.source, r.target, r.label, describeSign(r)]));
  const n = connections.rows_left_out;
  $("rows-left-out").textContent = n ? `${n} more connections are not listed.` : "";
}

function showAnswer(answer) {
  state.answer = answer;
  fillSelect($("condition"), answer.conditions, answer.condition);
  $("along-label").hidden = answer.axes.length < 2;
  fillSelect($("along"), answer.axes, answer.axes.indexOf(answer.along));
  drawCurves($("curves"), answer.curves);
  drawTraces($("traces"), answer.traces);
  drawRaster($("raster"), answer.raster, Math.max(...answer.traces.time_ms));
  $("raster-note").textContent = answer.raster.sizes.length
    ? "Spikes of the first trial, one row per neuron"
      + (answer.raster.left_out ? `; ${answer.raster.left_out} spikes are not drawn.` : ".")
    : "The spiking model records no spikes.";
  const n = answer.matches_left_out;
  $("agreement").textContent = "Root-mean-square difference of the models: "
    + answer.curves.matches.map((c) => `${c.match} ${c.rmse === null ? "undefined" : c.rmse.toFixed(3)}`).join(", ")
    + (n ? `; ${n} more matches are not drawn.` : ".");
  showConnections(answer.connections);
}

// Run with the present settings; the server answers only the latest of several requests.
async function update() {
  const run = ++state.lastRun, start = performance.now();
  setStatus("Running…", true);
  const slow = setTimeout(() => setStatus(
    "Running… The first run of a circuit compiles it, which can take a minute.", true), 2500);
  const answer = await post("run");
  clearTimeout(slow);
  if (run !== state.lastRun || answer.superseded) return;
  showError(answer.error || state.linkError);
  state.linkError = "";
  if (answer.error) {
    setStatus(state.answer ? "The plots show the last experiment that ran." : "Nothing has run yet.");
    return;
  }
  showAnswer(answer);
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  setStatus(`Computed in ${seconds} s: ${count(answer.trials, "trial")} of ${count(answer.conditions.length, "condition")}, engine ${answer.engine}.`);
  document.body.dataset.runs = Number(document.body.dataset.runs || 0) + 1;
  clearTimeout(state.drawing);
  state.drawing = setTimeout(drawCircuit, 400);
}

function drawCircuit() {
  const query = new URLSearchParams(state.settings);
  if (window.innerWidth < 600) query.set("narrow", "1");
  query.set("tab", tab);
  const image = new Image();
  image.onload = () => { $("circuit").src = image.src; $("circuit").hidden = false; };
  image.src = `${location.pathname}/circuit.svg?${query}`;
}

async function act(button, kind, show) {
  button.disabled = true;
  setStatus(kind === "pair_file" ? "Writing…" : "Running; a report or measurement takes longer…", true);
  const answer = await post(kind);
  button.disabled = false;
  setStatus("");
  showError(answer.error);
  if (!answer.error && !answer.superseded) show(answer);
}

function showReport(answer) {
  const link = document.createElement("a");
  link.href = `reports/${encodeURIComponent(answer.page)}`;
  link.textContent = answer.page;
  link.target = "_blank";
  $("kept").replaceChildren("Wrote ", link, ` (${answer.path})`);
}

function listen() {
  $("reset").onclick = () => { state.settings = {}; showSettings(); writeAddress(); update(); };
  $("copy").onclick = () => navigator.clipboard.writeText(location.href).then(() => setStatus("Copied."));
  $("condition").onchange = (e) => { state.condition = e.target.selectedIndex; writeAddress(); update(); };
  $("along").onchange = (e) => { state.along = e.target.value; writeAddress(); update(); };
  $("measure").onclick = (e) => act(e.target, "measure", (answer) => {
    showConnections(state.answer.connections, answer.weights);
  });
  $("pair_file").onclick = (e) => act(e.target, "pair_file", (answer) => {
    $("kept").textContent = `Wrote ${answer.path}. Next: ${answer.command}`;
  });
  $("report").onclick = (e) => act(e.target, "report", showReport);
  $("controls").onsubmit = (e) => e.preventDefault();
  $("search").oninput = (e) => {
    for (const box of $("others").querySelectorAll(".slider")) {
      box.hidden = !box.dataset.address.toLowerCase().includes(e.target.value.toLowerCase());
    }
  };
  window.addEventListener("resize", () => {
    resizePlots();
    if (state.answer) drawRaster($("raster"), state.answer.raster, Math.max(...state.answer.traces.time_ms));
  });
  window.matchMedia("(prefers-color-scheme: dark)").onchange = () => state.answer && showAnswer(state.answer);
}

async function start() {
  readAddress();
  listen();
  const names = await (await fetch("pairs")).json();
  const name = decodeURIComponent(location.pathname.split("/").pop());
  fillSelect($("pairs"), names, names.indexOf(name));
  $("pairs").onchange = (e) => { location.href = encodeURIComponent(e.target.value); };
  let pair = await post("describe");
  if (pair.error) { // a setting of the link is wrong: show the pair as it is, and say what is wrong
    state.linkError = pair.error;
    showError(pair.error);
    pair = await post("describe", { settings: {} });
    // What the pair does not have is left out: otherwise no other change would run.
    const names = new Set((pair.sliders || []).map((slider) => slider.address));
    for (const address of Object.keys(state.settings)) {
      if (!names.has(address)) delete state.settings[address];
    }
  }
  if (pair.error) return setStatus("");
  document.title = `${pair.name}: bioann explorer`;
  $("name").textContent = pair.name;
  $("question").textContent = pair.question;
  $("note").hidden = !pair.note;
  $("note").textContent = pair.note;
  pair.sliders.forEach(addSlider);
  if (pair.sliders_left_out) $("more").querySelector("summary").textContent +=
    ` (${pair.sliders_left_out} more by link only)`;
  showSettings();
  update();
}

start();
