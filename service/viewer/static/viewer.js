// Built from viewer/ by `make viewer`; not to be edited. Apache-2.0. Research use only.

// src/api/http.ts
var Refusal = class extends Error {
  constructor(code, title, detail) {
    super(`${title}. ${detail}`);
    this.code = code;
    this.title = title;
    this.detail = detail;
  }
  code;
  title;
  detail;
};
var key;
var asking;
var askForKey = () => Promise.reject(new Refusal("unauthorized", "An API key is needed", ""));
function onKeyNeeded(ask) {
  askForKey = ask;
}
function signedIn() {
  return key !== void 0;
}
async function request(path, options = {}) {
  const sent = key;
  const headers = new Headers(options.headers);
  if (sent !== void 0) headers.set("X-API-Key", sent);
  const answer = await reached(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  if (answer.status !== 401) return accepted(answer);
  if (sent === key) await newKey(sent !== void 0);
  return request(path, options);
}
async function json(path, options = {}) {
  return (await request(path, options)).json();
}
function body(method, value, headers = {}) {
  return { method, body: JSON.stringify(value), headers: { "Content-Type": "application/json", ...headers } };
}
async function reached(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal("unreachable", "The service does not answer", "Is it running, and is the network up?");
  }
}
async function accepted(answer) {
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Refusal(said.code ?? "unknown", said.title ?? `Error ${answer.status}`, said.detail ?? "");
}
async function newKey(wrong) {
  asking ??= askForKey(wrong);
  try {
    key = await asking;
  } finally {
    asking = void 0;
  }
}

// src/space/vector.ts
function plus(a, b) {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}
function minus(a, b) {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}
function times(a, factor) {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}
function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
function length(a) {
  return Math.hypot(a[0], a[1], a[2]);
}
function distance(a, b) {
  return length(minus(a, b));
}

// src/space/grid.ts
var RIM = 0.5 + 1e-6;
var Grid = class {
  /** size, spacing in mm, first voxel's centre, and for each of x, y, z the unit vector that the index runs along. */
  constructor(size, spacing, origin, axes) {
    this.size = size;
    this.spacing = spacing;
    this.origin = origin;
    this.axes = axes;
  }
  size;
  spacing;
  origin;
  axes;
  toPoint(index) {
    const [x, y, z] = this.axes;
    const [i, j, k] = [index[0] * this.spacing[0], index[1] * this.spacing[1], index[2] * this.spacing[2]];
    return plus(this.origin, plus(times(x, i), plus(times(y, j), times(z, k))));
  }
  toIndex(point) {
    const from = minus(point, this.origin);
    const [x, y, z] = this.axes;
    return [dot(from, x) / this.spacing[0], dot(from, y) / this.spacing[1], dot(from, z) / this.spacing[2]];
  }
  contains(point) {
    return this.toIndex(point).every((v, axis) => v >= -RIM && v <= this.size[axis] - 1 + RIM);
  }
  get middle() {
    return this.toPoint([(this.size[0] - 1) / 2, (this.size[1] - 1) / 2, (this.size[2] - 1) / 2]);
  }
  get voxels() {
    return this.size[0] * this.size[1] * this.size[2];
  }
  /** The patient's box around the outer voxels: its lowest and its highest corner. */
  get extent() {
    const ends = [0, 1, 2].map((axis) => [-0.5, this.size[axis] - 0.5]);
    const corners = ends[0].flatMap((i) => ends[1].flatMap((j) => ends[2].map((k) => this.toPoint([i, j, k]))));
    const along = (pick, axis) => pick(...corners.map((corner2) => corner2[axis]));
    const corner = (pick) => [along(pick, 0), along(pick, 1), along(pick, 2)];
    return [corner(Math.min), corner(Math.max)];
  }
  /** The axis (0, 1, 2) of the grid that runs along a direction best. */
  nearestAxis(direction) {
    const shares = this.axes.map((axis) => Math.abs(dot(axis, direction)));
    return shares.indexOf(Math.max(...shares));
  }
  /** Column-major 4 x 4: patient millimetres to texture coordinates, 0 to 1 over the whole volume. */
  get toTexture() {
    const matrix = new Float32Array(16);
    this.axes.forEach((axis, row) => {
      const scale = 1 / (this.spacing[row] * this.size[row]);
      axis.forEach((component, column) => matrix[4 * column + row] = component * scale);
      matrix[12 + row] = 0.5 / this.size[row] - dot(axis, this.origin) * scale;
    });
    matrix[15] = 1;
    return matrix;
  }
};

// src/files/nifti.ts
var HEADER = 348;
var SFORM = 280;
async function unpacked(body2) {
  return new Response(body2.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
function readNifti(bytes) {
  const header2 = new DataView(bytes);
  if (bytes.byteLength < HEADER || header2.getInt32(0, true) !== HEADER) throw new Error("This is no NIfTI file.");
  const size = [1, 2, 3].map((n) => header2.getInt16(40 + 2 * n, true));
  const grid = gridOf(header2, size);
  return { values: valuesOf(bytes, header2, grid.voxels), grid };
}
function gridOf(header2, size) {
  const row = (r) => [0, 1, 2, 3].map((c) => (r < 2 ? -1 : 1) * header2.getFloat32(SFORM + 16 * r + 4 * c, true));
  const rows = [row(0), row(1), row(2)];
  const column = (c) => [rows[0][c], rows[1][c], rows[2][c]];
  const steps = [column(0), column(1), column(2)];
  const spacing = [length(steps[0]), length(steps[1]), length(steps[2])];
  const axes = steps.map((step, n) => times(step, 1 / spacing[n]));
  return new Grid(size, spacing, column(3), axes);
}
function valuesOf(bytes, header2, voxels) {
  const start2 = header2.getFloat32(108, true);
  const kind = header2.getInt16(70, true);
  if (kind === 4) return new Int16Array(bytes, start2, voxels);
  if (kind === 16) return new Float32Array(bytes, start2, voxels);
  if (kind === 2) return new Uint8Array(bytes, start2, voxels);
  throw new Error(`The page reads no NIfTI of data type ${kind}.`);
}

// src/api/registrations.ts
var ROOT = "/v1/registrations";
async function listed() {
  return (await json(ROOT)).items;
}
function start(wanted) {
  return json(ROOT, body("POST", wanted));
}
async function read(id) {
  const answer = await request(`${ROOT}/${id}`);
  return { registration: await answer.json(), tag: answer.headers.get("ETag") ?? "" };
}
function cancel(id) {
  return json(`${ROOT}/${id}/cancel`, { method: "POST" });
}
async function purge(id) {
  await request(`${ROOT}/${id}`, { method: "DELETE" });
}
async function volume(id, name, revision) {
  const answer = await request(`${ROOT}/${id}/${name}?format=nifti&revision=${revision}`, {
    headers: { Prefer: "wait=60" }
  });
  return readNifti(await unpacked(answer.body));
}
function report(id) {
  return json(`${ROOT}/${id}/report`);
}
function keypoints(id) {
  return json(`${ROOT}/${id}/keypoints`);
}
async function mapped(id, points) {
  return (await json(`${ROOT}/${id}/points`, body("POST", { points }))).points;
}

// src/widgets/element.ts
function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key2, value] of Object.entries(attributes)) {
    if (value === void 0) continue;
    if (key2 === "text") made.textContent = value;
    else made.setAttribute(key2, value);
  }
  made.append(...children);
  return made;
}
function button(text, click, attributes = {}) {
  const made = element("button", { type: "button", text, ...attributes });
  made.addEventListener("click", () => void click());
  return made;
}

// src/widgets/controls.ts
function choice(name, options, chosen) {
  const buttons = options.map(([text, value, hint]) => button(text, () => chosen(value), { title: hint }));
  return {
    element: element("div", { class: "choice", role: "group", "aria-label": name }, buttons),
    show: (value) => options.forEach(([, own], n) => buttons[n].setAttribute("aria-pressed", String(own === value)))
  };
}
function slider(name, changed) {
  const input = element("input", { type: "range", min: "0", max: "1", step: "0.01", "aria-label": name });
  input.addEventListener("input", () => changed(Number(input.value)));
  const made = element("label", { class: "slider" }, [element("span", { text: name }), input]);
  return { element: made, show: (share) => input.value = String(share) };
}
function section(title, children) {
  return element("section", { class: "block" }, [element("h3", { text: title }), ...children]);
}
function figures(rows) {
  const lines2 = rows.map(([name, value]) => element("tr", {}, [element("th", { text: name }), element("td", { text: value })]));
  return element("table", { class: "figures" }, [element("tbody", {}, lines2)]);
}
function number(value, digits = 2, unit = "") {
  return value === null || value === void 0 || Number.isNaN(value) ? "–" : `${value.toFixed(digits)}${unit}`;
}

// src/widgets/notice.ts
var LASTS_MS = 6e3;
var place = element("div", { class: "notices", role: "status", "aria-live": "polite" });
function tell(title, detail = "", kind = "news") {
  if (!place.isConnected) document.body.append(place);
  const line2 = element("div", { class: `notice ${kind}` }, [element("strong", { text: title }), element("span", { text: detail })]);
  line2.append(button("✕", () => line2.remove(), { "aria-label": "Close" }));
  place.replaceChildren(line2);
  if (kind === "news") setTimeout(() => line2.remove(), LASTS_MS);
}
function tellError(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (error instanceof Refusal) return tell(error.title, error.detail, "error");
  tell("This did not work", error instanceof Error ? error.message : String(error), "error");
}
async function telling(work) {
  try {
    await work();
  } catch (error) {
    tellError(error);
  }
}

// src/api/series.ts
function upload(files) {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  return json("/v1/series", { method: "POST", body: form });
}

// src/files/dropped.ts
async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.length) return visible([...transfer.files]);
  return visible((await Promise.all(entries.map(filesBelow))).flat());
}
function visible(files) {
  return files.filter((file) => !file.name.startsWith(".") && file.name !== "DICOMDIR" && file.name !== "Thumbs.db");
}
async function filesBelow(entry) {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader2 = entry.createReader();
  const found = [];
  for (; ; ) {
    const some = await new Promise((done, failed) => reader2.readEntries(done, failed));
    if (!some.length) return found;
    found.push(...(await Promise.all(some.map(filesBelow))).flat());
  }
}

