import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { main } from "../../provider/cli/main.js";
import { capture } from "../cli/support.js";
import { folder, useFolder } from "../support/folder.js";
import { tokens } from "../support/run.js";
import { valid } from "./bench.js";

useFolder();

function command(...args: string[]) {
  const { written, ...streams } = capture();
  const ended = main(["emulator", ...args], { stdin: Readable.from([]), ...streams, env: {} });
  return { written, ended };
}

/** Starts the command, uses the emulator once it has printed everything, then ends it like Ctrl-C. */
async function runs(args: string[], use: (url: string) => Promise<void> = async () => {}): Promise<string> {
  const { written, ended } = command(...args);
  await expect.poll(() => written.out, { timeout: 10_000 }).toContain("Access tokens");
  try {
    await use(String(/GITLAB_BASE_URL=(\S+)/.exec(written.out)?.[1]));
  } finally {
    process.emit("SIGINT");
  }
  expect(await ended).toBe(0);
  return written.out;
}

async function send(url: string, method: string): Promise<{ status: number; count: number }> {
  const response = await fetch(`${url}/api/v4/projects/1/deploy_tokens`, {
    method,
    headers: { "private-token": tokens.owner, "content-type": "application/json" },
    ...(method === "POST" ? { body: JSON.stringify(valid) } : {}),
  });
  const body: unknown = method === "GET" ? await response.json() : undefined;
  return { status: response.status, count: Array.isArray(body) ? body.length : -1 };
}

