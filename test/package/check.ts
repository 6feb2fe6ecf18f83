import { pack } from "../engine/package-install.js";
import { networkChecks, stableChecks, Unanswered } from "./checks.js";

/** `npm run check:package`: checks every condition of publishing and prints a line for each. */
async function main(): Promise<void> {
  const packed = await pack();
  const line = (state: string, name: string, what: string) =>
    void process.stdout.write(`${state.padEnd(8)}${name.padEnd(20)}${what}\n`);
  for (const { name, run } of [...stableChecks, ...networkChecks]) {
    try {
      line("ok", name, await run(packed));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof Unanswered) {
        line("untried", name, reason);
      } else {
        line("FAILED", name, reason);
        process.exitCode = 1;
      }
    }
  }
}

void main();