// src/pages/scan.ts
var uploaded = /* @__PURE__ */ new Map();
function scanChooser(title, about, changed) {
  let chosen;
  const status = element("p", { class: "status", role: "status" }, ["Drop a folder or files here, DICOM, zip, NIfTI, MHA or NRRD."]);
  const earlier = element("select", { "aria-label": `${title} among earlier ones` });
  const take = async (files) => {
    if (!files.length) return;
    chosen = void 0;
    changed();
    box.classList.add("busy");
    const megabytes = files.reduce((sum, file) => sum + file.size, 0) / 1e6;
    status.textContent = `Uploading ${files.length} file${files.length === 1 ? "" : "s"}, ${megabytes.toFixed(1)} MB …`;
    try {
      const series = await upload(files);
      chosen = series.id;
      status.textContent = described(series);
      uploaded.set(series.id, described(series));
    } catch (error) {
      status.textContent = "This scan was not taken. Try another one.";
      tellError(error);
    }
    box.classList.remove("busy");
    changed();
  };
  const box = element("div", { class: "drop", "aria-label": title }, [
    element("h4", { text: title }),
    element("p", { class: "quiet", text: about }),
    status,
    element("div", { class: "choice" }, [picker("Files …", false, take), picker("Folder …", true, take)]),
    earlier
  ]);
  earlier.addEventListener("change", () => {
    chosen = earlier.value || void 0;
    status.textContent = chosen ? uploaded.get(chosen) ?? "A scan of an earlier registration." : "";
    changed();
  });
  attachDrop(box, take);
  return { element: box, id: () => chosen, offer: (known) => offer(earlier, known) };
}
function offer(select, known) {
  const all = [.../* @__PURE__ */ new Set([...uploaded.keys(), ...known])];
  select.hidden = !all.length;
  const option = (id) => element("option", { value: id, text: `${id.slice(0, 8)} · ${uploaded.get(id) ?? "of an earlier registration"}` });
  select.replaceChildren(element("option", { value: "", text: "or one the service has …" }), ...all.map(option));
}
function described(series) {
  const { size, spacing_mm: spacing } = series.report;
  const dropped = series.report.dropped?.length ?? 0;
  const grid = size && spacing ? `${size.join(" × ")} voxels of ${spacing.map((v) => Number(v.toFixed(2))).join(" × ")} mm` : "read";
  return `${grid}, ${series.files} file${series.files === 1 ? "" : "s"}${dropped ? `, ${dropped} left out` : ""}`;
}
function picker(text, folder, take) {
  const input = element("input", { type: "file", multiple: "", hidden: "" });
  if (folder) input.webkitdirectory = true;
  input.addEventListener("change", () => {
    void take(visible([...input.files ?? []]));
    input.value = "";
  });
  return element("span", {}, [button(text, () => input.click()), input]);
}
function attachDrop(box, take) {
  box.addEventListener("dragover", (event) => {
    event.preventDefault();
    box.classList.add("over");
  });
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    if (event.dataTransfer) void droppedFiles(event.dataTransfer).then(take, tellError);
  });
}

// src/pages/home.ts
var EFFORTS = { thorough: {}, quick: { finish: false, keypoints: { max: 1024 } } };
var PRESETS = [["auto", "Choose the window for me"], ["thorax", "Thorax"], ["abdomen", "Abdomen"]];
async function homePage(place6) {
  const fixed = scanChooser("Fixed scan", "The scan that stays as it is.", () => ready());
  const moving = scanChooser("Moving scan", "The scan that is brought onto it.", () => ready());
  const preset = element("select", { "aria-label": "Preset" }, PRESETS.map(([value, text]) => element("option", { value, text })));
  const effort = element("select", { "aria-label": "Effort" }, [
    element("option", { value: "thorough", text: "Thorough" }),
    element("option", { value: "quick", text: "Quick look, less exact" })
  ]);
  const start2 = button("Register", () => telling(begin), { class: "main" });
  const list = element("div", { class: "list" }, ["Loading …"]);
  const ready = () => void (start2.disabled = !fixed.id() || !moving.id());
  const begin = async () => {
    start2.disabled = true;
    try {
      const wanted = { fixed: fixed.id(), moving: moving.id(), preset: preset.value };
      const made = await start({ ...wanted, ...EFFORTS[effort.value] });
      location.hash = `#/registrations/${made.id}`;
    } finally {
      ready();
    }
  };
  ready();
  place6.replaceChildren(
    element("main", { class: "home" }, [
      section("New registration", [element("div", { class: "pair" }, [fixed.element, moving.element]), element("div", { class: "start" }, [preset, effort, start2])]),
      section("Your registrations", [list])
    ])
  );
  const show2 = async () => {
    const all = await listed();
    list.replaceChildren(all.length ? table(all, () => telling(show2)) : "None yet.");
    const known = [...new Set(all.flatMap((one) => [one.request.fixed, one.request.moving]))];
    for (const chooser of [fixed, moving]) chooser.offer(known);
  };
  await telling(show2);
}
function table(all, changed) {
  const rows = all.map((one) => {
    const link = element("a", { href: `#/registrations/${one.id}`, text: new Date(one.created_at).toLocaleString() });
    const state = one.state === "running" ? `${one.stage ?? "running"} ${Math.round(100 * one.progress)} %` : one.state;
    const remove = button("Delete", () => telling(() => removed(one, changed)));
    const cells2 = [link, state, one.request.preset, one.revision ? `revision ${one.revision}` : "", remove];
    return element("tr", {}, cells2.map((cell) => element("td", {}, [cell])));
  });
  const head = ["Started", "State", "Preset", "Corrections", ""].map((text) => element("th", { text }));
  return element("table", { class: "registrations" }, [element("thead", {}, [element("tr", {}, head)]), element("tbody", {}, rows)]);
}
async function removed(one, changed) {
  if (!confirm("Delete this registration and everything that was made of it?")) return;
  await purge(one.id);
  changed();
}

// src/api/events.ts
async function* states(id, signal) {
  const answer = await request(`/v1/registrations/${id}/events`, { signal });
  for await (const event of eventsOf(answer.body)) {
    if (event.name === "state") yield JSON.parse(event.data);
    if (event.name !== "state") return;
  }
}
async function* eventsOf(body2) {
  const reader2 = body2.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (; ; ) {
    const { value, done } = await reader2.read();
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const lines2 = new Map(block.split("\n").map((line2) => line2.split(/: (.*)/s)));
      if (lines2.has("event")) yield { name: lines2.get("event"), data: lines2.get("data") ?? "" };
    }
  }
}

// src/files/metaimage.ts
var END = "ElementDataFile = LOCAL\n";
var LONGEST_HEADER = 4096;
function readFieldBlock(bytes) {
  const text = new TextDecoder("latin1").decode(bytes.slice(0, LONGEST_HEADER));
  const start2 = text.indexOf(END) + END.length;
  if (start2 < END.length) throw new Error("This is no MetaImage file.");
  const header2 = new Map(text.slice(0, start2).split("\n").map((line2) => line2.split(" = ")));
  if (header2.get("ElementType") !== "MET_FLOAT" || header2.get("ElementNumberOfChannels") !== "3")
    throw new Error("This MetaImage file holds no displacement field.");
  const numbers = (key2) => (header2.get(key2) ?? "").trim().split(/\s+/).map(Number);
  const point = (key2) => numbers(key2);
  const m = numbers("TransformMatrix");
  const axes = [m.slice(0, 3), m.slice(3, 6), m.slice(6, 9)];
  const grid = new Grid(point("DimSize"), point("ElementSpacing"), point("Offset"), axes);
  return { vectors: new Float32Array(bytes.slice(start2, start2 + 12 * grid.voxels)), grid };
}

// src/api/corrections.ts
var BLOCK = "application/x-metaimage";
var place2 = (id) => `/v1/registrations/${id}`;
async function edit(id, tag, change) {
  const headers = { "If-Match": tag, Accept: BLOCK };
  return edited(await request(`${place2(id)}/correspondences`, body("PATCH", change, headers)));
}
async function restore(id, tag, revision) {
  const headers = { "If-Match": tag };
  return edited(await request(`${place2(id)}/revisions/${revision}/restore`, { method: "POST", headers }));
}
async function correspondences(id) {
  return (await json(`${place2(id)}/correspondences`)).correspondences;
}
async function revisions(id) {
  return (await json(`${place2(id)}/revisions`)).items;
}
async function edited(answer) {
  if (answer.status === 202) return void 0;
  const common = { tag: answer.headers.get("ETag") ?? "", serviceMs: serviceTime(answer) };
  if (answer.headers.get("Content-Type")?.startsWith(BLOCK))
    return { ...common, ...facts(answer.headers), block: readFieldBlock(await answer.arrayBuffer()) };
  const { field, ...rest } = await answer.json();
  const empty = rest.box.start.some((v, axis) => v >= rest.box.stop[axis]);
  return { ...common, ...rest, block: empty ? void 0 : await fetchedBlock(field) };
}
async function fetchedBlock(path) {
  return readFieldBlock(await (await request(`${path}&format=mha`)).arrayBuffer());
}
function facts(headers) {
  const words = (name) => (headers.get(name) ?? "").split(";").filter((word) => word);
  const corners = (headers.get("X-Box") ?? "").split(",").map(Number);
  return {
    revision: Number(headers.get("X-Revision")),
    box: { start: corners.slice(0, 3), stop: corners.slice(3) },
    folds: Number(headers.get("X-Folds")),
    relaxed: words("X-Relaxed").map(decodeURIComponent),
    residuals: words("X-Residuals").map((word) => {
      const [id, before, after] = word.split(/[=>]/);
      return { id: decodeURIComponent(id), before: Number(before), after: Number(after) };
    })
  };
}
function serviceTime(answer) {
  return Number(/dur=([\d.]+)/.exec(answer.headers.get("Server-Timing") ?? "")?.[1] ?? NaN);
}

// src/scans/volume.ts
function isEmpty(box) {
  return box.start.some((v, axis) => v >= box.stop[axis]);
}
function valueAt(volume2, point) {
  if (!volume2.grid.contains(point)) return void 0;
  const [x, y, z] = volume2.grid.toIndex(point).map((v, axis) => clamp(Math.round(v), volume2.grid.size[axis]));
  return volume2.values[(z * volume2.grid.size[1] + y) * volume2.grid.size[0] + x];
}
function clamp(index, size) {
  return Math.min(Math.max(index, 0), size - 1);
}
function quantiles(values, shares) {
  const step = Math.max(1, Math.floor(values.length / 2e5));
  const some = Float32Array.from({ length: Math.floor(values.length / step) }, (_, i) => values[i * step]).sort();
  return shares.map((share) => some[Math.min(some.length - 1, Math.floor(share * some.length))] ?? 0);
}

// src/drawing/ranges.ts
var JACOBIAN_RANGE = { low: 0.25, high: 4, jacobian: true };
function amountRange(map) {
  const [most] = quantiles(map.values, [0.98]);
  return { low: 0, high: roundUp(Math.max(most, 1e-6)), jacobian: false };
}
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

// src/viewing/store.ts
var Store = class {
  constructor(state) {
    this.state = state;
  }
  state;
  followers = /* @__PURE__ */ new Set();
  get now() {
    return this.state;
  }
  change(part) {
    const before = this.state;
    this.state = { ...before, ...part };
    for (const follower of this.followers) follower(this.state, before);
  }
  /** Called after every change. */
  follow(follower) {
    this.followers.add(follower);
  }
};

// src/viewing/scene.ts
function firstScene(fixed, preset) {
  const middle = fixed.grid.middle;
  const snapped = fixed.grid.toPoint(fixed.grid.toIndex(middle).map(Math.round));
  return {
    tab: "compare",
    tool: "point",
    layout: "three",
    active: "axial",
    mode: "blend",
    against: "warped",
    share: 0.5,
    window: windowFor(fixed, preset),
    map: void 0,
    opacity: 0.7,
    vectors: "none",
    keypoints: false,
    cursor: { fixed: snapped, moving: snapped },
    centre: { fixed: middle, moving: middle },
    zoom: 1
  };
}
var WINDOWS = {
  Lung: { low: -1350, width: 1500 },
  "Soft tissue": { low: -160, width: 400 },
  Liver: { low: -20, width: 160 },
  Bone: { low: -500, width: 1800 }
};
function wholeWindow(scan) {
  const [low, high] = quantiles(scan.values, [0.01, 0.995]);
  return { low, width: Math.max(high - low, 1e-3) };
}
function windowFor(fixed, preset) {
  const [low] = quantiles(fixed.values, [0.02]);
  if (low > -500) return wholeWindow(fixed);
  return WINDOWS[preset === "thorax" ? "Lung" : "Soft tissue"];
}
function moveCursor(scene, point) {
  const { cursor } = scene.now;
  const step = minus(point, cursor.fixed);
  scene.change({ cursor: { fixed: point, moving: plus(cursor.moving, step) } });
}
function goTo(scene, point) {
  moveCursor(scene, point);
  const { cursor, zoom } = scene.now;
  if (zoom <= 1) return;
  scene.change({ centre: { fixed: cursor.fixed, moving: cursor.moving } });
}
function shiftCentre(scene, by) {
  const { centre } = scene.now;
  scene.change({ centre: { fixed: plus(centre.fixed, by), moving: plus(centre.moving, by) } });
}

