import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import type { Outcome } from "../matrix/attempt.js";
import { everything, installations, useNewestSdk, variants } from "../matrix/cells.js";
import { document, render } from "../matrix/table.js";

const text = readFileSync(join(resolve(__dirname, "..", ".."), document), "utf8");
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );

// npm may have a newer version; the table names the tested one.
useNewestSdk(/^\| 24\.\S+ \| (3\.(?!142\.)\S+)/m.exec(text)?.[1] ?? "");

it("the table has the cells of today's matrix, and no failure", () => {
  for (const { node, sdk } of installations())
    expect(rows.filter(([version, of]) => version === node.version && of === sdk)).toHaveLength(1);
  for (const { program } of variants())
    expect(rows.filter(([title]) => title === program.title)).toHaveLength(1);
  expect(text).not.toContain("**fails**");
});

it("no cell is tried twice, and the first cells are of every kind", () => {
  const cells = everything();
  expect(cells).toHaveLength(installations().length + variants().length);
  expect(new Set(cells.map(({ name }) => name)).size).toBe(cells.length);
  const kinds = new Set(cells.map(({ program, manager }) => `${program.name} ${manager.name}`));
  const first = cells.slice(0, 20).map(({ program, manager }) => `${program.name} ${manager.name}`);
  expect(new Set(first)).toEqual(kinds);
});

it("every outcome is in the table, and each reason once", () => {
  const outcomes = new Map<string, Outcome>(everything().map(({ name }) => [name, { kind: "works" }]));
  const [broken, same, skipped, left] = everything().map(({ name }) => name) as [
    string,
    string,
    string,
    string,
  ];
  for (const name of [broken, same]) outcomes.set(name, { kind: "fails", note: "up: no token" });
  outcomes.set(skipped, { kind: "untried", note: "bun is not on the PATH" });
  outcomes.delete(left);
  const table = render(outcomes, "v3.246.0");
  expect(table.match(/\*\*fails\*\* \[1\]/g)).toHaveLength(2);
  expect(table.match(/\*\*untried\*\* \[2\]/g)).toHaveLength(1);
  expect(table.match(/\| not in this run/g)).toHaveLength(1);
  expect(table.match(/^\d\. .+$/gm)).toEqual(["1. up: no token", "2. bun is not on the PATH"]);
  expect(table).toContain(
    `${everything().length - 4} work, 2 fail, 1 untried, 0 refused by Pulumi itself, 1 not in this run`,
  );
});
