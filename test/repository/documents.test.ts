import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { anchors, brokenLinks } from "../package/links.js";
import { files, read } from "./files.js";
import { documents, programs } from "./programs.js";

const root = resolve(__dirname, "..", "..");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

it("the README's first program is the quickstart", () => {
  const [, program] = /```ts\n(.*?)```/s.exec(read("README.md")) ?? [];
  expect(program).toBe(read("examples/quickstart/index.ts"));
});

it("the README's links work in the tarball and on npm, and a broken one is found", () => {
  expect(read("README.md").match(/^\[[\w-]+\]: /gm)?.length).toBeGreaterThan(20);
  expect(brokenLinks("README.md", read("README.md"))).toEqual([]);
  const url = "https://github.com/pulumi-gitlab-deploy-tokens/pulumi-gitlab-deploy-tokens/blob/main/docs";
  const broken = [
    "[a](docs/audit.md)",
    "[b]: docs/audit.md",
    `[c]: ${url}/none.md`,
    `[d]: ${url}/audit.md#none`,
    "see CHANGELOG.md",
  ];
  for (const text of broken) expect(brokenLinks("README.md", text), text).not.toEqual([]);
  expect(brokenLinks("README.md", `[e]: ${url}/audit.md#prune`)).toEqual([]);
});

it("every link inside the documents leads somewhere, to a heading too", () => {
  for (const document of documents) {
    const links = read(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)/g);
    for (const [link, target = "", anchor] of links) {
      const file = target === "" ? document : join(dirname(document), target);
      expect(() => statSync(join(root, file)), `${document}: ${link}`).not.toThrow();
      if (anchor !== undefined) expect(anchors(read(file)), `${document}: ${link}`).toContain(anchor);
    }
  }
});

it("every npm script that the documents name exists", () => {
  for (const document of documents) {
    for (const [, script = ""] of read(document).matchAll(/npm run ([\w:]+)/g)) {
      expect(scripts, `${document}: ${script}`).toHaveProperty([script]);
    }
  }
});

describe.each([
  ["test/README.md", "test", 10],
  ["docs/commands.md", "test/e2e", 20],
] as const)("%s", (document, folder, least) => {
  const rows = [...read(document).matchAll(/^\| .+ \| (\S+\.test\.ts) `(.+)` +\|$/gm)];

  it("has a table", () => expect(rows.length).toBeGreaterThan(least));

  it.each(rows.map(([, file, name]) => [file, name] as const))("%s has the test: %s", (file, name) => {
    expect(read(join(folder, String(file)))).toContain(String(name));
  });
});

it("every program in the documents compiles as a user's would", { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(root, "test", "repository", "programs-"));
  try {
    const whole = programs();
    expect(whole.length).toBeGreaterThan(6);
    for (const { document, number, text } of whole) {
      // Programs that name their file are next to the others of their page, so that they can import them.
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