// src/panels/compare.ts
var MODES = [
  ["Fixed", "first", "F"],
  ["Other", "second", "W"],
  ["Blend", "blend", "B"],
  ["Colours", "colours", "O: the fixed scan blue, the other one orange; grey where they agree"],
  ["Checker", "checker", "C"],
  ["Swipe", "swipe", "S"],
  ["Difference", "difference", "D: blue where the other scan is darker, orange where it is brighter"]
];
function comparePanel(scene, fixed) {
  const modes = choice("Show", MODES, (mode) => scene.change({ mode }));
  const against = choice("Other scan", [["Warped", "warped", "U"], ["Moving, un-warped", "moving-scan", "U"]], (value) => scene.change({ against: value }));
  const share = slider("Blend / swipe", (value) => scene.change({ share: value }));
  const windows = [...Object.entries(WINDOWS), ["Whole", wholeWindow(fixed)]];
  const presets = choice("Window", windows, (window) => scene.change({ window }));
  const layout = choice("Panes", [["Fixed scan", "three"], ["With the moving scan", "six"]], (value) => scene.change({ layout: value }));
  const tools = choice("Drag to", [["Point", "point"], ["Window", "window"], ["Pan", "pan"], ["Zoom", "zoom"]], (tool) => scene.change({ tool }));
  const values = element("p", { class: "quiet" });
  const show2 = () => {
    const now = scene.now;
    modes.show(now.mode);
    against.show(now.against);
    share.show(now.share);
    presets.show(windows.find(([, w]) => w.low === now.window.low && w.width === now.window.width)?.[1]);
    layout.show(now.layout);
    tools.show(now.tool);
    const { low, width } = now.window;
    values.textContent = `Centre ${number(low + width / 2, 0)}, width ${number(width, 0)}. Right button and drag to change it.`;
  };
  scene.follow(show2);
  show2();
  return element("div", {}, [
    section("Show", [modes.element, share.element, element("p", { class: "quiet", text: "Other scan" }), against.element]),
    section("Window", [presets.element, values]),
    section("Panes", [layout.element]),
    section("Drag to", [tools.element, button("Whole scan", () => document.dispatchEvent(new Event("fit")))])
  ]);
}

// src/panels/correct.ts
function correctPanel(scene, corrector, placer, suggest) {
  const hint = element("p", { class: "hint" });
  const list = element("ul", { class: "corrections" });
  const facts2 = element("div");
  const history = element("ol", { class: "revisions", reversed: "" });
  const undo = button("Undo", () => telling(() => corrector.undo()), { title: "Ctrl + Z" });
  const redo = button("Redo", () => telling(() => corrector.redo()), { title: "Ctrl + Shift + Z" });
  const where = button("Where next?", () => telling(suggest), { title: "Go to the most doubtful place without a correction near it" });
  let shownRevision = -1;
  const show2 = () => {
    const { list: all, past, future, busy, revision } = corrector.state.now;
    hint.textContent = hintFor(placer, all.some((one) => one.id === placer.state.now.id), busy);
    undo.disabled = busy || !past.length;
    redo.disabled = busy || !future.length;
    list.replaceChildren(...all.map((one) => correctionLine(one.id, scene, corrector, placer)));
    facts2.replaceChildren(factsOf(corrector));
    if (shownRevision !== revision) void telling(showHistory);
    shownRevision = revision;
  };
  const showHistory = async () => {
    const all = await corrector.revisions();
    history.replaceChildren(
      ...all.toReversed().map((one) => {
        const text = `${one.action}, ${one.correspondences} correction${one.correspondences === 1 ? "" : "s"}, by ${one.by}`;
        const current = one.revision === corrector.state.now.revision;
        const restore2 = button("Restore", () => telling(() => corrector.restore(one.revision)));
        return element("li", { value: String(one.revision) }, [`${text} `, current ? element("em", { text: "now" }) : restore2]);
      })
    );
  };
  corrector.state.follow(show2);
  placer.state.follow(show2);
  show2();
  return element("div", {}, [
    section("Correct", [hint, element("div", { class: "choice" }, [undo, redo, where])]),
    section("Corrections", [list, facts2]),
    section("Revisions", [history])
  ]);
}
function hintFor(placer, exists, busy) {
  const { fixed, id } = placer.state.now;
  if (busy) return "Correcting …";
  if (!fixed) return "1. Click a point in the fixed scan (upper row) that you recognise.";
  if (exists) return `“${id}”: click or drag its place in the moving scan (lower row) to move it; Delete removes it.`;
  return "2. The dashed ring shows where the registration has it. Click or drag the right place in the moving scan (lower row).";
}
function correctionLine(id, scene, corrector, placer) {
  const one = corrector.state.now.list.find((other) => other.id === id);
  const residual = corrector.state.now.last?.residuals.find((r) => r.id === id);
  const relaxed = corrector.state.now.last?.relaxed.includes(id);
  const chosen = placer.state.now.id === id;
  const choose = button(id, () => {
    placer.choose(one);
    goTo(scene, one.fixed);
  }, { "aria-pressed": String(chosen) });
  const said = residual ? ` ${number(residual.before, 1)} → ${number(residual.after, 2)} mm${relaxed ? ", in part: it would fold" : ""}` : "";
  const remove = button("Delete", () => telling(() => corrector.remove(id)), { "aria-label": `Delete ${id}` });
  return element("li", {}, [choose, element("span", { text: said }), remove]);
}
function factsOf(corrector) {
  const { last, revision } = corrector.state.now;
  const rows = [["Revision", String(revision)]];
  if (last) {
    const size = last.box.stop.map((v, axis) => Math.max(0, v - last.box.start[axis]));
    rows.push(["Changed block", `${size.join(" × ")} voxels`], ["Folds in it", String(last.folds)]);
  }
  return figures(rows);
}

// src/drawing/colours.ts
var AMOUNT = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [254, 232, 56]
];
var CHANGE = [
  [33, 102, 208],
  [110, 160, 225],
  [225, 225, 225],
  [240, 170, 90],
  [200, 85, 0]
];
var FOLD = [255, 0, 200];
var SCALES = { amount: AMOUNT, change: CHANGE };
function colourAt(name, share) {
  const scale = SCALES[name];
  const at2 = Math.min(Math.max(share, 0), 1) * (scale.length - 1);
  const low = Math.min(Math.floor(at2), scale.length - 2);
  const [a, b] = [scale[low], scale[low + 1]];
  const mixed = (n) => Math.round(a[n] + (b[n] - a[n]) * (at2 - low));
  return [mixed(0), mixed(1), mixed(2)];
}
function css(colour) {
  return `rgb(${colour.join(" ")})`;
}
function table2(name) {
  const bytes = new Uint8Array(4 * 256);
  for (let n = 0; n < 256; n++) bytes.set([...colourAt(name, n / 255), 255], 4 * n);
  return bytes;
}

// src/panels/legend.ts
var WIDTH = 256;
function legend(range, unit) {
  const canvas = element("canvas", { width: String(WIDTH), height: "12" });
  const context = canvas.getContext("2d");
  for (let x = 0; x < WIDTH; x++) {
    context.fillStyle = css(colourAt(range.jacobian ? "change" : "amount", x / (WIDTH - 1)));
    context.fillRect(x, 0, 1, 12);
  }
  const ends = range.jacobian ? ["¼ shrinks", "1", "4 grows"] : [range.low, (range.low + range.high) / 2, range.high].map((value) => `${Number(value.toPrecision(3))}${unit}`);
  const ticks = element("div", { class: "ticks" }, ends.map((text) => element("span", { text })));
  return element("div", { class: "legend" }, [canvas, ticks, ...range.jacobian ? [foldSign()] : []]);
}
function foldSign() {
  const sign = element("canvas", { width: "12", height: "12" });
  const context = sign.getContext("2d");
  context.fillStyle = css(FOLD);
  context.fillRect(0, 0, 12, 12);
  return element("div", { class: "fold" }, [sign, " folds (determinant at or below 0)"]);
}

// src/panels/doubt.ts
var MAPS = [
  ["None", void 0],
  ["Expected error", "error", "Calibrated, mm; before corrections"],
  ["90 % bound", "bound", "Nine errors in ten are smaller; before corrections"],
  ["Volume change", "jacobian", "Jacobian determinant, with corrections; folds are marked"],
  ["Attention", "attention", "Standard deviation of the attention scores; before corrections"]
];
function doubtPanel(scene) {
  const maps = choice("Map", MAPS, (map) => scene.change({ map }));
  const opacity = slider("Opacity", (value) => scene.change({ opacity: value }));
  const vectors = choice("Displacement", [["None", "none"], ["Arrows", "arrows"], ["Grid", "grid"]], (value) => scene.change({ vectors: value }));
  const points = choice("Keypoints", [["Hidden", false], ["Shown", true]], (value) => scene.change({ keypoints: value }));
  const scale = element("div");
  const places = element("ol", { class: "places" });
  const table3 = element("div");
  const show2 = () => {
    maps.show(scene.now.map);
    opacity.show(scene.now.opacity);
    vectors.show(scene.now.vectors);
    points.show(scene.now.keypoints);
    scale.hidden = scene.now.map === void 0;
  };
  scene.follow(show2);
  show2();
  return {
    element: element("div", {}, [
      section("Look here first", [places]),
      section("Map", [maps.element, scale, opacity.element]),
      section("Displacement", [vectors.element]),
      section("Keypoints and matches", [points.element]),
      section("Figures", [table3])
    ]),
    range: (range, map) => scale.replaceChildren(legend(range, map === "error" || map === "bound" ? " mm" : "")),
    places: (list) => places.replaceChildren(...list.map((one) => element("li", {}, [place3(scene, one)]))),
    report: (report2) => table3.replaceChildren(figuresOf(report2))
  };
}
function place3(scene, one) {
  const [x, y, z] = one.point.map((v) => v.toFixed(0));
  return button(`${number(one.error, 1)} mm at (${x}, ${y}, ${z})`, () => goTo(scene, one.point));
}
function figuresOf(report2) {
  const { jacobian, displacement_mm: moved, expected_error_mm: error, bound_mm: bound, likeness } = report2;
  return figures([
    ["Displacement, median / largest", `${number(moved.median, 1)} / ${number(moved.max, 1)} mm`],
    ["Expected error, median / p90", `${number(error.median, 1)} / ${number(error.p90, 1)} mm`],
    [`${number(100 * bound.level, 0)} % bound, median`, number(bound.median, 1, " mm")],
    ["Correlation before → after", `${number(likeness["correlation_before"], 3)} → ${number(likeness["correlation_after"], 3)}`],
    ["Folds", number(jacobian["folds"], 0)],
    ["Jacobian, smallest / largest", `${number(jacobian["jacobian_min"])} / ${number(jacobian["jacobian_max"])}`],
    ["SD log J", number(jacobian["sd_log_jacobian"], 3)],
    ["Keypoints", String(report2.keypoints)],
    ["Model", `${report2.model.name} ${report2.model.version}`],
    ["Preset", report2.preset]
  ]);
}

