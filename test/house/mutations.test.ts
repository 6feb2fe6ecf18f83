import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { mutations } from "../mutations/mutations.js";

const root = join(__dirname, "..", "..");

// They run by hand only (npm run test:mutations), but follow what they change.
it.each(mutations)(
  "the mutation of $promise finds the text it changes and the test that must notice",
  (mutation) => {
    expect(readFileSync(join(root, mutation.file), "utf8").split(mutation.find)).toHaveLength(2);
    expect(readFileSync(join(root, mutation.test), "utf8")).toContain(mutation.name);
  },
);
