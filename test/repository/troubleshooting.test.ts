import { describe, expect, it } from "vitest";
import { deployTokenErrorCodes } from "../../provider/index.js";
import { type Setting, settings } from "../../provider/settings.js";
import { files, read } from "./files.js";

const page = read("docs/troubleshooting.md");
const sources = files("provider", ".ts")
  .map(read)
  .join("\n")
  // Joins the parts of a message into one line.
  .replace(/["`] \+\s+["`]/g, "")
  // The page has the configuration's keys, which the user of a program sees.
  .replace(/\$\{settingName\("(\w+)", \w+\)\}/g, (_, setting: Setting) => settings[setting].key);

describe("the page of error messages", () => {
  it("has an entry for every code, and no other", () => {
    const entries = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code);
    expect(entries.sort()).toEqual([...deployTokenErrorCodes].sort());
  });

  // "…" stands for a value.
  const parts = [...page.matchAll(/^> (.+)$/gm)].flatMap(([, line = ""]) =>
    line
      .split("…")
      .map((part) => part.trim().replace(/ failed: \d{3} .*|^failed: |^failed:$/g, ""))
      .filter((part) => part.length > 8),
  );

  it("quotes messages", () => expect(parts.length).toBeGreaterThan(20));

  it.each(parts)("quotes a message of the code: %s", (part) => expect(sources.includes(part)).toBe(true));
});