// src/scans/doubtful.ts
var CELL = 5;
var APART_MM = 30;
var AIR_HU = -930;
function mostDoubtful(error, fixed, most = 8, known = []) {
  const found = cells(error, fixed).sort((a, b) => b.error - a.error);
  const chosen = [];
  const apart = (from, to) => distance(from, to) >= APART_MM;
  for (const one of found) {
    if (chosen.length === most) break;
    if ([...known, ...chosen.map((other) => other.point)].every((other) => apart(other, one.point))) chosen.push(one);
  }
  return chosen;
}
function cells(error, fixed) {
  const starts = error.grid.size.map((n) => Array.from({ length: Math.floor(n / CELL) }, (_, i) => i * CELL));
  const air = airOf(fixed.values);
  const half = (CELL - 1) / 2;
  const [nx, ny] = fixed.grid.size;
  return starts[2].flatMap(
    (z) => starts[1].flatMap(
      (y) => starts[0].filter((x) => fixed.values[((z + half) * ny + y + half) * nx + x + half] > air && cellMean(fixed, x, y, z) > air).map((x) => ({ point: error.grid.toPoint([x + half, y + half, z + half]), error: cellMean(error, x, y, z) }))
    )
  );
}
function cellMean(volume2, x, y, z) {
  const [nx, ny] = volume2.grid.size;
  let sum = 0;
  for (let k = z; k < z + CELL; k++)
    for (let j = y; j < y + CELL; j++)
      for (let at2 = (k * ny + j) * nx + x, n = 0; n < CELL; n++) sum += volume2.values[at2 + n];
  return sum / CELL ** 3;
}
function airOf(values) {
  let low = Infinity;
  for (const value of values) if (value < low) low = value;
  return low < AIR_HU ? AIR_HU : low;
}

// src/scans/warp.ts
function background(values) {
  let darkest = Infinity;
  for (const value of values) if (value < darkest) darkest = value;
  return Math.max(-1024, darkest);
}
function pulled(moving, field, outside) {
  const { vectors, grid } = field;
  const [nx, ny, nz] = grid.size;
  const result = new Float32Array(nx * ny * nz);
  const look = reader(moving, outside);
  const rows = moving.grid.axes.map((axis, n) => times(axis, 1 / moving.grid.spacing[n]));
  const [rx, ry, rz] = rows;
  const step = times(grid.axes[0], grid.spacing[0]);
  const [sx, sy, sz] = [dot(rx, step), dot(ry, step), dot(rz, step)];
  let at2 = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      let [x, y, z] = moving.grid.toIndex(grid.toPoint([0, j, k]));
      for (let i = 0; i < nx; i++, at2++, x += sx, y += sy, z += sz) {
        const dx = vectors[3 * at2], dy = vectors[3 * at2 + 1], dz = vectors[3 * at2 + 2];
        result[at2] = look(
          x + rx[0] * dx + rx[1] * dy + rx[2] * dz,
          y + ry[0] * dx + ry[1] * dy + ry[2] * dz,
          z + rz[0] * dx + rz[1] * dy + rz[2] * dz
        );
      }
    }
  }
  return result;
}
function reader(volume2, outside) {
  const { values } = volume2;
  const [nx, ny, nz] = volume2.grid.size;
  const row = (j0, i0, i1, u) => mix(values[j0 + i0], values[j0 + i1], u);
  return (x, y, z) => {
    if (!(x >= -0.5 && y >= -0.5 && z >= -0.5 && x < nx - 0.5 && y < ny - 0.5 && z < nz - 0.5)) return outside;
    const i = Math.floor(x), j = Math.floor(y), k = Math.floor(z);
    const i0 = Math.max(i, 0), i1 = Math.min(i + 1, nx - 1);
    const j0 = Math.max(j, 0) * nx, j1 = Math.min(j + 1, ny - 1) * nx;
    const k0 = Math.max(k, 0) * nx * ny, k1 = Math.min(k + 1, nz - 1) * nx * ny;
    const near = mix(row(k0 + j0, i0, i1, x - i), row(k0 + j1, i0, i1, x - i), y - j);
    const far = mix(row(k1 + j0, i0, i1, x - i), row(k1 + j1, i0, i1, x - i), y - j);
    return mix(near, far, z - k);
  };
}
function mix(a, b, share) {
  return a + (b - a) * share;
}
function replaceBlock(volume2, box, block) {
  if (!(volume2.values instanceof Float32Array)) block.forEach((value, n) => block[n] = toEven(value));
  const [nx, ny] = volume2.grid.size;
  const width = box.stop[0] - box.start[0];
  let from = 0;
  for (let z = box.start[2]; z < box.stop[2]; z++)
    for (let y = box.start[1]; y < box.stop[1]; y++, from += width)
      volume2.values.set(block.subarray(from, from + width), (z * ny + y) * nx + box.start[0]);
}
function toEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

// src/session/timing.ts
function measureClick(serviceMs) {
  const begin = (name) => performance.getEntriesByName(name, "mark").at(-1)?.startTime;
  const [click, answered, warped, drawn] = ["click", "answered", "warped", "drawn"].map(begin);
  if (click === void 0 || answered === void 0 || warped === void 0 || drawn === void 0) return;
  const measure = (name, start2, end) => performance.measure(name, { start: start2, end });
  measure("click to pixels", click, drawn);
  measure("service", click, click + serviceMs);
  measure("network", click + serviceMs, answered);
  measure("warp", answered, warped);
  measure("draw", warped, drawn);
  for (const name of ["click", "answered", "warped", "drawn"]) performance.clearMarks(name);
}

// src/session/corrector.ts
var Corrector = class {
  constructor(opened, list, shows) {
    this.opened = opened;
    this.shows = shows;
    this.id = opened.registration.id;
    const { tag, revision } = opened;
    this.state = new Store({ tag, revision, list, last: void 0, past: [], future: [], busy: false });
  }
  opened;
  shows;
  state;
  id;
  /** Add a correction, or move the one of the same id. */
  set(one) {
    return this.become([...this.state.now.list.filter((other) => other.id !== one.id), one]);
  }
  remove(id) {
    return this.become(this.state.now.list.filter((one) => one.id !== id));
  }
  async undo() {
    const { past, future, list } = this.state.now;
    if (past.length && await this.apply(past.at(-1))) this.state.change({ past: past.slice(0, -1), future: [list, ...future] });
  }
  async redo() {
    const { past, future, list } = this.state.now;
    if (future.length && await this.apply(future[0])) this.state.change({ past: [...past, list], future: future.slice(1) });
  }
  async restore(revision) {
    const { past, list } = this.state.now;
    const done = await this.alone(() => restore(this.id, this.state.now.tag, revision));
    if (done) this.state.change({ list: await correspondences(this.id), past: [...past, list], future: [] });
  }
  revisions() {
    return revisions(this.id);
  }
  /** The first number that no correction has. */
  get nextId() {
    const taken = new Set(this.state.now.list.map((one) => one.id));
    let number2 = 1;
    while (taken.has(`point ${number2}`)) number2++;
    return `point ${number2}`;
  }
  async become(next) {
    const { past, list } = this.state.now;
    const done = await this.apply(next);
    if (done) this.state.change({ past: [...past, list], future: [] });
    return done;
  }
  async apply(next) {
    const change = difference(this.state.now.list, next);
    if (!change.set.length && !change.remove.length) return false;
    const done = await this.alone(() => edit(this.id, this.state.now.tag, change));
    if (done) this.state.change({ list: next });
    return done;
  }
  /** One edit at a time; whether it was done. A stale revision is loaded anew. */
  async alone(work) {
    if (this.state.now.busy) return false;
    this.state.change({ busy: true });
    try {
      const edited2 = await work();
      if (edited2) this.show(edited2);
      else await this.reload();
      return edited2 !== void 0;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "revision-stale") throw error;
      await this.reload();
      this.shows.overtaken(this.state.now.revision);
      return false;
    } finally {
      this.state.change({ busy: false });
    }
  }
  show({ block, ...edited2 }) {
    if (block) {
      performance.mark("answered");
      const values = pulled(this.opened.moving, block, this.opened.outside);
      replaceBlock(this.opened.warped, edited2.box, values);
      performance.mark("warped");
      this.shows.block(edited2.box, values);
      measureClick(edited2.serviceMs);
    }
    this.state.change({ tag: edited2.tag, revision: edited2.revision, last: edited2 });
  }
  async reload() {
    const { registration, tag } = await read(this.id);
    const revision = registration.revision ?? 0;
    const [list, warped] = await Promise.all([correspondences(this.id), volume(this.id, "warped", revision)]);
    this.opened.warped.values.set(warped.values);
    this.shows.whole(this.opened.warped);
    this.state.change({ tag, revision, list, last: void 0, past: [], future: [] });
  }
};
function difference(before, after) {
  const same = (a, b) => a.id === b.id && `${a.fixed}` === `${b.fixed}` && `${a.moving}` === `${b.moving}`;
  return {
    set: after.filter((one) => !before.some((other) => same(one, other))),
    remove: before.filter((one) => !after.some((other) => other.id === one.id)).map((one) => one.id)
  };
}

// src/drawing/vectors.ts
var STEP = 22;
var COLOUR = "rgb(255 176 64 / 90%)";
function latticePoints(pane, scene) {
  const { width, height } = pane.rectangle;
  const columns = Math.ceil(width / STEP);
  const rows = Math.ceil(height / STEP);
  const points = Array.from(
    { length: rows * columns },
    (_, n) => pane.patient(scene, (n % columns + 0.5) * STEP, (Math.floor(n / columns) + 0.5) * STEP)
  );
  return { columns, points };
}
function drawVectors(context, pane, scene, lattice) {
  const ends = lattice.to.map((point) => point && pane.pixel(scene, point));
  context.strokeStyle = COLOUR;
  context.lineWidth = 1.2;
  context.beginPath();
  lattice.from.forEach((point, n) => {
    const end = ends[n];
    if (!end) return;
    if (scene.vectors === "arrows") return arrow(context, pane.pixel(scene, point), end);
    if ((n + 1) % lattice.columns) line(context, end, ends[n + 1]);
    line(context, end, ends[n + lattice.columns]);
  });
  context.stroke();
}
function line(context, from, to) {
  if (!to) return;
  context.moveTo(...from);
  context.lineTo(...to);
}
function arrow(context, from, to) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const long = Math.hypot(dx, dy);
  if (long < 1) return;
  const head = Math.min(5, long / 2) / long;
  line(context, from, to);
  line(context, to, [to[0] - head * (dx + 0.6 * dy), to[1] - head * (dy - 0.6 * dx)]);
  line(context, to, [to[0] - head * (dx - 0.6 * dy), to[1] - head * (dy + 0.6 * dx)]);
}

// src/session/follower.ts
function latest(work) {
  let running = false;
  let again = false;
  const run = async () => {
    if (running) return void (again = true);
    running = true;
    await work().catch(tellError);
    running = false;
    if (again) {
      again = false;
      void run();
    }
  };
  return () => void run();
}
function followCursor(id, scene, fixed, landed) {
  const ask = latest(async () => {
    const asked = scene.now.cursor.fixed;
    if (!fixed.grid.contains(asked)) return;
    const [landing] = await mapped(id, [asked]);
    const { cursor, centre } = scene.now;
    if (distance(asked, cursor.fixed) > 1e-9) return;
    const shift = minus(landing, asked);
    scene.change({ cursor: { ...cursor, moving: landing }, centre: { ...centre, moving: plus(centre.fixed, shift) } });
    landed(landing);
  });
  scene.follow((now, before) => {
    if (now.cursor.fixed !== before.cursor.fixed) ask();
  });
  return ask;
}
var Lattices = class {
  of = /* @__PURE__ */ new Map();
  refresh;
  constructor(id, screen, fixed) {
    this.refresh = latest(async () => {
      if (screen.scene.now.vectors === "none") return;
      const panes = screen.panes.filter((pane) => pane.space === "fixed" && pane.visible);
      const wanted = panes.map((pane) => latticePoints(pane, screen.scene.now));
      const inside2 = wanted.flatMap(({ points }) => points).filter((point) => fixed.grid.contains(point));
      if (!inside2.length) return;
      const found = (await mapped(id, inside2))[Symbol.iterator]();
      panes.forEach((pane, n) => {
        const { columns, points } = wanted[n];
        this.of.set(pane, { columns, from: points, to: points.map((p) => fixed.grid.contains(p) ? found.next().value : void 0) });
      });
      screen.remark();
    });
    screen.scene.follow((now, before) => {
      const moved = now.cursor.fixed !== before.cursor.fixed || now.centre.fixed !== before.centre.fixed;
      if (moved || now.zoom !== before.zoom || now.vectors !== before.vectors || now.layout !== before.layout) this.refresh();
    });
  }
};

