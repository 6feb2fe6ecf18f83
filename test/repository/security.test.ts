import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(__dirname, "..", "..");
const page = readFileSync(join(root, ".github", "SECURITY.md"), "utf8");
const rows = [...page.matchAll(/^\| (.+?) +\| \[(.+?)\]\(.+?\): (.+?) +\|$/gm)].map(
  ([, promise = "", file = "", title = ""]) => ({ promise, file, title }),
);

it("the promises of SECURITY.md name their tests", () => {
  expect(rows.length).toBeGreaterThan(20);
});

it.each(rows)("the test of the promise exists: $promise", ({ file, title }) => {
  expect(readFileSync(join(root, "test", file), "utf8")).toContain(title);
});
