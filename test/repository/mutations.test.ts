import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mutations } from "../mutations/mutations.js";
import { read } from "./files.js";

const root = join(__dirname, "..", "..");

// `npm run test:mutations` runs only on request. This test keeps the mutations in step with the code.
it.each(mutations)(
  "the mutation of $promise finds the text it changes and the test that must notice",
  (mutation) => {
    expect(readFileSync(join(root, mutation.file), "utf8").split(mutation.find)).toHaveLength(2);
    expect(readFileSync(join(root, mutation.test), "utf8")).toContain(mutation.name);
  },
);

it("each promise in test/README.md is broken by a mutation, with the same test", () => {
  const rows = [...read("test/README.md").matchAll(/^\| (.+?) +\| (\S+\.test\.ts) `(.+)` +\|$/gm)];
  expect(rows.length).toBeGreaterThan(10);
  for (const [, promise, file, name] of rows)
    expect(mutations).toContainEqual(expect.objectContaining({ promise, test: `test/${file}`, name }));
});
