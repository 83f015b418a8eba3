"use strict";

const { data, title, origin, counts, search, group, all, copy, table, widths, heads, body, empty, more, status, page } =
  Object.fromEntries([...document.querySelectorAll("[id]")].map((it) => [it.id, it]));
const { columns, numeric, ...taken } = JSON.parse(data.textContent);

// Names come from whoever may create a pod. They must not reorder or hide what stands around them.
const visible = (text) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (it) =>
  ({ "\t": "\\t", "\n": "\\n", "\r": "\\r" })[it] ?? `\\u{${it.codePointAt(0).toString(16)}}`);
const texts = taken.texts.map(visible);
const { format: number } = new Intl.NumberFormat("en");
const { format: local } = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const plural = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
const label = (id) => id[0].toUpperCase() + id.slice(1);
const distinct = (items) => [...new Set(items)];

const rows = taken.rows.map((cells) => {
  const it = { cells };
  columns.forEach((name, at) => { it[name] = numeric.includes(name) ? cells[at] : texts[cells[at]]; });
  const namespace = `${it.cluster ?? ""}\n${it.namespace}`;
  const workload = `${namespace}\n${it.workload_kind}/${it.workload}`;
  const image = `${it.repository || it.image}:${it.tag}@${it.digest}`;
  // What tells them apart.
  it.is = { namespace, workload, image, use: it };
  // What is searched: all columns, and names as people join them.
  it.text = [...columns.map((name) => it[name]), workload, image].join("\n").toLowerCase();
  return it;
});

const SHOWN = ["cluster", "namespace", "workload", "container", "image", "tag", "digest", "arch", "uses", "pods", "nodes", "since"];
const NUMBERS = ["uses", "pods", "nodes"];
/** By what rows are grouped, and the columns that are the same in all of a group. */
const GROUPS = { image: ["image", "tag", "digest"], namespace: ["namespace"], workload: ["workload", "namespace"], none: [] };
const STEP = 40;

let query, grouping, sorting; // sorting: a column, after - where the order is descending
let found = []; // rows, in the order shown
let groups = [];
let opened = new Set(); // the keys of groups
let lines = []; // groups, and the rows of those that are open

const named = distinct([...texts, ...rows.map(({ is }) => is.image)]);
const rank = new Map(named.sort(new Intl.Collator("en", { numeric: true }).compare).map((it, at) => [it, at]));
/** Sorts rows or groups; what is unknown is last in either order. */
function sort(items, { id, down }) {
  const value = (it) => (it[id] === "" ? Infinity : (rank.get(id === "image" ? it.is.image : it[id]) ?? it[id]) * (down ? -1 : 1));
  const compare = ([a], [b]) => (a === b ? 0 : a < b ? -1 : 1);
  return items.map((it) => [value(it), it]).sort(compare).map(([, it]) => it);
}

function order() {
  const id = sorting.replace("-", "");
  return columnsShown().includes(id) ? { id, down: id !== sorting } : { id: grouping, down: false };
}

// Of one cluster, and of what is not known, a column would tell nothing.
const telling = columns.filter((id) => distinct(rows.map((it) => it[id])).length > (id === "cluster") && (id !== "arch" || rows.some((it) => it.arch)));
const columnsShown = () => distinct([...GROUPS[grouping], ...SHOWN])
  .filter((id) => (id === "uses" ? grouping !== "none" : telling.includes(id) || (!rows.length && columns.includes(id))));

/** A pod with three containers is in three uses: of each workload, the container with the most pods counts. */
function pods(uses) {
  const sums = {};
  const most = {};
  for (const { is: { workload }, container_kind, container, pods } of uses) {
    const key = `${workload}\n${container_kind}/${container}`;
    sums[key] = (sums[key] ?? 0) + pods;
    most[workload] = Math.max(most[workload] ?? 0, sums[key]);
  }
  return Object.values(most).reduce((a, b) => a + b, 0);
}

function makeLines() {
  lines = grouping === "none" ? found : groups.flatMap((it) => (opened.has(it.key) ? [it, ...it.rows] : it));
  all.hidden = !groups.length;
  all.textContent = groups.every((it) => opened.has(it.key)) ? "Collapse all" : "Expand all";
}

function add(parent, name, text = "", className = "", role = "") {
  const it = document.createElement(name);
  it.textContent = text;
  if (className) it.className = className;
  // Where rows are shown as cards, they would be no table to a screen reader.
  if (role) it.role = role;
  parent.append(it);
  return it;
}

