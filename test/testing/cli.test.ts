import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { main } from "../../provider/testing/cli.js";

/** Runs the command until it has printed everything, then ends it as Ctrl-C does. */
async function runs(args: string[]): Promise<string> {
  let printed = "";
  const ended = main(args, (text) => {
    printed += text;
  });
  await expect.poll(() => printed, { timeout: 10_000 }).toContain("project");
  process.emit("SIGINT");
  expect(await ended).toBe(0);
  return printed;
}

describe("npm run emulator", () => {
  it("tells its address, its access tokens and what it holds, and ends on SIGINT", async () => {
    const printed = await runs([]);
    expect(printed).toMatch(/^GitLab's stand-in \(18\.6\.0\) runs at http:\/\/127\.0\.0\.1:\d+$/m);
    expect(printed).toContain("glpat-administrator-0001  root (administrator), api, active");
    expect(printed).toContain("project  acme/app");
  });

  it("takes a version, a clock and a seed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "seed-"));
    const seed = join(folder, "seed.json");
    writeFileSync(seed, JSON.stringify({ users: [{ username: "u" }], projects: [{ path: "u/project" }] }));
    const printed = await runs(["--profile", "12.9", "--clock", "2027-01-01", "--seed", seed, "--port", "0"]);
    expect(printed).toContain("(12.9.10)");
    expect(printed).toContain("project  u/project");
    const empty = join(folder, "empty.json");
    writeFileSync(
      empty,
      '{"users":[{"username":"x","tokens":[{"value":"v"}]}],"groups":[{"path":"project"}]}',
    );
    expect(await runs(["--seed", empty])).toContain("v  x, api, active");
    rmSync(folder, { recursive: true });
  });

  it("answers as late as it is told, at least", async () => {
    let printed = "";
    const ended = main(["--latency", "200"], (text) => {
      printed += text;
    });
    await expect.poll(() => printed, { timeout: 10_000 }).toContain("project");
    const url = /http:\S+/.exec(printed)?.[0];
    const asked = performance.now();
    expect((await fetch(`${url}/api/v4/version`)).status).toBe(401);
    // Timers may fire a millisecond early.
    expect(performance.now() - asked).toBeGreaterThan(198);
    process.emit("SIGINT");
    expect(await ended).toBe(0);
  });

  it("explains itself, and refuses by name what it cannot use", async () => {
    let printed = "";
    const print = (text: string) => {
      printed += text;
    };
    expect(await main(["--help"], print)).toBe(0);
    expect(printed).toContain("--profile VERSION  12.9, 13.0, 14.8, latest");
    await expect(main(["--profile", "1.0"], print)).rejects.toThrow('--profile is "1.0"; wanted: 12.9');
    await expect(main(["--port", "x"], print)).rejects.toThrow('--port is "x"; wanted: a number');
    await expect(main(["--latency", "x"], print)).rejects.toThrow(
      '--latency is "x"; wanted: a number of milliseconds',
    );
    await expect(main(["--nonsense"], print)).rejects.toThrow("--nonsense");
  });

  it("runs as a command", async () => {
    const child = spawn(process.execPath, ["--import", "tsx", "provider/testing/cli.ts"], {
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
