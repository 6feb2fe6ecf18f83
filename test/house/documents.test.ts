import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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

describe.each([
  ["test/README.md", "test", 30],
  ["docs/commands.md", "test/e2e", 20],
] as const)("%s", (document, folder, least) => {
  const rows = [...read(document).matchAll(/^\| .+ \| (\S+\.test\.ts) `(.+)` +\|$/gm)];

  it("has a table", () => expect(rows.length).toBeGreaterThan(least));

  it.each(rows.map(([, file, name]) => [file, name] as const))("%s has the test: %s", (file, name) => {
    expect(read(join(folder, String(file)))).toContain(String(name));
  });
});

it("every program in the documents compiles as a user's would", { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(root, "test", "house", "programs-"));
  try {
    const programs = documents.flatMap((document, index) =>
      [...read(document).matchAll(/```ts\n(.*?)```/gs)].map(([, text = ""]) => ({
        text,
        page: `page${index}`,
      })),
    );
    const whole = programs.filter(({ text }) => text.includes("import "));
    expect(whole.length).toBeGreaterThan(6);
    for (const [index, { text, page }] of whole.entries()) {
      // Programs that say their file's name stand beside the others of their page, which they may import.
      const [, name = `program${index}.ts`] = /^\/\/ (\S+\.ts)\n/.exec(text) ?? [];
      mkdirSync(join(folder, page), { recursive: true });
      writeFileSync(join(folder, page, name), `${text}\nexport {};\n`);
    }
    const options = { extends: "../../../examples/quickstart/tsconfig.json", include: ["."], files: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    execFileSync(process.execPath, [require.resolve("typescript/bin/tsc"), "-p", folder], {
      encoding: "utf8",
    });
  } catch (error) {
    throw new Error(String((error as { stdout?: unknown }).stdout ?? error));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("no source file is longer than 250 lines", () => {
  for (const file of files("provider", ".ts"))
    expect(read(file).split("\n").length, file).toBeLessThanOrEqual(250);
});