/** Shows a time by its day, or in full, and says what it is here. */
function showTime(cell, text, full) {
  const [, day, clock] = /^(\S{10})T(\d\d:\d\d:\d\d)[.\d]*Z$/.exec(text) ?? [];
  const utc = day ? `${day} ${clock} UTC` : text;
  cell.append(day && !full ? day : utc);
  if (day) cell.title = `${utc}, ${local(new Date(text))}`;
}

function fill(cell, row, id) {
  const text = row[id];
  if (id === "workload") {
    if (row.workload_kind) add(cell, "span", `${row.workload_kind}/`, "dim");
    add(cell, "span", text, row.workload_known === "inferred" ? "inferred" : "");
  } else if (id === "container") {
    add(cell, "span", text);
    if (row.container_kind !== "main") add(cell, "span", row.container_kind, "kind");
  } else if (id === "image") {
    const [, path, name] = /^(.*\/)?(.*)$/.exec(row.repository || text);
    if (path) add(cell, "span", path, "dim");
    add(cell, "span", name);
    cell.title = text;
  } else if (id === "digest") {
    cell.textContent = text.replace(/^[\w+.-]+:([0-9a-f]{12})[0-9a-f]+$/, "$1");
    cell.title = text;
  } else if (id === "since") {
    showTime(cell, text);
  } else {
    cell.textContent = NUMBERS.includes(id) ? number(text) : text;
  }
}

/** What a group has in a column: the value that all its rows share, or how many values there are. */
function summarize(cell, group, id) {
  const values = distinct(group.rows.map((it) => it.is[id] ?? it[id]));
  if (id in group) fill(cell, group, id);
  else if (id === "nodes" ? group.uses === 1 : values.length === 1) fill(cell, group.rows[0], id);
  else if (id !== "nodes") add(cell, "span", plural(values.length, id === "container" ? "name" : id), "dim");
}

function drawLine(line, ids) {
  const tr = add(body, "tr", "", line.rows ? "group" : "use", "row");
  ids.forEach((id, at) => {
    const cell = add(tr, "td", "", NUMBERS.includes(id) ? `${id} number` : id, "cell");
    cell.dataset.label = label(id);
    if (!line.rows) {
      if (GROUPS[grouping].includes(id)) cell.className += " same";
      if (id !== "uses") fill(cell, line, id);
    } else if (at) {
      summarize(cell, line, id);
    } else {
      const button = add(cell, "button");
      button.ariaExpanded = opened.has(line.key);
      fill(button, line.rows[0], id);
    }
  });
}

/** Draws lines: not all, since thousands would take long. */
function draw(from, to) {
  while (body.rows.length > from) body.lastChild.remove();
  const ids = columnsShown();
  for (const line of lines.slice(from, to)) drawLine(line, ids);
  const rest = lines.length - body.rows.length;
  more.hidden = !rest;
  more.textContent = `Show ${number(Math.min(STEP, rest))} more of ${number(rest)}`;
}

let headsOf;
function drawHeads({ id: by, down }) {
  // What stays is kept, for the focus may be there.
  if (headsOf !== grouping) {
    headsOf = grouping;
    heads.replaceChildren();
    widths.replaceChildren();
    for (const id of columnsShown()) {
      add(widths, "col", "", id);
      add(add(heads, "th", "", NUMBERS.includes(id) ? "number" : "", "columnheader"), "button", label(id)).value = id;
    }
  }
  for (const cell of heads.cells) cell.ariaSort = cell.firstChild.value !== by ? null : down ? "descending" : "ascending";
}

const sizes = (uses) => ["image", "use", "namespace", "workload"].map((name) => [name, distinct(uses.map(({ is }) => is[name])).length]);
const totals = new Map(sizes(rows));
function drawCounts() {
  counts.replaceChildren();
  for (const [name, size] of sizes(found)) {
    const pair = add(counts, "div");
    add(pair, "dt", label(`${name}s`));
    const value = add(pair, "dd", number(size));
    if (size !== totals.get(name)) add(value, "small", ` of ${number(totals.get(name))}`);
  }
}