describe("pulumi-gitlab-deploy-tokens emulator", () => {
  it("prints the lines to paste, its access tokens and its contents, and ends on SIGINT", async () => {
    const printed = await runs([]);
    expect(printed).toMatch(/^export GITLAB_BASE_URL=http:\/\/127\.0\.0\.1:\d+$/m);
    expect(printed).toMatch(/^export GITLAB_TOKEN=glpat-owner-0000000001$/m);
    expect(printed).toContain("glpat-administrator-0001  root (administrator), api, active");
    expect(printed).toContain("project  acme/app");
  });

  it("accepts a version, a clock and a seed", async () => {
    const seed = join(folder, "seed.json");
    writeFileSync(seed, JSON.stringify({ users: [{ username: "u" }], projects: [{ path: "u/project" }] }));
    const printed = await runs(["--profile", "12.9", "--clock", "2027-01-01", "--seed", seed, "--port", "0"]);
    expect(printed).toContain("version 12.9.10");
    expect(printed).toContain("project  u/project");
    expect(printed).not.toContain("GITLAB_TOKEN");
    const admin = join(folder, "admin.json");
    writeFileSync(
      admin,
      '{"users":[{"username":"x","admin":true,"tokens":[{"value":"v"}]}],"groups":[{"path":"g"}]}',
    );
    const other = await runs(["--seed", admin]);
    expect(other).toContain("export GITLAB_TOKEN=v\n");
    expect(other).toContain("group    g");
    const bot = join(folder, "bot.json");
    writeFileSync(bot, '{"groups":[{"path":"g","tokens":[{"value":"glpat-bot"}]}]}');
    expect(await runs(["--seed", bot])).toContain("export GITLAB_TOKEN=glpat-bot\n");
  });

  it.each([
    [{ users: {} }, "iterable"],
    [{ users: [null] }, "null"],
    [{ groups: ["acme"] }, "path"],
    [{ users: [{ username: "u", tokens: [{}] }] }, "value"],
    [
      { deployTokens: [{ project: "acme/app", name: "x", scopes: [] }] },
      "the emulator has no project acme/app",
    ],
    [{ groups: [{ path: "g" }], deployTokens: [{ group: "g", name: "x" }] }, "undefined"],
    [
      { groups: [{ path: "g" }], deployTokens: [{ group: "g", name: "x", scopes: [], expiresAt: "soon" }] },
      'expiresAt is "soon"',
    ],
  ])("names the seed's file with the fault %j", async (seed, fault) => {
    const file = join(folder, "wrong.json");
    writeFileSync(file, JSON.stringify(seed));
    const { written, ended } = command("--seed", file);
    const timer = setTimeout(() => process.emit("SIGINT"), 2_000);
    expect(await ended).toBe(2);
    clearTimeout(timer);
    expect(written.err).toContain(
      `error: --seed is "${file}"; wanted: a JSON file with users, groups and projects (`,
    );
    expect(written.err).toContain(fault);
  });

  it("waits at least the given latency", async () => {
    await runs(["--latency", "200"], async (url) => {
      const asked = performance.now();
      expect((await fetch(`${url}/api/v4/version`)).status).toBe(401);
      // Timers may fire a millisecond early.
      expect(performance.now() - asked).toBeGreaterThan(198);
    });
  });

  it("commits late, repeats requests, lags and refuses writes", async () => {
    await runs(["--late", "0"], async (url) => {
      expect((await send(url, "POST")).status).toBe(504);
      await expect.poll(async () => (await send(url, "GET")).count).toBe(1);
    });
    await runs(["--repeat"], async (url) => {
      expect([(await send(url, "POST")).status, (await send(url, "GET")).count]).toEqual([201, 2]);
    });
    await runs(["--lag", "3600000"], async (url) => {
      expect([(await send(url, "POST")).status, (await send(url, "GET")).count]).toEqual([201, 0]);
    });
    await runs(["--maintenance"], async (url) => expect((await send(url, "POST")).status).toBe(503));
    await runs(["--read-only"], async (url) => expect((await send(url, "POST")).status).toBe(403));
  });

  it("prints its --help", async () => {
    const { written, ended } = command("--help");
    expect(await ended).toBe(0);
    for (const text of [
      "--seed <file>",
      "--late <ms>",
      "export GITLAB_BASE_URL",
      "npm install --save-dev hono",
    ]) {
      expect(written.out).toContain(text);
    }
  });

  it.each([
    [["--profile", "1.0"], '--profile is "1.0"; wanted: 12.9, 13.0, 14.8, latest'],
    [["--port", "x"], '--port is "x"; wanted: a whole number'],
    [["--latency", "-1"], '--latency is "-1"; wanted: a whole number'],
    [["--clock", "soon"], '--clock is "soon"; wanted: a date such as 2030-01-31'],
    [["--port", "99999"], '--port is "99999" (ERR_SOCKET_BAD_PORT); wanted: a free port'],
    [["--seed", "/nowhere.json"], '--seed is "/nowhere.json"; wanted: a JSON file'],
    [["--clock", "2030-01-31", "--late", "1"], "--late and --lag need a running clock, and --clock stops it"],
    [["--clock", "2030-01-31", "--late", "0"], "wanted: --clock without --late and --lag"],
    [["--clock", "2030-01-31", "--lag", "1"], "wanted: --clock without --late and --lag"],
    [["--nonsense"], "unknown option '--nonsense'"],
  ])("refuses %j by name", async (args, message) => {
    const { written, ended } = command(...args);
    expect(await ended).toBe(2);
    expect(written.err).toContain(message);
    expect(written.err.trim().split("\n").length).toBeLessThanOrEqual(3);
  });

  it("refuses a seed that is not an object", async () => {
    const list = join(folder, "list.json");
    writeFileSync(list, "[]");
    const { written, ended } = command("--seed", list);
    expect(await ended).toBe(2);
    expect(written.err).toContain("(not an object)");
  });

  it("runs as a process", async () => {
    const child = spawn(process.execPath, ["--import", "tsx", "provider/cli/main.ts", "emulator"], {
      stdio: "pipe",
    });
    const started = new Promise<string>((resolve) =>
      child.stdout.once("data", (data: Buffer) => resolve(String(data))),
    );
    const url = /http:\S+/.exec(await started)?.[0];
    expect((await fetch(`${url}/api/v4/version`)).status).toBe(401);
    const code = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    expect(await code).toBe(0);
  });
});
