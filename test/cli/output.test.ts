import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(__dirname, "..", "..");
const program = ["--import", "tsx", join(root, "provider", "cli", "main.ts"), "--help"];

/** The process itself: how it ends, and what it says of its trouble. */
async function ended(child: ChildProcess): Promise<{ code: unknown; err: string }> {
  let err = "";
  child.stderr?.on("data", (chunk) => {
    err += String(chunk);
  });
  const [code] = await once(child, "close");
  return { code, err };
}

it("a reader that closes the pipe early, as head does, is no failure and causes no stack trace", async () => {
  const child = spawn(process.execPath, program, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  expect(await ended(child)).toEqual({ code: 0, err: "" });
});

it.skipIf(!existsSync("/dev/full"))(
  "a result that cannot be written is no finding but a failure",
  async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, program, { cwd: root, stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    const { code, err } = await ended(child);
    expect([code, err]).toEqual([2, "error: the result could not be written (ENOSPC)\n"]);
  },
);
