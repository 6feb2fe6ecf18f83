import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

const root = resolve(__dirname, "..", "..");

/** Runs the command as a process with this standard output. */
function run(args: readonly string[], stdout: "pipe" | number, program?: string): Promise<[number, string]> {
  const file = join(root, "provider", "cli", "main.ts");
  const command = program === undefined ? [file, ...args] : ["-e", program, file, ...args];
  return new Promise((resolved) => {
    const child = spawn(process.execPath, ["--require", "tsx/cjs", ...command], {
      cwd: root,
      stdio: ["ignore", stdout, "pipe"],
      env: { PATH: process.env["PATH"] },
    });
    let err = "";
    child.stderr?.on("data", (chunk) => {
      err += String(chunk);
    });
    // `| head` closes its end of the pipe early, too.
    child.stdout?.destroy();
    child.on("close", (code) => resolved([code ?? -1, err]));
  });
}

describe("the command's exit code", () => {
  it.skipIf(!existsSync("/dev/full"))("is 2 if the disk is full", async () => {
    const full = openSync("/dev/full", "w");
    onTestFinished(() => closeSync(full));
    const [code, err] = await run(["--help"], full);
    expect([code, err]).toEqual([2, "error: the result could not be written (ENOSPC)\n"]);
  });

  it("is 0 if the reader closes the pipe", async () => {
    expect(await run(["--help"], "pipe")).toEqual([0, ""]);
  });

  it("is 2 if the event loop is empty before the work is done", async () => {
    // This standard input neither gives a chunk nor ends, and does not keep the process alive.
    const program = `
      const { Readable } = require("node:stream");
      Object.defineProperty(process, "stdin", { value: new Readable({ read() {} }) });
      const Module = require("node:module");
      process.argv.splice(1, 0, "node");
      Module.runMain(process.argv[1] = process.argv[2], process.argv.splice(2, 1));
    `;
    const [code, err] = await run(["whose", "--state", "/dev/null"], "pipe", program);
    expect([code, err]).toEqual([2, "error: the command ended before its work was done\n"]);
  });
});
