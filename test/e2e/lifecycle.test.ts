import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import { Stack } from "../engine/stack.js";
import { paths, tokens } from "../support/run.js";

const engine = inject("engine");
let gitlab: Emulator;
let stack: Stack;

beforeAll(async () => {
  gitlab = await start();
});
afterAll(() => gitlab.close());
afterEach(() => {
  gitlab.reset();
  stack.dispose();
});

it("up", async () => {
  stack = await Stack.create(engine, {
    program: `import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
      export const token = new ProjectDeployToken("pull", { project: "acme/app", scopes: ["read_registry"] }).token;`,
    config: { "gitlab:baseUrl": gitlab.url },
    secrets: { "gitlab:token": tokens.owner },
  });
  const up = await stack.up();
  expect(up.changes).toEqual({ created: 2 });
  expect(await stack.outputs()).toEqual({ token: gitlab.deployTokens()[0]?.token });
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  expect((await stack.destroy()).changes).toEqual({ deleted: 2 });
  console.log(paths(gitlab));
});
