import { describe, expect, it } from "vitest";
import { run } from "../engine/command.js";
import { type ForeignClient, goClient, javaClient, pythonClient } from "../engine/foreign-clients.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";

useEmulator();

async function runs({ command, args, env }: ForeignClient) {
  return run(command, [...args], {
    cwd: process.cwd(),
    env: { ...process.env, ...env, GITLAB_URL: gitlab.url, GITLAB_TOKEN: tokens.administrator },
  });
}

/** Creates three pages of ten for the project and for the group. */
function fill(): void {
  for (let index = 1; index <= 25; index++) {
    gitlab.createDeployToken({ project: "acme/app", name: `p${index}`, scopes: ["read_registry"] });
    gitlab.createDeployToken({ group: "acme", name: `g${index}`, scopes: ["read_registry"] });
  }
}

const counts = { Before: 25, Listed: 26, Pages: 3, After: 25, Refused: 400, Again: 404 };

describe("another client of GitLab's API, unmodified", { timeout: 600_000 }, () => {
  it("in Go creates, reads, lists pages, deletes, and reports a refusal", async () => {
    fill();
    const { stdout, stderr, code } = await runs(await goClient());
    expect([code, stderr]).toEqual([0, ""]);
    const token = (id: number) => ({
      Name: "foreign",
      Username: `gitlab+deploy-token-${id}`,
      Expires: "",
      Scopes: ["read_registry", "write_registry"],
    });
    const of = (id: number) => ({
      ...counts,
      Created: { ...token(id), Value: true },
      Got: { ...token(id), Value: false },
    });
    expect(JSON.parse(stdout)).toEqual({ project: of(51), group: of(52), instance: 20 });
    expect(gitlab.deployTokens()).toHaveLength(50);
  });

  it("in Java creates, lists pages, deletes, and reports a refusal", async () => {
    fill();
    const { stdout, stderr, code } = await runs(await javaClient());
    expect([code, stderr]).toEqual([0, ""]);
    const seen = {
      ...counts,
      Created: {
        Name: "foreign",
        Username: "foreign",
        Expires: "2031-01-31T00:00:00Z",
        Scopes: ["read_repository", "read_registry"],
        Value: true,
      },
    };
    expect(JSON.parse(stdout)).toEqual({ project: seen, group: seen, instance: 50 });
    expect(gitlab.deployTokens()).toHaveLength(50);
  });

  it("in Python passes its own functional tests of deploy tokens", async () => {
    const { stdout, code } = await runs(await pythonClient());
    expect([code, stdout]).toEqual([0, expect.stringContaining("2 passed")]);
    expect(gitlab.deployTokens()).toEqual([]);
  });
});
