import { expect, it } from "vitest";
import { files, read } from "./files.js";

/** The constant beginning of each folder name in the tests' cache. */
const beginnings = files("test", ".ts").flatMap((file) =>
  [...read(file).matchAll(/\bcached\(\s*[`"]([^$`"]*)/g)].map(([, name]) => String(name)),
);

it("no two functions use folders of the same name in the tests' cache", () => {
  const names = [...beginnings].sort();
  expect(names).toContain("node-binary-");
  expect(names).toEqual([...new Set(names)]);
});
