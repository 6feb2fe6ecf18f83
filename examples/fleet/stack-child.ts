import { fork } from "node:child_process";
import { join } from "node:path";
import type { Order, Report } from "./stack-process.js";
import type { Changes } from "./stack-run.js";

export interface Listener {
  readonly signal: AbortSignal;
  say(message: string): void;
  onLine(line: string): void;
}

/**
 * One command on one stack, in a process of its own: Pulumi takes an error that one program does not catch for an
 * error of every program in the process.
 */
export function runInProcess(order: Order, { signal, say, onLine }: Listener): Promise<Changes> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, "stack-process"), [], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    const interrupt = () => void child.send({ interrupt: true });
    signal.addEventListener("abort", interrupt);
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on("message", (report: Report) => {
      if ("say" in report) say(report.say);
      else if ("line" in report) onLine(report.line);
      else if ("failed" in report) reject(new Error(report.failed));
      else resolve(report.done ?? undefined);
    });
    child.once("error", reject);
    child.once("exit", (code, killed) => {
      signal.removeEventListener("abort", interrupt);
      // Nothing, where it has reported its end.
      reject(new Error(`its process ended with ${killed ?? code}: ${errors.trim()}`));
    });
    child.send(order);
  });
}
