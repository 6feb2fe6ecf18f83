import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, inject, it } from "vitest";
import { runOrThrow } from "../engine/command.js";
import { folderOfTest } from "../support/folder.js";
import { useEmulator } from "./support.js";

const use = useEmulator();
const readme = readFileSync(resolve(__dirname, "..", "..", "README.md"), "utf8");
const [, program = ""] = /```ts\n(.*?)```/s.exec(readme) ?? [];

it("README's program works in a new folder after npm install of the package alone", {
  timeout: 600_000,
}, async () => {
  const folder = folderOfTest();
  // Without a package.json, npm uses the folder above as the project.
  writeFileSync(join(folder, "package.json"), "{}");
  await runOrThrow("npm", ["install", inject("engine").packed.tarball], { cwd: folder });
  const env = { PULUMI_NODEJS_TRANSPILE_ONLY: "false" };
  const stack = await use.stack(program, { folder, config: { "test:project": "acme/app" }, env });
  expect((await stack.up()).changes).toEqual({ created: 2 });
  const [token] = use.gitlab.deployTokens();
  expect(await stack.outputs()).toEqual({
    username: `gitlab+deploy-token-${token?.id}`,
    token: token?.token,
  });
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });

  // The folder has no TypeScript of its own. Pulumi's compiler sees the package's types.
  stack.program(program.replace(/scopes: \[.*\]/, 'scopes: "read_registry"'));
  expect((await stack.preview({ fails: true })).output).toMatch(/index\.ts\(\d+,\d+\): error TS2322/);
  stack.program(program);
  expect((await stack.destroy()).changes).toEqual({ deleted: 2 });
  expect(use.gitlab.deployTokens()).toEqual([]);
});
