import { readFileSync, writeFileSync } from "node:fs";
import { exitAfter } from "../../engine/exit.js";
import { Ground, type Outcome } from "./attempt.js";
import { document, titleOf, written } from "./table.js";
import { trials } from "./trials.js";

const help = `Usage: npm run docs:clients [-- FORMAT or CLIENT ...]

Gives each format to its real clients, and writes docs/using-tokens.md's table of what they did. CLIENTS=build also
builds those that are Go modules, which takes minutes. Rows of clients that are not here stay as they are.
`;

async function main(words: readonly string[]): Promise<number> {
  if (words.includes("--help")) return print(help);
  const ground = await Ground.prepare();
  const seen = new Map<string, Outcome>();
  let failed = 0;
  try {
    for (const trial of trials) {
      const title = titleOf(trial);
      if (words.length > 0 && !words.some((word) => title.toLowerCase().includes(word.toLowerCase())))
        continue;
      const tool = await trial.find();
      if (tool === undefined) {
        print(`${title}: not here\n`);
        continue;
      }
      const began = Date.now();
      try {
        const outcome = await ground.attempt(trial, tool);
        seen.set(title, outcome);
        print(`${title} ${tool.version}: ${outcome.refused} (${Date.now() - began} ms)\n`);
      } catch (error) {
        failed++;
        print(`${title}: FAILED: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
  } finally {
    await ground.close();
  }
  writeFileSync(document, written(readFileSync(document, "utf8"), seen));
  return failed;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

exitAfter(main(process.argv.slice(2)).then((failed) => (failed === 0 ? 0 : 1)));
