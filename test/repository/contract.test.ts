import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { read } from "./files.js";

const rows = read("test/contract/README.md")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| Fact") && !line.startsWith("| -"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, fact = "", source = "", tests = "", client = ""]) => ({ fact, source, tests, client }));

describe("the table of test/contract/README.md", () => {
  it("has a source and a client for each fact", () => {
    expect(rows.length).toBeGreaterThan(35);
    for (const { fact, source, client } of rows) {
      expect(["code", "source", "spec", "docs"], fact).toContain(source);
      expect(client, fact).not.toBe("");
    }
  });

  it("has the fifteen numbered differences between GitLab's code and the emulator of 0.1.0", () => {
    const numbers = rows.map(({ fact }) => /^(\d+)\. /.exec(fact)?.[1]).filter((each) => each !== undefined);
    expect(numbers.map(Number)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  });

  it.each(rows)("names an existing test of: $fact", ({ tests }) => {
    const named = [...tests.matchAll(/`([^`]+\.test\.ts)`(?:: ([^,]+))?/g)];
    expect(named).not.toEqual([]);
    for (const [, file = "", title] of named) {
      expect(existsSync(join(__dirname, "..", "..", file)), file).toBe(true);
      if (title !== undefined) expect(read(file)).toContain(`"${title}`);
    }
  });
});
