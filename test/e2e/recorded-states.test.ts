import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import { Stack } from "../engine/stack.js";
import { accessTokens, type RecordedState, recordedAddress } from "../package/first-release.js";
import { writes } from "./support.js";

const fixtures = resolve(__dirname, "..", "fixtures");
const files = readdirSync(fixtures).filter((name) => /^state-.+\.json$/.test(name));

it("the state of the first release is recorded", () => expect(files).toContain("state-0.1.0.json"));

describe.each(files)("today's code with %s", (file) => {
  const text = readFileSync(join(fixtures, file), "utf8");
  const recorded = JSON.parse(text) as RecordedState;
  const mine = recorded.deployTokens.filter(({ name }) => name !== "somebody's");
  let gitlab: Emulator;
  let stack: Stack;

  beforeAll(async () => {
    gitlab = await start({ seed: { ...recorded.seed, deployTokens: [] } });
  });
  afterEach(() => stack.dispose());
  afterAll(() => gitlab.close());

  /** Restores GitLab and the stack as they were after the release's run. */
  async function goOn(program = recorded.program): Promise<void> {
    gitlab.reset();
    await gitlab.clock.set(recorded.time);
    for (const { expiresAt, ...token } of recorded.deployTokens) {
      gitlab.store.restoreDeployToken({
        ...token,
        expiresAt: expiresAt === null ? null : new Date(expiresAt),
      });
    }
    stack = await Stack.create(inject("engine"), {
      program,
      project: "recorded",
      config: { "gitlab:baseUrl": gitlab.url },
      secrets: {
        "gitlab:token": accessTokens.stack,
        "recorded:second": accessTokens.provider,
        "recorded:adopted": String(mine.find(({ name }) => name === "by hand")?.token),
      },
      env: { GITLAB_TESTING_TIME: recorded.time, PULUMI_CONFIG_PASSPHRASE: recorded.passphrase },
    });
    const state = JSON.stringify(recorded.deployment).replaceAll(recordedAddress, gitlab.url);
    stack.write({ "state.json": state });
    expect(await stack.pulumiRun(["stack", "import", "--file", "state.json"])).toMatchObject({ code: 0 });
  }

  it("has every value, refreshes, and changes nothing", async () => {
    await goOn();
    expect(await stack.outputs()).toEqual(recorded.outputs);
    const refresh = await stack.refresh();
    expect(Object.keys(refresh.changes)).toEqual(["unchanged"]);
    const up = await stack.up();
    expect(Object.keys(up.changes)).toEqual(["unchanged"]);
    expect(writes(gitlab)).toEqual([]);
    expect(await stack.outputs()).toEqual(recorded.outputs);
    for (const { token } of mine) expect((await stack.exported()).text).not.toContain(token);
  });

  it("destroys the tokens of the release, and nothing else", async () => {
    await goOn();
    await stack.destroy();
    expect(gitlab.deployTokens().map(({ name }) => name)).toEqual(["somebody's"]);
  });

  it("replaces if an argument changes or a token was revoked", async () => {
    const other = recorded.program.replace('"read_registry", "read_repository"', '"read_registry"');
    expect(other).not.toBe(recorded.program);
    await goOn(other);
    const plain = Number(mine.find(({ name }) => name === "plain")?.id);
    gitlab.revoke(plain);
    await stack.refresh();
    expect((await stack.up()).changes).toMatchObject({ replaced: 2 });
    expect(gitlab.deployTokens()).toHaveLength(recorded.deployTokens.length);
    expect(gitlab.deployTokens().some(({ revoked }) => revoked)).toBe(false);
    const values = (await stack.outputs())["values"] as string[];
    const living = gitlab.deployTokens().map(({ token }) => token);
    for (const value of values) expect(living).toContain(value);
  });
});
