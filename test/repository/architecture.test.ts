import { existsSync, readdirSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { read } from "./files.js";

const provider = resolve(__dirname, "..", "..", "provider");
const page = read("docs/architecture.md");

/** The page from one heading to the next. */
function section(heading: string): string {
  const [, text] = new RegExp(`^## ${heading}\n(.*?)(?=^## |$(?![^]))`, "ms").exec(page) ?? [];
  if (text === undefined) throw new Error(`docs/architecture.md has no section ${heading}`);
  return text;
}

/** The cells of each row of the tables in a text, without code marks; headings and rules are left out. */
function rows(text: string): string[][] {
  const tables = text.matchAll(/^\|[^\n]*\|\n\| -[^\n]*\|\n((?:\|[^\n]*\|\n)*)/gm);
  return [...tables].flatMap(([, body = ""]) =>
    body
      .trim()
      .split("\n")
      .map((line) =>
        line
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim().replaceAll("`", "")),
      ),
  );
}

const sources = readdirSync(provider, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);

/** The files below provider/ that a file imports, including types and dynamic imports. */
function importsOf(file: string): string[] {
  const text = read(join("provider", file));
  return [...text.matchAll(/(?:from |import\()"(\.[^"]+)"/g)].map(([, path = ""]) =>
    normalize(join(dirname(file), `${path.replace(/\.js$/, "")}.ts`)),
  );
}

describe("one create", () => {
  const steps = rows(section("One create"));

  it("passes at most a dozen files of this package", () => {
    const files = steps.map(([, file]) => file);
    expect(files).toEqual([...new Set(files)]);
    expect(files.length).toBeGreaterThan(8);
    expect(files.length).toBeLessThanOrEqual(12);
    expect(steps.map(([number]) => number)).toEqual(files.map((_file, index) => String(index + 1)));
  });

  it.each(steps.slice(1))("step %s: %s is imported by %s", (_number, file, caller) => {
    expect(steps.map(([, name]) => name)).toContain(caller);
    expect(importsOf(String(caller))).toContain(file);
  });

  it("uses no other module that sends requests", () => {
    const [, others = ""] = /send no request:(.*?)\n\n/s.exec(section("One create")) ?? [];
    const [lifecycle = "", gitlab = ""] = others.split("; in ");
    const named = (text: string, folder: string) =>
      [...text.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file]) => `${folder}/${file}`);
    const files = [...named(lifecycle, "lifecycle"), ...named(gitlab, "gitlab")];
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) {
      expect(read(join("provider", file)), file).not.toMatch(
        /import \{[^}]*\} from "[./]*client|\.request\(/,
      );
    }
  });
});

describe("the tree", () => {
  const [, block = ""] = /```\nprovider\/\n(.*?)```/s.exec(section("The tree")) ?? [];
  const listed: string[] = [];
  const folders: string[] = [];
  for (const line of block.trimEnd().split("\n")) {
    const [, blanks = "", name = ""] = /^( +)(\S+)/.exec(line) ?? [];
    folders.length = blanks.length / 2 - 1;
    const path = [...folders, name].join("");
    if (name.endsWith("/")) folders.push(name);
    listed.push(path);
  }

  it("lists what exists", () => {
    for (const path of listed) expect(existsSync(join(provider, path)), path).toBe(true);
  });

  it("lists every folder of provider/, and every file of lifecycle/", () => {
    const topFolders = new Set(
      sources.filter((file) => file.includes("/")).map((file) => `${file.split("/")[0]}/`),
    );
    expect(listed).toEqual(expect.arrayContaining([...topFolders]));
    const lifecycle = (files: readonly string[]) =>
      files.filter((file) => file.startsWith("lifecycle/") && file.endsWith(".ts")).sort();
    expect(lifecycle(listed)).toEqual(lifecycle(sources));
  });

  it.each(rows(section("The tree")))("%s imports from %s, of these folders", (folder = "", allowed = "") => {
    const layers = rows(section("The tree")).map(([name]) => String(name));
    const imported = sources
      .filter((file) => file.startsWith(`${folder}/`))
      .flatMap(importsOf)
      .map((file) => String(file.split("/")[0]))
      .filter((name) => layers.includes(name) && name !== folder);
    const expected = allowed === "nothing of the others" ? [] : allowed.split(", ");
    expect([...new Set(imported)].sort()).toEqual(expected.sort());
  });
});

it("the states are those of the code", () => {
  const tables = rows(section("The states of a resource"));
  const documented = tables.filter((cells) => cells.length === 6).map(([status]) => status);
  const code = read("provider/lifecycle/state.ts");
  const declared = [...code.matchAll(/readonly status: ([^;]+);/g)].flatMap(([, union = ""]) =>
    [...union.matchAll(/"(\w+)"/g)].map(([, status]) => status),
  );
  expect(documented).toEqual(declared);
});

it("every rule that the test of the process names is on the page, by its number", () => {
  const [, ...numbers] = section("The engine's rules")
    .split(/^(\d+)\. \*\*/m)
    .map((part) => Number(part));
  const documented = numbers.filter((number) => !Number.isNaN(number));
  expect(documented).toEqual(documented.map((_number, index) => index + 1));
  const named = [...read("test/process/rules.test.ts").matchAll(/it\("rule (\d+):/g)].map(([, rule]) =>
    Number(rule),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(documented).toEqual(expect.arrayContaining(named));
});

it("every file that the page names exists", () => {
  const named = [
    ...page.matchAll(
      /`((?:lifecycle|gitlab|resources|cli|testing|helpers|lookups|import)\/[\w/-]*(?:\.ts)?)`/g,
    ),
    ...section("Where to change what").matchAll(/`([\w-]+\.ts)`/g),
  ];
  expect(named.length).toBeGreaterThan(20);
  for (const [, file = ""] of named) expect(existsSync(join(provider, file)), file).toBe(true);
  for (const [, file = ""] of page.matchAll(/`(test\/[\w/-]+(?:\.ts)?)`/g)) {
    expect(existsSync(join(provider, "..", file)), file).toBe(true);
  }
});