// src/session/opened.ts
async function open(id, step) {
  const { registration, tag } = await read(id);
  const revision = registration.revision ?? 0;
  const parts = [
    volume(id, "fixed-scan", revision),
    volume(id, "moving-scan", revision),
    volume(id, "warped", revision),
    report(id),
    keypoints(id)
  ];
  let done = 0;
  for (const part of parts) void part.then(() => step(++done, parts.length), () => void 0);
  const [fixed, moving, warped, report2, keypoints2] = await Promise.all(parts);
  return { registration, fixed, moving, warped, report: report2, keypoints: keypoints2, outside: background(moving.values), tag, revision };
}
var Maps = class {
  constructor(id) {
    this.id = id;
  }
  id;
  kept = /* @__PURE__ */ new Map();
  get(name, revision) {
    const key2 = name === "jacobian" ? `${name}@${revision}` : name;
    if (name === "jacobian") {
      for (const old of this.kept.keys()) if (old !== key2 && old.startsWith(name)) this.kept.delete(old);
    }
    const known = this.kept.get(key2) ?? volume(this.id, name, revision);
    known.catch(() => this.kept.delete(key2));
    this.kept.set(key2, known);
    return known;
  }
};

// src/session/placing.ts
var NOTHING = { id: void 0, fixed: void 0, landing: void 0, target: void 0 };
var Placer = class {
  constructor(corrector) {
    this.corrector = corrector;
  }
  corrector;
  state = new Store(NOTHING);
  /** A point of the fixed scan was clicked: a correction within `reach` mm is chosen, or a new one begins. */
  begin(fixed, reach) {
    const away = (one) => distance(one.fixed, fixed);
    const near = this.corrector.state.now.list.filter((one) => away(one) <= reach).sort((a, b) => away(a) - away(b))[0];
    this.state.change({ ...NOTHING, id: near?.id ?? this.corrector.nextId, fixed: near?.fixed ?? fixed });
  }
  choose(one) {
    this.state.change({ ...NOTHING, id: one.id, fixed: one.fixed });
  }
  landed(landing) {
    if (this.state.now.fixed) this.state.change({ landing });
  }
  /** The person points at a place of the moving scan, and may still move on. */
  aim(target) {
    if (this.state.now.fixed) this.state.change({ target });
  }
  /** The place is final: send it. Whether there was something to send, and it was taken. */
  async settle() {
    const { id, fixed, target } = this.state.now;
    if (!id || !fixed || !target) return false;
    performance.mark("click");
    try {
      return await this.corrector.set({ id, fixed, moving: target });
    } finally {
      if (this.state.now.id === id) this.state.change({ target: void 0 });
    }
  }
  async remove() {
    const { id } = this.state.now;
    const exists = this.corrector.state.now.list.some((one) => one.id === id);
    this.drop();
    if (id && exists) await this.corrector.remove(id);
  }
  drop() {
    this.state.change(NOTHING);
  }
};

// src/viewing/gestures.ts
function attach(pane, scene, hand) {
  const fingers = /* @__PURE__ */ new Map();
  let tool = "point";
  const surface = pane.element;
  pane.onStep = (steps) => hand.slice(pane, steps);
  surface.addEventListener("contextmenu", (event) => event.preventDefault());
  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    surface.focus({ preventScroll: true });
    fingers.set(event.pointerId, at(event));
    if (fingers.size > 1) return;
    tool = toolOf(event, scene.now.tool);
    scene.change({ active: pane.name });
    if (tool === "point") hand.point(pane, ...place4(event), "start");
  });
  surface.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, finger]) => finger);
    fingers.set(event.pointerId, now);
    if (others.length) return pinch(pane, hand, before, now, others[0], surface);
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    if (tool === "point") hand.point(pane, ...place4(event), "move");
    if (tool === "pan") hand.pan(pane, dx, dy);
    if (tool === "window") hand.window(dx, dy);
    if (tool === "zoom") hand.zoom(pane, Math.exp(dy / 150), surface.clientWidth / 2, surface.clientHeight / 2);
  });
  const lift = (event) => {
    if (fingers.delete(event.pointerId) && !fingers.size && tool === "point") hand.point(pane, ...place4(event), "end");
  };
  surface.addEventListener("pointerup", lift);
  surface.addEventListener("pointercancel", lift);
  surface.addEventListener("wheel", (event) => wheel(event, pane, hand), { passive: false });
}
function toolOf(event, chosen) {
  if (event.button === 2) return "window";
  return event.button === 1 || event.shiftKey ? "pan" : chosen;
}
function wheel(event, pane, hand) {
  event.preventDefault();
  if (event.ctrlKey) hand.zoom(pane, Math.exp(event.deltaY / 300), ...place4(event));
  else hand.slice(pane, -Math.sign(event.deltaY));
}
function pinch(pane, hand, before, now, other, surface) {
  const gap = (finger) => Math.max(10, Math.hypot(finger.x - other.x, finger.y - other.y));
  const own = surface.getBoundingClientRect();
  hand.pan(pane, (now.x - before.x) / 2, (now.y - before.y) / 2);
  hand.zoom(pane, gap(before) / gap(now), (now.x + other.x) / 2 - own.left, (now.y + other.y) / 2 - own.top);
}
function at(event) {
  return { x: event.clientX, y: event.clientY };
}
function place4(event) {
  const own = event.currentTarget.getBoundingClientRect();
  return [event.clientX - own.left, event.clientY - own.top];
}

// src/viewing/keys.ts
var HELP = [
  ["Page Up, Page Down, wheel", "next slice"],
  ["Arrows", "move the cross-hair"],
  ["+ and −, Ctrl + wheel, two fingers", "zoom"],
  ["Shift + drag, middle button, two fingers", "pan"],
  ["Right button + drag", "window"],
  ["1 2 3 4", "lung, soft tissue, liver, bone"],
  ["F W B O C S D", "fixed, warped, blend, colours, checkerboard, swipe, difference"],
  ["U", "warped or un-warped moving scan"],
  ["Ctrl + Z, Ctrl + Shift + Z", "undo, redo a correction"],
  ["Delete, Escape", "delete the chosen correction, let it go"]
];
var MODE_KEYS = {
  f: "first",
  w: "second",
  b: "blend",
  o: "colours",
  c: "checker",
  s: "swipe",
  d: "difference"
};
function attachKeys(screen, navigation, doings) {
  const { scene } = screen;
  const active = () => screen.panes.find((pane) => pane.space === "fixed" && pane.name === scene.now.active);
  const zoom = (factor) => {
    const { width, height } = active().rectangle;
    navigation.zoom(active(), factor, width / 2, height / 2);
  };
  const plain = {
    PageUp: () => navigation.slice(active(), 1),
    PageDown: () => navigation.slice(active(), -1),
    ArrowLeft: () => navigation.nudge(-1, 0),
    ArrowRight: () => navigation.nudge(1, 0),
    ArrowUp: () => navigation.nudge(0, -1),
    ArrowDown: () => navigation.nudge(0, 1),
    "+": () => zoom(0.8),
    "-": () => zoom(1.25),
    u: () => scene.change({ against: scene.now.against === "warped" ? "moving-scan" : "warped" }),
    Delete: doings.remove,
    Backspace: doings.remove,
    Escape: doings.drop
  };
  const pressed = (event) => {
    if (typing(event.target)) return;
    const done = () => event.preventDefault();
    const key2 = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (key2 === "z") return done(), event.shiftKey ? doings.redo() : doings.undo();
      if (key2 === "y") return done(), doings.redo();
      return;
    }
    const window = Object.values(WINDOWS)[Number(key2) - 1];
    if (plain[key2]) return done(), plain[key2]();
    if (window) return done(), scene.change({ window });
    if (MODE_KEYS[key2]) return done(), scene.change({ mode: MODE_KEYS[key2] });
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
function typing(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement || document.querySelector("dialog[open]") !== null;
}

// src/space/plane.ts
var PLANES = {
  axial: { name: "axial", right: [1, 0, 0], down: [0, 1, 0], normal: [0, 0, 1] },
  coronal: { name: "coronal", right: [1, 0, 0], down: [0, 0, -1], normal: [0, 1, 0] },
  sagittal: { name: "sagittal", right: [0, 1, 0], down: [0, 0, -1], normal: [1, 0, 0] }
};
var PLANE_NAMES = ["axial", "coronal", "sagittal"];
var LETTERS = [
  ["L", "R"],
  ["P", "A"],
  ["S", "I"]
];
function letter(direction) {
  const axis = direction.findIndex((component) => component !== 0);
  return LETTERS[axis][direction[axis] > 0 ? 0 : 1];
}
function edgeLetters(plane) {
  return {
    left: letter(times(plane.right, -1)),
    right: letter(plane.right),
    top: letter(times(plane.down, -1)),
    bottom: letter(plane.down)
  };
}
function depth(plane, point, through) {
  return dot(minus(point, through), plane.normal);
}
function ontoSlice(plane, point, through) {
  return plus(point, times(plane.normal, -depth(plane, point, through)));
}

// src/viewing/navigation.ts
var CLOSEST = 40;
var FARTHEST = 0.3;
var Navigation = class {
  constructor(scene, fixed, moving) {
    this.scene = scene;
    this.fixed = fixed;
    this.moving = moving;
  }
  scene;
  fixed;
  moving;
  pan(pane, dx, dy) {
    const mm = pane.mmPerPixel(this.scene.now);
    const { right, down } = pane.plane;
    shiftCentre(this.scene, plus(times(right, -dx * mm), times(down, -dy * mm)));
  }
  /** Show `factor` times as much; what lies under the pixel stays there. */
  zoom(pane, factor, x, y) {
    const before = pane.patient(this.scene.now, x, y);
    const zoom = Math.min(Math.max(this.scene.now.zoom / factor, FARTHEST), CLOSEST);
    this.scene.change({ zoom });
    shiftCentre(this.scene, minus(before, pane.patient(this.scene.now, x, y)));
  }
  /** Sideways wider, upwards darker, in steps that suit the window. */
  window(dx, dy) {
    const { low, width } = this.scene.now.window;
    const wider = Math.max(width * Math.exp(dx / 200), 1);
    const middle = low + width / 2 + dy * width / 300;
    this.scene.change({ window: { low: middle - wider / 2, width: wider } });
  }
  /** Go some slices towards head, back or left; the fixed scan's planes snap to its voxels. */
  slice(pane, steps) {
    const { cursor } = this.scene.now;
    if (pane.space === "fixed") return moveCursor(this.scene, stepped(this.fixed, pane, cursor.fixed, steps));
    this.scene.change({ cursor: { ...cursor, moving: stepped(this.moving, pane, cursor.moving, steps) } });
  }
  /** Move the cross-hair within the active plane by whole voxels. */
  nudge(right, down) {
    const plane = PLANES[this.scene.now.active];
    const step = Math.min(...this.fixed.grid.spacing);
    const by = plus(times(plane.right, right * step), times(plane.down, down * step));
    const to = plus(this.scene.now.cursor.fixed, by);
    if (this.fixed.grid.contains(to)) moveCursor(this.scene, to);
  }
};
function stepped(scan, pane, from, steps) {
  const { grid } = scan;
  const axis = grid.nearestAxis(pane.plane.normal);
  const along = dot(grid.axes[axis], pane.plane.normal);
  if (Math.abs(along) < 0.999) return inside(scan, from, plus(from, times(pane.plane.normal, steps * grid.spacing[axis])));
  const index = [...grid.toIndex(from)];
  const wanted = Math.round(index[axis]) + steps * Math.sign(along);
  index[axis] = Math.min(Math.max(wanted, 0), grid.size[axis] - 1);
  return grid.toPoint(index);
}
function inside(scan, from, to) {
  return scan.grid.contains(to) ? to : from;
}

// src/drawing/program.ts
function linked(gl, vertex, fragment) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]])
    gl.attachShader(program, compiled(gl, kind, text));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "no program");
  fullSquare(gl, gl.getAttribLocation(program, "corner"));
  const places = /* @__PURE__ */ new Map();
  return {
    use: () => gl.useProgram(program),
    place: (name) => {
      if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
      return places.get(name);
    }
  };
}
function compiled(gl, kind, text) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, text);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? "no shader");
  return shader;
}
function fullSquare(gl, attribute) {
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
  gl.enableVertexAttribArray(attribute);
  gl.vertexAttribPointer(attribute, 2, gl.FLOAT, false, 0, 0);
}

