import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { runOrThrow } from "../engine/command.js";
import { read } from "../repository/files.js";
import { programs } from "../repository/programs.js";

// Each program of the documents runs with the built package under Pulumi's mocks. They pass every deploy token's
// arguments to the package's own check. Other tests here run the same classes on the engine.
const root = resolve(__dirname, "..", "..");
const all = programs().filter(
  ({ text }) =>
    !/from "(vitest|@pulumi\/policy|@pulumi\/kubernetes|@pulumi\/pulumi\/automation[^"]*)"/.test(text),
);

interface Ran {
  readonly file: string;
  readonly asked: number;
  readonly errors: readonly string[];
}

async function ran(texts: readonly string[]): Promise<Ran[]> {
  const folder = mkdtempSync(join(root, "test", "e2e", "programs-"));
  try {
    const names = texts.map((text, index) => {
      const name = join(folder, `${index}.mjs`);
      writeFileSync(name, javaScript(text));
      return name;
    });
    const env = { ...process.env, GITLAB_TOKEN: "", GITLAB_BASE_URL: "" };
    const { stdout } = await runOrThrow(process.execPath, [join(__dirname, "run-programs.mjs"), ...names], {
      cwd: root,
      env,
    });
    const lines = stdout.split("\n").filter((line) => line.startsWith('{"file"'));
    return lines.map((line) => JSON.parse(line) as Ran);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function javaScript(text: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

describe("the documents' programs run", () => {
  let results: Ran[] = [];
  beforeAll(async () => {
    results = await ran(all.map(({ text }) => text));
  });

  it("all of them", () => {
    expect(all.length).toBeGreaterThan(15);
    expect(results).toHaveLength(all.length);
  });

  it.each(all.map((program, index) => ({ ...program, index })))("$document, $number", ({ text, index }) => {
    expect(results[index]?.errors).toEqual([]);
    // The program made a resource or a look-up, or started an emulator.
    if (!text.includes("/testing")) expect(results[index]?.asked).toBeGreaterThan(0);
  });
});

it("a program with a wrong argument, or one that throws, fails the test", async () => {
  const text = read("examples/quickstart/index.ts");
  const wrong = text.replace('"cluster pull"', '" "');
  expect(wrong).not.toBe(text);
  const [refused, thrown] = await ran([wrong, 'throw new Error("as written");']);
  expect(refused?.errors).toEqual([expect.stringContaining("name")]);
  expect(thrown?.errors).toEqual(["Error: as written"]);
});
