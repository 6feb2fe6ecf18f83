import { once } from "node:events";
import type { Command } from "commander";
import { invalid } from "../invalid-argument.js";
import type { Console } from "./console.js";

export function emulatorCommand(program: Command, console: Console): void {
  program
    .command("emulator")
    .description("runs an emulator of GitLab's deploy token API on 127.0.0.1, until Ctrl-C")
    .option("--port <number>", "port (default: a free one)")
    .option("--profile <version>", "GitLab version: 12.9, 13.0, 14.8 or latest", "latest")
    .option("--seed <file>", "JSON file with users, groups, projects and deploy tokens (default: a company)")
    .option("--clock <date>", "stop the emulator's clock at this date")
    .option("--latency <ms>", "minimum time of each response in milliseconds")
    .option("--late <ms>", "answer each POST with 504 at once and carry it out this much later")
    .option("--repeat", "receive each POST twice, as from a proxy that repeats requests")
    .option("--lag <ms>", "answer reads with the state of this long ago, as a database replica does")
    .option("--maintenance", "refuse writes with 503")
    .option("--read-only", "refuse writes with 403")
    .option("--delayed-deletion", "mark projects and groups for deletion first")
    .addHelpText("after", notes)
    .action(async (options: object) => {
      const { runEmulator } = await load();
      const stop = new AbortController();
      const signals = ["SIGINT", "SIGTERM"].map((name) => once(process, name, { signal: stop.signal }));
      const ended = Promise.race(signals);
      ended.catch(() => undefined);
      try {
        await runEmulator(options, (text) => void console.stdout.write(text), ended);
      } finally {
        stop.abort();
      }
    });
}

const notes = `
Prints the lines to paste into another terminal:
  export GITLAB_BASE_URL=http://127.0.0.1:…
  export GITLAB_TOKEN=…

The emulator needs the package hono: npm install --save-dev hono
What it does and does not do: https://github.com/pulumi-gitlab-deploy-tokens/pulumi-gitlab-deploy-tokens/blob/main/docs/emulator.md
`;

/** Loaded only for this command: the emulator's HTTP library is an optional peer dependency. */
async function load() {
  try {
    // biome-ignore lint/style/noRestrictedImports: the one command that runs the emulator
    return await import("../testing/command.js");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!/MODULE_NOT_FOUND$/.test(code ?? "") || !message.includes("hono")) throw error;
    throw invalid("The emulator needs the package hono: npm install --save-dev hono");
  }
}
