import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { beforeAll, expect, inject, it } from "vitest";
import { run } from "../engine/command.js";
import { installExamples } from "../engine/examples.js";

const engine = inject("engine");
const page = readFileSync(resolve(__dirname, "..", "..", "docs", "testing.md"), "utf8");
const programs = [...page.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)].map(([, file, text]) => [file, text]);
let folder: string;

// A user's project with the packed package and the unchanged programs of the page.
beforeAll(async () => {
  const below = await installExamples(engine.packed, (line) => void process.stderr.write(`${line}\n`));
  mkdirSync(join(below, "programs"), { recursive: true });
  folder = mkdtempSync(join(below, "programs", "page-"));
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  write("Pulumi.yaml", "name: app\nruntime: nodejs\n");
  write("package.json", '{"private":true}');
  for (const [file, text] of programs) write(String(file), String(text));
  return () => rmSync(folder, { recursive: true });
});

async function vitest(file: string) {
  const home = join(folder, "home");
  const paths = [...(engine.cli.folder === undefined ? [] : [engine.cli.folder]), dirname(process.execPath)];
  const env = {
    PATH: [...paths, process.env["PATH"]].join(delimiter),
    HOME: process.env["HOME"],
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NO_COLOR: "1",
  };
  const command = join(folder, "..", "..", "node_modules", ".bin", "vitest");
  return run(command, ["run", file], { cwd: folder, env });
}

it("has a program and two files of tests", () => {
  expect(programs.map(([file]) => file)).toEqual(["index.ts", "index.test.ts", "up.test.ts"]);
});

it("its unit test passes, and fails if the program differs", async () => {
  expect(await vitest("index.test.ts")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Tests +1 passed/),
  });
  const program = readFileSync(join(folder, "index.ts"), "utf8");
  writeFileSync(join(folder, "index.ts"), program.replace("read_registry", "write_registry"));
  expect((await vitest("index.test.ts")).stdout).toMatch(/Tests +1 failed/);
  writeFileSync(join(folder, "index.ts"), program);
});

it("its whole up passes on the real engine", { timeout: 900_000 }, async () => {
  expect(await vitest("up.test.ts")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Tests +2 passed/),
  });
});
