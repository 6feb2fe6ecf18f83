import { platform } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { descendants, end, type Process } from "../engine/processes.js";
import { hold } from "../support/emulator.js";
import { tokenProgram } from "../support/programs.js";
import { useEmulator } from "./support.js";

const use = useEmulator();
const base = { project: "acme/app", name: "pull", scopes: ["read_registry"] };
const left: Process[] = [];
afterEach(() => end(left.splice(0)));

/** Starts an `up` that waits between GitLab's response to the POST and the checkpoint, until `release`. */
async function standingUp() {
  const stack = await use.stack(tokenProgram(base));
  const { release } = hold(use.gitlab, { method: "POST", when: "after" });
  const started: { cli: number; output: string } = { cli: 0, output: "" };
  const up = stack.up({
    fails: true,
    onStart: (pid) => {
      started.cli = pid;
    },
    onOutput: (output) => {
      started.output = output;
    },
  });
  await use.gitlab.waitFor(({ method }) => method === "POST");
  await expect.poll(() => use.gitlab.deployTokens()).toHaveLength(1);
  const processes = descendants(started.cli);
  left.push(...processes);
  return { stack, up, started, processes, release };
}

describe.runIf(platform() === "linux")("killed between POST and checkpoint", () => {
  it("the CLI: the next up names the untracked token", async () => {
    const { stack, up, started, release } = await standingUp();
    process.kill(started.cli, "SIGKILL");
    await up;
    release();
    await stack.pulumiRun(["cancel", "--yes"]);
    const again = await stack.up();
    expect(again.output).toContain('already had a deploy token equal to the one created now ("pull"): id 1.');
    expect((await stack.tokens())[0]?.outputs).toMatchObject({ deployTokenId: 2 });
    await stack.destroy();
    expect(use.gitlab.deployTokens()).toMatchObject([{ id: 1 }]);
  });

  it("the provider: the up fails, and the next one names the untracked token", async () => {
    const { stack, up, processes, release } = await standingUp();
    const provider = processes.find(
      ({ command }) => command.includes("dynamic-provider") && command.startsWith("node"),
    );
    const [node] = processes.filter(({ command }) => /node .*dynamic-provider/.test(command));
    process.kill((provider ?? node)?.pid ?? 0, "SIGKILL");
    expect((await up).output).toMatch(/error/);
    release();
    const again = await stack.up();
    expect(again.output).toContain(
      "id 1. If this run replaces it, there is nothing to do. Otherwise an earlier run may have been killed",
    );
    expect((await stack.tokens())[0]?.outputs).toMatchObject({ deployTokenId: 2 });
  });
});

it("SIGINT twice during a create: the token is recorded, or deleted again", async () => {
  const { stack, up, started, release } = await standingUp();
  process.kill(started.cli, "SIGINT");
  await expect.poll(() => started.output, { timeout: 20_000 }).toContain("press ^C again");
  process.kill(started.cli, "SIGINT");
  await expect.poll(() => started.output, { timeout: 20_000 }).toContain("^C received; terminating");
  release();
  await up;
  await stack.pulumiRun(["cancel", "--yes"]);
  const known = (await stack.tokens()).map(({ outputs }) => outputs?.["deployTokenId"]);
  await expect.poll(() => use.gitlab.deployTokens().map(({ id }) => id), { timeout: 10_000 }).toEqual(known);
});

describe("while GitLab is down after a lost response", () => {
  const fail = async () => {
    const stack = await use.stack(tokenProgram(base), { config: { "gitlab:retries": "0" } });
    use.gitlab.faults.add({ method: "POST", when: "after", fault: { kind: "reset" } });
    // The first read of the list succeeds; the search for the orphan fails.
    use.gitlab.faults.add({
      method: "GET",
      path: /per_page/,
      when: "after",
      fault: { kind: "wait", until: Promise.resolve() },
    });
    use.gitlab.faults.add({
      method: "GET",
      path: /per_page/,
      times: 9,
      fault: { kind: "respond", status: 503 },
    });
    const { output } = await stack.up({ fails: true });
    use.gitlab.faults.clear();
    expect(output).toContain("GitLab may have created the token, or may still create it");
    expect(await stack.tokens()).toMatchObject([
      { id: "acme/app:unsettled", initErrors: [expect.any(String)] },
    ]);
    return stack;
  };

  it("the next up makes the token and deletes the orphan", async () => {
    const stack = await fail();
    expect((await stack.refresh()).code).toBe(0);
    await stack.up();
    expect(use.gitlab.deployTokens()).toMatchObject([{ id: 2 }]);
    expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  });

  it("destroy deletes the orphan", async () => {
    const stack = await fail();
    await stack.destroy();
    expect(use.gitlab.deployTokens()).toEqual([]);
  });
});