// src/drawing/shader.ts
var VERTEX = `#version 300 es
in vec2 corner;
void main() { gl_Position = vec4(corner, 0.0, 1.0); }`;
var MODES2 = ["first", "second", "blend", "colours", "checker", "swipe", "difference"];
var FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler3D;
uniform vec4 pane;            // left, bottom, width, height in pixels of the canvas
uniform vec3 corner;          // patient point (mm) of the pane's top left corner
uniform vec3 right, down;     // patient mm per pixel
uniform mat4 toFirst, toSecond, toMap;
uniform sampler3D first, second, map;
uniform sampler2D colours;
uniform int mode;
uniform float share, square;  // slider, 0 to 1; edge of a checkerboard's square in pixels
uniform vec2 shown;           // darkest value, width of the window
uniform vec4 range;           // low, high, opacity, 1 for Jacobian determinants
out vec4 colour;

bool inside(vec3 at) { return all(greaterThanEqual(at, vec3(0.0))) && all(lessThanEqual(at, vec3(1.0))); }

float grey(sampler3D scan, vec3 at) {
  return inside(at) ? clamp((texture(scan, at).r - shown.x) / shown.y, 0.0, 1.0) : 0.0;
}

/** Whether a pixel shows the first scan where the two take turns. */
bool firstHere(vec2 pixel) {
  if (mode == 4) return mod(floor(pixel.x / square) + floor(pixel.y / square), 2.0) < 0.5;
  return mode == 0 || (mode == 5 && pixel.x < share * pane.z);
}

/** Reads only what it shows: reading is what costs. */
vec3 compared(vec3 atFirst, vec3 atSecond, vec2 pixel) {
  if (mode == 5 && abs(pixel.x - share * pane.z) < 1.0) return vec3(1.0, 0.85, 0.2);
  if (firstHere(pixel)) return vec3(grey(first, atFirst));
  if (mode != 2 && mode != 3) return vec3(grey(second, atSecond));
  float a = grey(first, atFirst), b = grey(second, atSecond);
  return mode == 2 ? vec3(mix(a, b, share)) : vec3(b, 0.5 * (a + b), a);
}

vec3 difference(vec3 atFirst, vec3 atSecond) {
  if (!inside(atFirst) || !inside(atSecond)) return vec3(0.0);
  float more = (texture(second, atSecond).r - texture(first, atFirst).r) / shown.y;
  return texture(colours, vec2(clamp(0.5 + 0.5 * more, 0.0, 1.0), 0.75)).rgb;
}

