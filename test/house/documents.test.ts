import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "..", "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

function files(folder: string, suffix: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(suffix) && !file.includes("node_modules"))
    .map((file) => join(folder, file));
}

const documents = [
  "README.md",
  "CHANGELOG.md",
  "test/README.md",
  ...files("docs", ".md"),
  ...files("examples", ".md"),
  ...files(".github", ".md"),
];

it("the README's first program is the quickstart", () => {
  const [, program] = /```ts\n(.*?)```/s.exec(read("README.md")) ?? [];
  expect(program).toBe(read("examples/quickstart/index.ts"));
});

it("every link inside the documents leads somewhere", () => {
  for (const document of documents) {
    for (const [, target = ""] of read(document).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(() => statSync(join(root, dirname(document), target)), `${document}: ${target}`).not.toThrow();
    }
  }
});

it("every npm script that the documents name is there", () => {
  for (const document of documents) {
    for (const [, script = ""] of read(document).matchAll(/npm run ([\w:]+)/g)) {
      expect(scripts, `${document}: ${script}`).toHaveProperty([script]);
    }
  }
});

describe("test/README.md", () => {
  const rows = [...read("test/README.md").matchAll(/^\| .+ \| (\S+\.test\.ts) `(.+)` +\|$/gm)];

  it("has a table", () => expect(rows.length).toBeGreaterThan(30));

  it.each(rows.map(([, file, name]) => [file, name] as const))("%s has the test: %s", (file, name) => {
    expect(read(join("test", String(file)))).toContain(String(name));
  });
});

it("no source file is longer than 250 lines", () => {
  for (const file of files("provider", ".ts"))
    expect(read(file).split("\n").length, file).toBeLessThanOrEqual(250);
});