function update() {
  const by = order();
  const words = query.toLowerCase().split(/\s+/);
  found = sort(rows.filter(({ text }) => words.every((word) => text.includes(word))), by);
  groups = grouping === "none" ? [] : [...Map.groupBy(found, ({ is }) => is[grouping])].map(([key, rows]) => ({
    key,
    rows,
    uses: rows.length,
    // For thousands of groups they take time: asked for those that are drawn.
    get pods() { return pods(rows); },
    get since() { return rows.map((it) => it.since).filter(Boolean).sort()[0] ?? ""; },
  }));
  // By other columns, groups are in the order of the first of their rows.
  if (["uses", "pods", "since"].includes(by.id)) groups = sort(groups, by);
  makeLines();
  table.className = grouping === "none" ? "" : "grouped";
  table.hidden = copy.disabled = !found.length;
  empty.hidden = found.length;
  empty.textContent = rows.length ? `No use of an image matches “${visible(query)}”.` : "No container uses an image.";
  drawHeads(by);
  draw(0, STEP);
  drawCounts();
  if (table.getBoundingClientRect().top < 0) table.scrollIntoView();
}

let timer;
/** Tells what happened, also to those who do not see it. */
function say(text, className = "") {
  status.textContent = text;
  status.className = className;
  clearTimeout(timer);
  if (text) timer = setTimeout(say, 5000, "");
}

function changed() {
  update();
  say("");
  // When typing pauses: browsers limit how often the address may change.
  timer = setTimeout(() => {
    history.replaceState(null, "", `#${new URLSearchParams({ search: query, group: grouping, sort: sorting })}`);
    say(`${plural(found.length, "use")} shown`, "unseen");
  }, 300);
}

function readAddress() {
  const state = new URLSearchParams(location.hash.slice(1));
  query = search.value = state.get("search") ?? "";
  sorting = state.get("sort") ?? "";
  grouping = Object.keys(GROUPS).find((it) => it === state.get("group")) ?? "image";
  group.querySelector(`[value=${grouping}]`).checked = true;
  update();
}

function csv() {
  const field = (cell) => {
    const text = String(cell).replace(/^[=+\-@\t\r\n]/, "'$&"); // or a spreadsheet takes it for a formula
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const uses = grouping === "none" ? found : groups.flatMap((it) => it.rows);
  const raw = ({ cells }) => cells.map((it, at) => (numeric.includes(columns[at]) ? it : taken.texts[it]));
  return [columns, ...uses.map(raw)].map((record) => `${record.map(field).join()}\n`).join("");
}

function copyOld(text) {
  const area = add(page, "textarea", text, "unseen");
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  copy.focus();
  return copied;
}

copy.onclick = async () => {
  const text = csv();
  // There is no clipboard over plain HTTP, and it may refuse.
  const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false) || copyOld(text);
  say(copied ? `Copied ${plural(found.length, "use")} as CSV` : "The browser does not allow copying");
};
search.oninput = () => {
  query = search.value;
  changed();
};
onkeydown = (event) => {
  const typing = event.target === search;
  if (event.key !== (typing ? "Escape" : "/") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  search.focus();
  if (!typing) return;
  search.value = "";
  search.oninput();
};
group.onchange = ({ target }) => {
  grouping = target.value;
  changed();
};
heads.onclick = ({ target: { value: id } }) => {
  if (!id) return;
  const now = order();
  sorting = (now.id === id ? !now.down : NUMBERS.includes(id)) ? `-${id}` : id;
  changed();
};
body.onclick = ({ target }) => {
  const line = target.closest(".group");
  // Selecting a name with the mouse ends with a click, too.
  if (!line || !getSelection().isCollapsed) return;
  const at = line.sectionRowIndex;
  const { key } = lines[at];
  if (!opened.delete(key)) opened.add(key);
  line.querySelector("button").ariaExpanded = opened.has(key);
  makeLines();
  draw(at + 1, Math.max(body.rows.length, at + STEP));
};
all.onclick = () => {
  opened = new Set(groups.every((it) => opened.has(it.key)) ? [] : groups.map((it) => it.key));
  makeLines();
  draw(0, STEP);
};
more.onclick = () => {
  const next = body.rows.length;
  draw(next, next + STEP);
  // The button moves away, or is gone.
  body.rows[next].tabIndex = -1;
  body.rows[next].focus();
};
new IntersectionObserver(([it]) => {
  const next = body.rows.length;
  if (it.isIntersecting && document.activeElement !== more) draw(next, next + STEP);
}, { rootMargin: "800px" }).observe(more);
onhashchange = readAddress;

title.textContent = `Images in ${taken.cluster ? visible(taken.cluster) : "use"}`;
showTime(add(origin, "time", "Taken "), visible(taken.taken_at), true);
if (taken.cluster_uid) add(origin, "span", ` · Cluster uid ${visible(taken.cluster_uid)}`);
page.hidden = false;
readAddress();