vec3 covered(vec3 below, vec3 at) {
  if (range.z <= 0.0 || !inside(at)) return below;
  float value = texture(map, at).r;
  if (range.w > 0.5 && value <= 0.0) return vec3(1.0, 0.0, 0.78);
  float amount = (value - range.x) / (range.y - range.x);
  float change = (log(value) - log(range.x)) / (log(range.y) - log(range.x));
  float much = range.w > 0.5 ? abs(2.0 * change - 1.0) : amount;  // what is sure or unchanged stays visible below
  vec2 scale = range.w > 0.5 ? vec2(change, 0.75) : vec2(amount, 0.25);
  return mix(below, texture(colours, scale).rgb, range.z * clamp(0.2 + 1.2 * much, 0.0, 1.0));
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x - pane.x, pane.y + pane.w - gl_FragCoord.y);
  vec4 point = vec4(corner + pixel.x * right + pixel.y * down, 1.0);
  vec3 atFirst = (toFirst * point).xyz, atSecond = (toSecond * point).xyz;
  vec3 seen = mode == 6 ? difference(atFirst, atSecond) : compared(atFirst, atSecond, pixel);
  colour = vec4(covered(seen, (toMap * point).xyz), 1.0);
}`;

// src/drawing/texture.ts
function upload2(gl, volume2) {
  const [x, y, z] = volume2.grid.size;
  const most = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE);
  if (Math.max(x, y, z) > most) throw new Error(`This graphics card shows scans of at most ${most} voxels along an axis.`);
  const handle = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_3D, handle);
  gl.texStorage3D(gl.TEXTURE_3D, 1, gl.R16F, x, y, z);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R])
    gl.texParameteri(gl.TEXTURE_3D, side, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_3D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_3D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  for (let k = 0; k < z; k++) {
    const slice = Float32Array.from(volume2.values.subarray(k * x * y, (k + 1) * x * y));
    put(gl, { start: [0, 0, k], stop: [x, y, k + 1] }, slice);
  }
  return { handle, toTexture: volume2.grid.toTexture };
}
function replace(gl, texture, box, block) {
  gl.bindTexture(gl.TEXTURE_3D, texture.handle);
  put(gl, box, block);
}
function put(gl, box, values) {
  const [x, y, z] = box.start;
  gl.texSubImage3D(gl.TEXTURE_3D, 0, x, y, z, box.stop[0] - x, box.stop[1] - y, box.stop[2] - z, gl.RED, gl.FLOAT, values);
}

// src/drawing/slices.ts
var Slices = class {
  /** Throws where the browser has no WebGL2. */
  constructor(canvas) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error("This browser cannot draw the scans: it has no WebGL2.");
    this.gl = gl;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.program = linked(gl, VERTEX, FRAGMENT);
    this.program.use();
    this.colours();
  }
  canvas;
  gl;
  program;
  textures = /* @__PURE__ */ new Map();
  keep(name, volume2) {
    this.drop(name);
    this.textures.set(name, upload2(this.gl, volume2));
  }
  has(name) {
    return this.textures.has(name);
  }
  drop(name) {
    this.gl.deleteTexture(this.textures.get(name)?.handle ?? null);
    this.textures.delete(name);
  }
  replaceBlock(name, box, block) {
    replace(this.gl, this.textures.get(name), box, block);
  }
  clear() {
    const { gl } = this;
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
  }
  /** Draw panes over what is there. */
  draw(slices) {
    for (const slice of slices) if (this.has(slice.first) && this.has(slice.second)) this.one(slice);
  }
  /** Returns when the graphics card has drawn everything; for measuring. */
  finish() {
    this.gl.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4));
  }
  one(slice) {
    const { gl, program } = this;
    const { left, top, width, height } = slice.rectangle;
    const bottom = this.canvas.height - top - height;
    gl.viewport(left, bottom, width, height);
    const part = slice.part ?? slice.rectangle;
    gl.scissor(part.left, this.canvas.height - part.top - part.height, part.width, part.height);
    gl.uniform4f(program.place("pane"), left, bottom, width, height);
    for (const name of ["corner", "right", "down"]) gl.uniform3fv(program.place(name), slice[name]);
    gl.uniform1i(program.place("mode"), MODES2.indexOf(slice.mode));
    gl.uniform1f(program.place("share"), slice.share);
    gl.uniform1f(program.place("square"), slice.square);
    gl.uniform2f(program.place("shown"), slice.window.low, slice.window.width);
    const map = slice.overlay && this.has(slice.overlay.name) ? slice.overlay : void 0;
    gl.uniform4f(program.place("range"), map?.low ?? 0, map?.high ?? 1, map?.opacity ?? 0, map?.jacobian ? 1 : 0);
    this.bind(0, "first", "toFirst", slice.first);
    this.bind(1, "second", "toSecond", slice.second);
    this.bind(2, "map", "toMap", map?.name ?? slice.first);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
  bind(unit, sampler, matrix, name) {
    const { gl, program } = this;
    const texture = this.textures.get(name);
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_3D, texture.handle);
    gl.uniform1i(program.place(sampler), unit);
    gl.uniformMatrix4fv(program.place(matrix), false, texture.toTexture);
  }
  /** Both scales of colours in one texture of two rows. */
  colours() {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 2, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array([...table2("amount"), ...table2("change")]));
    for (const [key2, value] of [[gl.TEXTURE_MIN_FILTER, gl.NEAREST], [gl.TEXTURE_MAG_FILTER, gl.NEAREST], [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]])
      gl.texParameteri(gl.TEXTURE_2D, key2, value);
    gl.uniform1i(this.program.place("colours"), 3);
  }
};

// src/space/cut.ts
function cut(plane, through, grid, box) {
  const end = (axis, high) => high ? box.stop[axis] - 0.5 : box.start[axis] - 0.5;
  const corner = (n) => grid.toPoint([end(0, (n & 1) > 0), end(1, (n & 2) > 0), end(2, (n & 4) > 0)]);
  const found = [];
  for (let n = 0; n < 8; n++) {
    for (const bit of [1, 2, 4].filter((bit2) => !(n & bit2))) {
      const [a, b] = [corner(n), corner(n | bit)];
      const [from, to] = [depth(plane, a, through), depth(plane, b, through)];
      if (from > 0 !== to > 0) found.push(plus(a, times(minus(b, a), from / (from - to))));
    }
  }
  return found;
}
function widened(box) {
  const by = (corner, step) => corner.map((v) => v + step);
  return { start: by(box.start, -1), stop: by(box.stop, 1) };
}

// src/viewing/pane.ts
var Pane = class {
  constructor(name, space) {
    this.name = name;
    this.space = space;
    this.plane = PLANES[name];
    const letters = Object.entries(edgeLetters(this.plane)).map(
      ([side, text]) => element("span", { class: `edge ${side}`, text })
    );
    const step = (text, steps2, what) => button(text, () => this.onStep(steps2), { "aria-label": `${what} ${name} slice of the ${space} scan` });
    const steps = element("div", { class: "steps" }, [step("▲", 1, "Next"), step("▼", -1, "Previous")]);
    steps.addEventListener("pointerdown", (event) => event.stopPropagation());
    const label2 = `${name} view of the ${space} scan`;
    this.element = element("div", { class: `pane ${space} ${name}`, tabindex: "0", role: "group", "aria-label": label2 }, [
      this.title,
      ...letters,
      steps
    ]);
  }
  name;
  space;
  element;
  plane;
  /** In CSS pixels from the top left of the stage. */
  rectangle = { left: 0, top: 0, width: 0, height: 0 };
  /** mm per CSS pixel at which the fixed scan just fits. */
  fitting = 1;
  /** Who goes to the next slice when its buttons are pressed: fingers have no wheel. */
  onStep = () => void 0;
  title = element("span", { class: "title" });
  /** Take the pane's place on the stage, and the fixed scan's extent (mm along x, y, z). */
  measure(stage, extent) {
    const own = this.element.getBoundingClientRect();
    this.rectangle = { left: own.left - stage.left, top: own.top - stage.top, width: own.width, height: own.height };
    const [wide, high] = [Math.abs(dot(extent, this.plane.right)), Math.abs(dot(extent, this.plane.down))];
    this.fitting = Math.max(wide / Math.max(own.width, 1), high / Math.max(own.height, 1));
  }
  mmPerPixel(scene) {
    return this.fitting / scene.zoom;
  }
  get visible() {
    return this.rectangle.width > 1 && this.rectangle.height > 1;
  }
  /** Patient point of the top left corner, in the slice through the cursor. */
  corner(scene) {
    const { width, height } = this.rectangle;
    const { right, down } = this.plane;
    const middle = ontoSlice(this.plane, scene.centre[this.space], scene.cursor[this.space]);
    const half = plus(times(right, width / 2 * this.mmPerPixel(scene)), times(down, height / 2 * this.mmPerPixel(scene)));
    return minus(middle, half);
  }
  /** Patient point under a pixel, as fine as the pointer tells it. */
  patient(scene, x, y) {
    const { right, down } = this.plane;
    return plus(this.corner(scene), plus(times(right, x * this.mmPerPixel(scene)), times(down, y * this.mmPerPixel(scene))));
  }
  /** Pixel of a patient point, seen along the normal. */
  pixel(scene, point) {
    const from = minus(point, this.corner(scene));
    return [dot(from, this.plane.right) / this.mmPerPixel(scene), dot(from, this.plane.down) / this.mmPerPixel(scene)];
  }
  entitle(scene) {
    const at2 = dot(scene.cursor[this.space], this.plane.normal);
    const scan = this.space === "moving" ? "moving, as it is" : shownName(scene);
    this.title.textContent = `${this.name} · ${scan} · ${at2.toFixed(1)} mm`;
  }
};
function shownName(scene) {
  const other = scene.against === "warped" ? "warped" : "moving, as it is";
  if (scene.mode === "first") return "fixed";
  return scene.mode === "second" ? other : `fixed | ${other} (${scene.mode})`;
}

// src/viewing/screen.ts
var SEEN = ["layout", "mode", "against", "share", "window", "map", "opacity", "cursor", "centre", "zoom"];
var SQUARE = 48;
var Screen = class {
  /** extent: of the fixed scan, mm along x, y and z. */
  constructor(scene, extent) {
    this.scene = scene;
    this.extent = extent;
    this.slices = new Slices(this.scans);
    this.element = element("section", { class: "stage" }, [this.scans, this.marks, ...this.panes.map((p) => p.element)]);
    scene.follow((now, before) => SEEN.some((key2) => now[key2] !== before[key2]) ? this.redraw() : this.remark());
    new ResizeObserver(() => this.resize()).observe(this.element);
  }
  scene;
  extent;
  panes = ["fixed", "moving"].flatMap((space) => PLANE_NAMES.map((name) => new Pane(name, space)));
  slices;
  element;
  /** Draw on top of the slices, in order. */
  markers = [];
  mapRange = JACOBIAN_RANGE;
  scans = element("canvas", { class: "scans" });
  marks = element("canvas", { class: "marks" });
  /** What each pane showed when it was last drawn. */
  drawn = /* @__PURE__ */ new Map();
  waiting = 0;
  marking = 0;
  /** Draw what has changed before the next frame, once, however often this is asked for. */
  redraw() {
    this.waiting ||= requestAnimationFrame(() => this.draw());
  }
  /** The same for everything: a volume was replaced, or the stage has another size. */
  redrawAll() {
    this.drawn.clear();
    this.redraw();
  }
  /** Draw what lies over the slices before the next frame. */
  remark() {
    this.marking ||= requestAnimationFrame(() => this.mark());
  }
  /** Draw now. */
  draw() {
    cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const scene = this.scene.now;
    if (this.element.dataset["layout"] !== scene.layout) this.drawn.clear();
    this.element.dataset["layout"] = scene.layout;
    const stage = this.element.getBoundingClientRect();
    for (const pane of this.panes) pane.measure(stage, this.extent);
    if (!this.drawn.size) this.slices.clear();
    const changed = this.seen.flatMap((pane) => {
      const slice = this.slice(pane, scene);
      const known = JSON.stringify(slice);
      return this.drawn.get(pane) === known ? [] : (this.drawn.set(pane, known), [slice]);
    });
    this.slices.draw(changed);
    this.mark();
  }
  /** Draw only what shows a block of voxels of the fixed scan's grid, now: a corrected block is seen at once. */
  drawBlock(grid, box) {
    const scene = this.scene.now;
    const slices = this.seen.filter((pane) => pane.space === "fixed").flatMap((pane) => {
      const corners = cut(pane.plane, scene.cursor.fixed, grid, widened(box)).map((point) => pane.pixel(scene, point));
      const slice = this.slice(pane, scene);
      return corners.length ? [{ ...slice, part: within(slice.rectangle, corners) }] : [];
    });
    this.slices.draw(slices);
  }
  resize() {
    const { width, height } = this.element.getBoundingClientRect();
    for (const canvas of [this.scans, this.marks]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
    }
    this.drawn.clear();
    this.draw();
  }
  slice(pane, scene) {
    const ratio = devicePixelRatio;
    const { left, top, width, height } = pane.rectangle;
    const edges = [left, top, left + width, top + height].map((v) => Math.round(v * ratio));
    const rectangle = { left: edges[0], top: edges[1], width: edges[2] - edges[0], height: edges[3] - edges[1] };
    const fixed = pane.space === "fixed";
    return {
      rectangle,
      part: void 0,
      corner: pane.patient(scene, edges[0] / ratio - left, edges[1] / ratio - top),
      right: times(pane.plane.right, pane.mmPerPixel(scene) / ratio),
      down: times(pane.plane.down, pane.mmPerPixel(scene) / ratio),
      first: fixed ? "fixed-scan" : "moving-scan",
      second: fixed ? scene.against : "moving-scan",
      mode: fixed ? scene.mode : "first",
      share: scene.share,
      square: SQUARE * ratio,
      window: scene.window,
      overlay: fixed && scene.map ? { name: scene.map, opacity: scene.opacity, ...this.mapRange } : void 0
    };
  }
  get seen() {
    return this.panes.filter((pane) => pane.visible);
  }
  mark() {
    cancelAnimationFrame(this.marking);
    this.marking = 0;
    const scene = this.scene.now;
    this.element.dataset["tool"] = scene.tool;
    const context = this.marks.getContext("2d");
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.marks.width, this.marks.height);
    for (const pane of this.seen) {
      const { left, top, width, height } = pane.rectangle;
      context.save();
      context.beginPath();
      context.rect(left, top, width, height);
      context.clip();
      context.translate(left, top);
      for (const marker of this.markers) marker(context, pane, scene);
      context.restore();
      pane.entitle(scene);
    }
  }
};
function within(pane, corners) {
  const ends = (axis, most) => {
    const along = corners.map((corner) => corner[axis] * devicePixelRatio);
    const clamped = (v) => Math.min(Math.max(v, 0), most);
    return [clamped(Math.floor(Math.min(...along))), clamped(Math.ceil(Math.max(...along)))];
  };
  const [x0, x1] = ends(0, pane.width);
  const [y0, y1] = ends(1, pane.height);
  return { left: pane.left + x0, top: pane.top + y0, width: x1 - x0, height: y1 - y0 };
}

// src/pages/hand.ts
var REACH = 9;
function handOf(scene, navigation, placer, fixed) {
  return {
    pan: (pane, dx, dy) => navigation.pan(pane, dx, dy),
    zoom: (pane, factor, x, y) => navigation.zoom(pane, factor, x, y),
    window: (dx, dy) => navigation.window(dx, dy),
    slice: (pane, steps) => navigation.slice(pane, steps),
    point: (pane, x, y, phase) => {
      const point = pane.patient(scene.now, x, y);
      if (pane.space === "moving") {
        if (scene.now.tab !== "correct") return scene.change({ cursor: { ...scene.now.cursor, moving: point } });
        placer.aim(point);
        if (phase === "end") void telling(() => placer.settle());
        return;
      }
      if (!fixed.grid.contains(point)) return;
      if (scene.now.tab === "correct" && phase === "end") {
        placer.begin(point, REACH * pane.mmPerPixel(scene.now));
        return moveCursor(scene, placer.state.now.fixed ?? point);
      }
      moveCursor(scene, point);
    }
  };
}

// src/drawing/marks.ts
var YELLOW = "#ffd84a";
var CYAN = "#59d0ff";
var SHADOW = "rgb(0 0 0 / 70%)";
var NEAR_MM = 4;
function drawCross(context, pane, scene) {
  const [x, y] = pane.pixel(scene, scene.cursor[pane.space]);
  const { width, height } = pane.rectangle;
  context.strokeStyle = "rgb(89 208 255 / 65%)";
  context.lineWidth = 1;
  const gap = 9;
  lines(context, [[0, y, x - gap, y], [x + gap, y, width, y], [x, 0, x, y - gap], [x, y + gap, x, height]]);
}
function drawCorrections(context, pane, scene, all, chosen) {
  for (const one of all) {
    const point = one[pane.space];
    const away = Math.abs(depth(pane.plane, point, scene.cursor[pane.space]));
    if (away > NEAR_MM) continue;
    const at2 = pane.pixel(scene, point);
    context.globalAlpha = 1 - 0.6 * away / NEAR_MM;
    ring(context, at2, one.id === chosen ? 8 : 6, one.id === chosen ? YELLOW : CYAN);
    label(context, one.id, at2[0] + 11, at2[1] - 6);
    context.globalAlpha = 1;
  }
}
function drawTarget(context, pane, scene, landing, target) {
  if (landing) {
    context.setLineDash([3, 3]);
    ring(context, pane.pixel(scene, landing), 9, YELLOW);
    context.setLineDash([]);
  }
  if (target) ring(context, pane.pixel(scene, target), 6, YELLOW);
  if (!landing || !target) return;
  context.strokeStyle = YELLOW;
  lines(context, [[...pane.pixel(scene, landing), ...pane.pixel(scene, target)]]);
}
function drawKeypoints(context, pane, scene, all) {
  const other = pane.space === "fixed" ? "moving" : "fixed";
  context.lineWidth = 1.2;
  for (const one of all) {
    if (Math.abs(depth(pane.plane, one[pane.space], scene.cursor[pane.space])) > NEAR_MM / 2) continue;
    const [x, y] = pane.pixel(scene, one[pane.space]);
    context.strokeStyle = context.fillStyle = "#fff";
    lines(context, [[x, y, ...pane.pixel(scene, one[other])]]);
    context.fillRect(x - 3, y - 3, 6, 6);
    context.fillStyle = css(colourAt("amount", one.confidence));
    context.fillRect(x - 2, y - 2, 4, 4);
  }
}
function drawBox(context, pane, scene, grid, box) {
  const corners = cut(pane.plane, scene.cursor[pane.space], grid, box).map((point) => pane.pixel(scene, point));
  if (corners.length < 3) return;
  const middle = [0, 1].map((n) => corners.reduce((sum, corner) => sum + corner[n], 0) / corners.length);
  const angle = (corner) => Math.atan2(corner[1] - middle[1], corner[0] - middle[0]);
  corners.sort((a, b) => angle(a) - angle(b));
  context.beginPath();
  for (const [x, y] of corners) context.lineTo(x, y);
  context.closePath();
  context.setLineDash([6, 4]);
  context.lineWidth = 1.5;
  context.strokeStyle = YELLOW;
  context.stroke();
  context.setLineDash([]);
}
function ring(context, [x, y], radius, colour) {
  for (const [width, style] of [[4, SHADOW], [2, colour]]) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
  context.fillStyle = colour;
  context.fillRect(x - 1, y - 1, 2, 2);
}
function label(context, text, x, y) {
  context.font = "600 12px system-ui, sans-serif";
  context.lineWidth = 3;
  context.strokeStyle = SHADOW;
  context.strokeText(text, x, y);
  context.fillStyle = "#fff";
  context.fillText(text, x, y);
}
function lines(context, all) {
  context.beginPath();
  for (const [x0, y0, x1, y1] of all) {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
  context.stroke();
}

// src/pages/markers.ts
function addMarkers(screen, opened, corrector, placer, lattices) {
  screen.markers.push((context, pane, scene) => {
    const lattice = lattices.of.get(pane);
    if (scene.vectors !== "none" && lattice) drawVectors(context, pane, scene, lattice);
    if (scene.keypoints) drawKeypoints(context, pane, scene, opened.keypoints.keypoints);
    drawCross(context, pane, scene);
    if (scene.tab !== "correct") return;
    const { last, list } = corrector.state.now;
    if (last && pane.space === "fixed" && !isEmpty(last.box)) drawBox(context, pane, scene, opened.fixed.grid, last.box);
    const { id, fixed, landing, target } = placer.state.now;
    drawCorrections(context, pane, scene, list, id);
    if (pane.space === "fixed") drawTarget(context, pane, scene, void 0, fixed);
    else drawTarget(context, pane, scene, fixed && landing, target);
  });
}

// src/pages/readout.ts
function readout(scene, opened) {
  const cells2 = ["fixed", "moving", "warped"].map(() => element("td"));
  const rows = ["Fixed", "Moving", "Warped"].map((name, n) => element("tr", {}, [element("th", { text: name }), cells2[n]]));
  const show2 = () => {
    const { fixed, moving } = scene.now.cursor;
    const lines2 = [told(fixed, opened.fixed), told(moving, opened.moving), valued(fixed, opened.warped)];
    lines2.forEach((line2, n) => cells2[n].textContent = line2);
  };
  scene.follow(show2);
  show2();
  return element("table", { class: "readout", "aria-label": "Cross-hair, LPS mm" }, [element("tbody", {}, rows)]);
}
function told(point, scan) {
  return `${point.map((v) => v.toFixed(1)).join(", ")} mm · ${valued(point, scan)}`;
}
function valued(point, scan) {
  const value = valueAt(scan, point);
  return value === void 0 ? "outside" : `${Math.round(value)} HU`;
}

// src/pages/tabs.ts
var NAMES = [["Compare", "compare"], ["Doubt", "doubt"], ["Correct", "correct"]];
function tabs(scene, panels) {
  const bar = choice("Panels", NAMES, (tab) => scene.change(tab === "correct" ? { tab, layout: "six" } : { tab }));
  bar.element.classList.add("tabs");
  const show2 = () => {
    bar.show(scene.now.tab);
    for (const [tab, panel] of Object.entries(panels)) panel.hidden = tab !== scene.now.tab;
  };
  scene.follow(show2);
  show2();
  const help = element("details", { class: "help" }, [element("summary", { text: "Keys, mouse and fingers" }), figures(HELP)]);
  return element("div", { class: "panels" }, [bar.element, ...Object.values(panels), help]);
}

// src/pages/result.ts
async function resultPage(place6, id, signal) {
  const bar = element("progress", { max: "5", value: "0" });
  place6.replaceChildren(element("main", { class: "waiting" }, [element("p", { text: "Loading the scans …", role: "status" }), bar]));
  const [opened, list] = await Promise.all([open(id, (done) => bar.value = done), correspondences(id)]);
  if (signal.aborted) return;
  const scene = new Store(firstScene(opened.fixed, opened.report.preset));
  const [low, high] = opened.fixed.grid.extent;
  const screen = new Screen(scene, minus(high, low));
  const corrector = new Corrector(opened, list, {
    block: (box, values) => {
      screen.slices.replaceBlock("warped", box, values);
      screen.drawBlock(opened.fixed.grid, box);
      screen.slices.finish();
      performance.mark("drawn");
    },
    whole: (warped) => {
      screen.slices.keep("warped", warped);
      screen.redrawAll();
    },
    overtaken: (revision) => tell("Someone else has corrected this registration", `Revision ${revision} is shown now; your last click was not applied. Look again and repeat it if it is still needed.`)
  });
  const placer = new Placer(corrector);
  const doubt = doubtPanel(scene);
  const maps = new Maps(id);
  const suggest = async () => {
    const known = corrector.state.now.list.map((one) => one.fixed);
    const [place7] = mostDoubtful(await maps.get("error", 0), opened.fixed, 1, known);
    if (!place7) return tell("Nothing left to suggest", "Every doubtful place has a correction near it.");
    placer.drop();
    goTo(scene, place7.point);
  };
  const side = tabs(scene, { compare: comparePanel(scene, opened.fixed), doubt: doubt.element, correct: correctPanel(scene, corrector, placer, suggest) });
  place6.replaceChildren(element("main", { class: "result" }, [screen.element, element("aside", {}, [readout(scene, opened), side])]));
  show(opened, screen);
  connect(opened, screen, corrector, placer, signal);
  followMaps(opened, maps, screen, corrector, doubt);
  place6.dataset["ready"] = id;
}
function show(opened, screen) {
  for (const [name, volume2] of [["fixed-scan", opened.fixed], ["moving-scan", opened.moving], ["warped", opened.warped]])
    screen.slices.keep(name, volume2);
  screen.draw();
}
function fit(opened, scene) {
  const { cursor } = scene.now;
  const { middle } = opened.fixed.grid;
  scene.change({ zoom: 1, centre: { fixed: middle, moving: plus(middle, minus(cursor.moving, cursor.fixed)) } });
}
function connect(opened, screen, corrector, placer, signal) {
  const { scene } = screen;
  const id = opened.registration.id;
  const navigation = new Navigation(scene, opened.fixed, opened.moving);
  const hand = handOf(scene, navigation, placer, opened.fixed);
  for (const pane of screen.panes) attach(pane, scene, hand);
  const lattices = new Lattices(id, screen, opened.fixed);
  addMarkers(screen, opened, corrector, placer, lattices);
  const follow = followCursor(id, scene, opened.fixed, (landing) => placer.landed(landing));
  follow();
  corrector.state.follow((now, before) => {
    if (now.revision !== before.revision) [follow, lattices.refresh].forEach((again) => again());
    screen.remark();
  });
  placer.state.follow(() => screen.remark());
  const detach = attachKeys(screen, navigation, {
    undo: () => void telling(() => corrector.undo()),
    redo: () => void telling(() => corrector.redo()),
    remove: () => void telling(() => placer.remove()),
    drop: () => placer.drop()
  });
  const refit = () => fit(opened, scene);
  document.addEventListener("fit", refit);
  signal.addEventListener("abort", () => {
    detach();
    document.removeEventListener("fit", refit);
  });
}
function followMaps(opened, maps, screen, corrector, doubt) {
  const { scene } = screen;
  let shown = "";
  const refresh = latest(async () => {
    const { map } = scene.now;
    const { revision } = corrector.state.now;
    const wanted = map === "jacobian" ? `${map}@${revision}` : map ?? "";
    if (!map || wanted === shown) return;
    const volume2 = await maps.get(map, revision);
    screen.slices.keep(map, volume2);
    screen.mapRange = map === "jacobian" ? JACOBIAN_RANGE : amountRange(volume2);
    doubt.range(screen.mapRange, map);
    shown = wanted;
    screen.redrawAll();
  });
  let listed2 = false;
  const list = latest(async () => {
    if (listed2 || scene.now.tab !== "doubt") return;
    listed2 = true;
    doubt.report(opened.report);
    doubt.places(mostDoubtful(await maps.get("error", 0), opened.fixed));
  });
  scene.follow(() => [refresh, list].forEach((again) => again()));
  corrector.state.follow(refresh);
}

// src/pages/registration.ts
async function registrationPage(place6, id, signal) {
  try {
    let { registration } = await read(id);
    if (["queued", "running", "cancelling"].includes(registration.state))
      for await (registration of states(id, signal)) showProgress(place6, registration);
    if (signal.aborted) return;
    if (registration.state === "succeeded") await resultPage(place6, id, signal);
    else showEnd(place6, registration);
  } catch (error) {
    if (signal.aborted) return;
    place6.replaceChildren(element("main", { class: "waiting" }, [element("p", { text: "This registration cannot be shown." }), home()]));
    tellError(error);
  }
}
function showProgress(place6, registration) {
  const percent = Math.round(100 * registration.progress);
  const words = registration.state === "queued" ? "Waiting for a worker" : registration.stage ?? "Starting";
  place6.replaceChildren(
    element("main", { class: "waiting" }, [
      element("h2", { text: "Registering" }),
      element("p", { text: `${words} · ${percent} %`, role: "status" }),
      element("progress", { max: "100", value: String(percent) }),
      element("div", { class: "choice" }, [button("Cancel", () => telling(() => cancel(registration.id))), home()])
    ])
  );
}
function showEnd(place6, registration) {
  const title = registration.state === "cancelled" ? "This registration was cancelled" : "This registration failed";
  const detail = registration.error?.detail ?? "";
  place6.replaceChildren(element("main", { class: "waiting" }, [element("h2", { text: title }), element("p", { text: detail }), home()]));
}
function home() {
  return element("a", { href: "#/", text: "All registrations" });
}

// src/widgets/signin.ts
function askForKey2(wrong) {
  const input = element("input", { type: "password", name: "key", required: "", autocomplete: "off", "aria-label": "API key" });
  const form = element("form", { method: "dialog" }, [
    element("h2", { text: "Sign in" }),
    element("p", { text: wrong ? "The service does not know this key." : "This service asks for an API key." }),
    input,
    element("p", { class: "quiet", text: "It stays in this page's memory and is gone when you sign out or leave." }),
    element("button", { type: "submit", text: "Sign in" })
  ]);
  const dialog = element("dialog", {}, [form]);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((signedIn2) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      signedIn2(input.value.trim());
    });
  });
}

// src/main.ts
var place5 = element("div", { class: "page" });
var signOut = button("Sign out", leave, { class: "signout", hidden: "" });
var leaving = new AbortController();
function leave() {
  location.hash = "";
  location.reload();
}
async function route() {
  leaving.abort();
  leaving = new AbortController();
  delete place5.dataset["ready"];
  const id = /^#\/registrations\/([0-9a-f]+)$/.exec(location.hash)?.[1];
  await (id ? registrationPage(place5, id, leaving.signal) : homePage(place5));
  signOut.hidden = !signedIn();
}
onKeyNeeded(async (wrong) => {
  const key2 = await askForKey2(wrong);
  signOut.hidden = false;
  return key2;
});
var header = element("header", {}, [
  element("a", { href: "#/", class: "name", text: "kernelreg" }),
  element("span", { class: "research", text: "Research use only. Not a medical device." }),
  signOut
]);
document.body.append(header, place5);
addEventListener("hashchange", () => void route());
void route();
