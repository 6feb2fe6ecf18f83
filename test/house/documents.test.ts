import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import GithubSlugger from "github-slugger";
import { describe, expect, it } from "vitest";
import { documents, files, programs, read } from "./programs.js";

const root = resolve(__dirname, "..", "..");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

it("the README's first program is the quickstart", () => {
  const [, program] = /```ts\n(.*?)```/s.exec(read("README.md")) ?? [];
  expect(program).toBe(read("examples/quickstart/index.ts"));
});

/** The anchors that GitHub gives to a document's headings. */
function anchors(document: string): string[] {
  const slugger = new GithubSlugger();
  const text = read(document).replace(/^```.*?^```$/gms, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => slugger.slug(heading));
}

it("every link inside the documents leads somewhere, to a heading too", () => {
  for (const document of documents) {
    const links = read(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)/g);
    for (const [link, target = "", anchor] of links) {
      const file = target === "" ? document : join(dirname(document), target);
      expect(() => statSync(join(root, file)), `${document}: ${link}`).not.toThrow();
      if (anchor !== undefined) expect(anchors(file), `${document}: ${link}`).toContain(anchor);
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

it("every program in the documents compiles as a user's would", { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(root, "test", "house", "programs-"));
  try {
    const whole = programs();
    expect(whole.length).toBeGreaterThan(6);
    for (const { document, number, text } of whole) {
      // Programs that say their file's name stand beside the others of their page, which they may import.
      const page = join(folder, document.replaceAll("/", "-"));
      const [, name = `program${number}.ts`] = /^\/\/ (\S+\.ts)\n/.exec(text) ?? [];
      mkdirSync(page, { recursive: true });
      writeFileSync(join(page, name), `${text}\nexport {};\n`);
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
