import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { reference } from "../../provider/resources/reference.js";
import { cached } from "../engine/cache.js";
import { runOrThrow } from "../engine/command.js";
import { installPackage, oldestSdk } from "../engine/package-install.js";
import type { Stack, StateRow } from "../engine/stack.js";
import { folderOfTest } from "../support/folder.js";
import { tokenProgram } from "../support/programs.js";
import { useEmulator } from "./support.js";

const engine = inject("engine");
const use = useEmulator();
const args = { project: "acme/app", scopes: ["read_registry"] };

/** Runs every command for which the engine uses the reference: up, up without a change, refresh and destroy. */
async function lives(below: string, program: string | Record<string, string> = tokenProgram(args)) {
  const stack = await use.stack(program, { below });
  expect((await stack.up()).changes).toEqual({ created: 2 });
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  await ends(stack);
}

async function ends(stack: Stack) {
  expect((await stack.refresh()).changes).toEqual({ unchanged: 2 });
  expect((await stack.destroy()).changes).toEqual({ deleted: 2 });
  expect(use.gitlab.deployTokens()).toEqual([]);
}

/** Rewrites the state as another version, or a program in another folder, would have written it. */
async function rewriteReferences(stack: Stack, text: string): Promise<void> {
  const { resources, ...deployment } = (await stack.deployment()) as { resources: StateRow[] };
  const rewritten = (properties: Record<string, unknown> | undefined) =>
    properties?.["__provider"] === undefined ? properties : { ...properties, __provider: text };
  const rows = resources.map((row) => ({
    ...row,
    inputs: rewritten(row.inputs),
    outputs: rewritten(row.outputs),
  }));
  await stack.import({ deployment: { ...deployment, resources: rows } });
}

it("is found from an ES-module program", async () => {
  const program = `import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
export const { token } = new ProjectDeployToken("pull", ${JSON.stringify(args)});`;
  await lives(engine.installed, {
    "package.json": '{"private":true,"type":"module","main":"index.js"}',
    "index.js": program,
  });
});

it("is found with the oldest SDK in the range", async () => {
  await lives(
    await installPackage(engine.packed, oldestSdk, (line) => void process.stderr.write(`${line}\n`)),
  );
});

it("is found through a symlink of an npm workspace or `npm link`", async () => {
  const workspace = folderOfTest();
  mkdirSync(join(workspace, "node_modules"));
  mkdirSync(join(workspace, "packages", "tokens"), { recursive: true });
  cpSync(join(engine.installed, "node_modules"), join(workspace, "node_modules"), {
    recursive: true,
    filter: (source) => !source.endsWith("node_modules/pulumi-gitlab-deploy-tokens"),
    verbatimSymlinks: true,
  });
  const installed = join(engine.installed, "node_modules", "pulumi-gitlab-deploy-tokens");
  cpSync(installed, join(workspace, "packages", "tokens"), { recursive: true });
  const link = join(workspace, "node_modules", "pulumi-gitlab-deploy-tokens");
  symlinkSync(join(workspace, "packages", "tokens"), link);
  await lives(workspace);
});

it("is found in a strict pnpm layout, as a dependency of a dependency only", async () => {
  const folder = await cached(`pnpm-${engine.packed.hash}`, async (target) => {
    const component = join(target, "component");
    mkdirSync(component, { recursive: true });
    const dependencies = {
      "pulumi-gitlab-deploy-tokens": `file:${engine.packed.tarball}`,
      "@pulumi/pulumi": "3.248.0",
    };
    writeFileSync(
      join(component, "package.json"),
      JSON.stringify({ name: "acme-tokens", version: "1.0.0", main: "index.js", dependencies }),
    );
    writeFileSync(
      join(component, "index.js"),
      `const { ProjectDeployToken } = require("pulumi-gitlab-deploy-tokens");
exports.pull = () => new ProjectDeployToken("pull", ${JSON.stringify(args)});`,
    );
    await runOrThrow("npm", ["pack", "--pack-destination", target], { cwd: component });
    const user = {
      "acme-tokens": "file:acme-tokens-1.0.0.tgz",
      "@pulumi/pulumi": "3.248.0",
      typescript: "5.9.3",
    };
    writeFileSync(
      join(target, "package.json"),
      JSON.stringify({ name: "user", private: true, dependencies: user }),
    );
    const flags = ["install", "--ignore-scripts", "--config.hoist=true", "--config.public-hoist-pattern="];
    await runOrThrow("npx", ["--yes", "pnpm@10.18.3", ...flags], { cwd: target });
  });
  expect(() =>
    readFileSync(join(folder, "node_modules", "pulumi-gitlab-deploy-tokens", "package.json")),
  ).toThrow();
  const program = `import { pull } from "acme-tokens";\nexport const token = pull().token;`;
  await lives(folder, program);

  // A resource whose reference finds the package by name alone gets the reference that works here.
  const stack = await use.stack(program, { below: folder });
  await stack.up();
  await rewriteReferences(stack, reference("project", true));
  expect((await stack.refresh({ fails: true })).output).toContain("Cannot find module");
  expect((await stack.up()).changes).toEqual({ updated: 1, unchanged: 1 });
  await ends(stack);
});

it("is also found by the longer text that earlier versions wrote", async () => {
  const stack = await use.stack(tokenProgram(args));
  await stack.up();
  expect((await stack.tokens())[0]?.outputs?.["__provider"]).toBe(reference("project", true));
  await rewriteReferences(stack, reference("project", false));
  expect((await stack.refresh()).changes).toEqual({ unchanged: 2 });
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  expect((await stack.destroy()).changes).toEqual({ deleted: 2 });
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("runs today's code for a token of an older package, also in refresh and destroy", async () => {
  const folder = folderOfTest();
  cpSync(join(engine.installed, "node_modules"), join(folder, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const lifecycle = join(folder, "node_modules", "pulumi-gitlab-deploy-tokens", "dist", "lifecycle");
  const broken = (file: string) => {
    const path = join(lifecycle, file);
    const text = readFileSync(path, "utf8");
    writeFileSync(
      path,
      `${text}\nexports.read = exports.remove = async () => { throw new Error("a bug of the old package"); };`,
    );
    return () => writeFileSync(path, text);
  };
  const fixes = [broken("read.js"), broken("delete.js")];
  const stack = await use.stack(tokenProgram(args), { below: folder });
  await stack.up();
  expect((await stack.refresh({ fails: true })).output).toContain("a bug of the old package");
  expect((await stack.destroy({ fails: true })).output).toContain("a bug of the old package");
  for (const fix of fixes) fix();
  await ends(stack);
});
