import { expect, it } from "vitest";
import * as api from "../../provider/index.js";
import type { Outcome } from "./clients/attempt.js";
import { rowsOf, titleOf, written } from "./clients/table.js";
import { trials, untried } from "./clients/trials.js";

const page = `before

<!-- clients: begin, by npm run docs:clients -->

<!-- clients: end -->

after
`;

it("the table has a row for each trial and each client that is out of reach, and no other", () => {
  const titles = [...trials, ...untried].map(titleOf);
  expect([...rowsOf().keys()]).toEqual(titles);
  for (const trial of trials) expect(rowsOf().get(titleOf(trial))?.does, titleOf(trial)).not.toBe("");
});

it("every format of the package is in the table", () => {
  const others = /^(deploy|get|Deploy)/;
  const functions = Object.entries(api).filter(
    ([name, value]) => typeof value === "function" && /^[a-z]/.test(name) && !others.test(name),
  );
  const inTable = new Set([...trials, ...untried].map(({ format }) => format));
  // The first returns another helper's text as an object. examples/ci-variable uses the second.
  const elsewhere = ["helmRepositoryOpts", "ciVariables"];
  for (const [name] of functions) expect([...inTable, ...elsewhere]).toContain(name);
});

it("writes the table between the marks; a row of a client that is not installed stays as it was", () => {
  const [first, second] = trials;
  if (first === undefined || second === undefined) throw new Error("no trials");
  const seen = (version: string, refused: string): Outcome => ({ version, does: "works", refused });
  const once = written(page, new Map([[titleOf(first), seen("1.2.3", "401")]]));
  expect(once.startsWith("before\n\n<!-- clients: begin")).toBe(true);
  expect(once.endsWith("<!-- clients: end -->\n\nafter\n")).toBe(true);
  expect(rowsOf(once).get(titleOf(first))).toEqual({ version: "1.2.3", does: "works", refused: "401" });
  expect(rowsOf(once).get(titleOf(second))).toEqual({ version: "", does: "untried", refused: "" });
  const twice = written(once, new Map([[titleOf(second), seen("4.5", "403")]]));
  expect(rowsOf(twice).get(titleOf(first))).toEqual(rowsOf(once).get(titleOf(first)));
  expect(rowsOf(twice).get(titleOf(second))).toEqual({ version: "4.5", does: "works", refused: "403" });
  expect(() => written("no marks", new Map())).toThrow("has no table of clients");
});
