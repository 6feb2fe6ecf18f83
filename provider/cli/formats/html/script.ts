/**
 * Sorts and filters the rows. The choice lives in the URL's fragment alone, so a link carries it and the back button
 * undoes it. Without the script the report is a plain page. A library for tables is several times this size.
 */
export const script = `"use strict";
(() => {
const $ = (id) => document.getElementById(id), all = (selector, from) => [...(from || document).querySelectorAll(selector)];
const form = $("filters"), list = $("list"), body = $("tokens").tBodies[0], heads = all("th", $("tokens").tHead);
const keys = ["finding", "status", "owner", "scope"], links = all("a[data-f]");
const rows = all("tr", body).map((row) => ({ row, text: row.textContent.toLowerCase(), has: new URLSearchParams(row.dataset.f) }));
const order = new Intl.Collator("en", { numeric: true }).compare;
const read = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const hash = (change) => {
  const pairs = Object.entries({ ...read(), ...change }).filter(([key, value]) => value && [...keys, "q", "sort"].includes(key));
  return "#" + (pairs.length ? new URLSearchParams(pairs) : "all");
};
const none = Object.fromEntries([...keys, "q"].map((key) => [key, ""]));
let sorted = "";
function sort(by) {
  if (by === sorted) return;
  sorted = by;
  const down = by[0] === "-", name = down ? by.slice(1) : by, column = heads.findIndex((head) => head.dataset.k === name);
  const value = ({ row }) => { const cell = row.cells[column]; return cell.dataset.o || cell.textContent.toLowerCase(); };
  const next = rows.slice();
  if (column >= 0) next.sort((a, b) => order(value(a), value(b)) * (down ? -1 : 1));
  body.append(...next.map(({ row }) => row));
  heads.forEach((head, index) => {
    if (index === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
}
function apply() {
  const chosen = read(), wanted = (chosen.q || "").trim().toLowerCase();
  let count = 0;
  for (const { row, text, has } of rows) {
    row.hidden = !(text.includes(wanted) && keys.every((key) => !chosen[key] || has.getAll(key).includes(chosen[key])));
    if (!row.hidden) count++;
  }
  $("shown").textContent = count + " of " + rows.length + (rows.length === 1 ? " deploy token" : " deploy tokens");
  sort(chosen.sort || "");
  for (const field of form.elements) if (field !== document.activeElement || field.name !== "q") field.value = chosen[field.name] || "";
  const isFiltered = [...keys, "q"].some((key) => chosen[key]);
  for (const link of links) {
    const [key, value] = link.dataset.f.split("=");
    const on = key ? chosen[key] === value : !isFiltered;
    link.href = key ? hash({ [key]: on ? "" : value }) : hash(none);
    if (on) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  $("clear").href = hash(none);
  $("clear").hidden = !isFiltered;
  return isFiltered;
}
for (const head of heads) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.onclick = () => { location.hash = hash({ sort: (read().sort === head.dataset.k ? "-" : "") + head.dataset.k }); };
}
for (const code of all(".cmd code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  code.after(button);
  button.onclick = () => {
    getSelection().selectAllChildren(code);
    button.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl+C";
    $("said").textContent = button.textContent + ": " + code.textContent;
  };
}
for (const link of [...links, all(".skip")[0]]) link.onclick = (event) => {
  if (event.ctrlKey || event.metaKey) return;
  if (!link.dataset.f) event.preventDefault();
  if (link.dataset.f === "") location.hash = link.hash;
  if (!link.hasAttribute("aria-current")) list.focus();
};
form.oninput = ({ target }) => {
  const next = hash({ [target.name]: target.value });
  if (target.name === "q") location.replace(next);
  else location.hash = next;
};
form.onsubmit = (event) => event.preventDefault();
const days = Math.floor((Date.now() - Date.parse(all("header time")[0].dateTime)) / 864e5);
if (days > 0) $("age").textContent = "This report is " + days + (days === 1 ? " day" : " days") + " old. Words such as “in 12 days” count from its date.";
onhashchange = apply;
form.hidden = false;
if (apply()) list.scrollIntoView();
})();`;
