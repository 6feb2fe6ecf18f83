import { setTimeout as delay } from "node:timers/promises";
import { now } from "../clock.js";
import { invalid } from "../invalid-argument.js";
import type { Console, Progress } from "./console.js";
import { readStacks, type StackOptions } from "./options.js";
import type { StackExport } from "./stack-exports.js";

/** An active run saves the state with every token. After this time without a change, no run is active. */
const quietTime = 60_000;

/** Reads the stacks again after enough time for a change. */
export async function unchangedStacks(
  before: readonly StackExport[],
  options: StackOptions,
  console: Console,
  progress: Progress,
): Promise<StackExport[]> {
  const saved = before.map(({ savedAt = "" }) => Date.parse(savedAt)).filter((time) => !Number.isNaN(time));
  const wait = Math.min(Math.max(0, ...saved) + quietTime - now(console.env).getTime(), quietTime);
  if (wait > 0) {
    progress.note(
      `Waiting ${Math.ceil(wait / 1000)} s for changes of the states: a run may still be at work.`,
    );
    await delay(wait);
  }
  const after = await readStacks(options, console.env);
  const changed = after.find(({ savedAt }, index) => savedAt !== before[index]?.savedAt);
  if (changed === undefined) return after;
  throw invalid(
    `A run works on the stack ${changed.stack}: its state was saved in the meantime. Nothing was deleted.`,
  );
}
