/**
 * Sorts and filters the rows that are there already. Without it the report is a plain table. A library for tables is
 * several times this size, and would want a second request or a build of its own.
 */
export const script = `"use strict";
(function () {
  var table = document.getElementById("tokens");
  var body = table.tBodies[0];
  var form = document.getElementById("filters");
  var shown = document.getElementById("shown");
  var rows = Array.prototype.slice.call(body.rows);
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  var items = rows.map(function (row) {
    return { row: row, text: row.textContent.toLowerCase(), words: function (name) { return row.getAttribute("data-" + name).split(" "); } };
  });
  function filter() {
    var wanted = form.elements.search.value.trim().toLowerCase();
    var count = 0;
    items.forEach(function (item) {
      var fits = item.text.indexOf(wanted) >= 0 && ["owner", "scope", "finding"].every(function (name) {
        var value = form.elements[name].value;
        return value === "" || item.words(name).indexOf(value) >= 0;
      });
      item.row.hidden = !fits;
      if (fits) count++;
    });
    shown.textContent = count + " of " + rows.length + " deploy tokens";
  }
  function key(row, column) { return row.cells[column].getAttribute("data-key"); }
  function sort(column, descending) {
    var numeric = column === 0;
    var sorted = rows.slice().sort(function (a, b) {
      var x = key(a, column), y = key(b, column);
      var order = numeric ? x - y : x < y ? -1 : x > y ? 1 : 0;
      return (descending ? -order : order) || key(a, 0) - key(b, 0);
    });
    sorted.forEach(function (row) { body.appendChild(row); });
    heads.forEach(function (head, index) {
      if (index === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }
  heads.forEach(function (head, index) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", function () { sort(index, head.getAttribute("aria-sort") === "ascending"); });
    form.elements.order.add(new Option(button.textContent, String(index)));
  });
  form.elements.order.addEventListener("change", function () { sort(Number(this.value), false); });
  form.addEventListener("input", filter);
  form.addEventListener("reset", function () { setTimeout(filter); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.hidden = false;
  filter();
})();`;
