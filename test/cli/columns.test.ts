import { describe, expect, it } from "vitest";
import { alignColumns } from "../../provider/cli/formats/columns.js";

const rows = [
  ["ID", "NAME", "OWNER", "FINDINGS"],
  ["7", "a name that is quite long", "project acme/platform/images", "never-expires,unknown"],
];

describe("a table", () => {
  it("is as wide as its cells without a terminal", () => {
    expect(alignColumns(rows).split("\n")).toEqual([
      "ID  NAME                       OWNER                         FINDINGS",
      "7   a name that is quite long  project acme/platform/images  never-expires,unknown",
    ]);
  });

  it("is as wide as its cells in a terminal without a size", () => {
    expect(alignColumns(rows, 0)).toBe(alignColumns(rows));
  });

  it("fits the terminal, breaks cells after a separator, and loses nothing", () => {
    expect(alignColumns(rows, 60).split("\n")).toEqual([
      "ID  NAME               OWNER              FINDINGS",
      "7   a name that is     project acme/      never-expires,",
      "    quite long         platform/images    unknown",
    ]);
  });

  it.each([20, 40, 50, 66, 80, 200])(
    "of %d columns is not wider than the terminal, or has its minimum width",
    (columns) => {
      const lines = alignColumns(rows, columns).split("\n");
      // Four columns of at least two and eight characters, and three gaps.
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(columns, 32));
      expect(lines.map((line) => line.replace(/\s+/g, "")).join("").length).toBe(
        rows.flat().join("").replace(/\s+/g, "").length,
      );
    },
  );

  it("breaks a word without a separator, but never in the middle of a character", () => {
    const [, ...lines] = alignColumns([["N"], ["🔑".repeat(9)]], 10).split("\n");
    expect(lines).toEqual(["🔑🔑🔑🔑🔑", "🔑🔑🔑🔑"]);
  });

  it("aligns characters that take two columns, and accents that take none", () => {
    const lines = alignColumns([
      ["東京", "x"],
      ["Zu\u0308", "x"],
      ["abcd", "x"],
    ]).split("\n");
    expect(lines).toEqual(["東京  x", "Zu\u0308    x", "abcd  x"]);
  });

  it("of no rows is empty", () => {
    expect(alignColumns([], 80)).toBe("");
  });
});
