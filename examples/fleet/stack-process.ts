import type { TeamDeclaration } from "./declaration.js";
import { byLine } from "./engine-output.js";
import { type Changes, type Command, runStack } from "./stack-run.js";

/** What the process is told. */
export interface Order {
  readonly command: Command;
  readonly team: TeamDeclaration;
  readonly project: string;
  readonly backend: string;
  readonly env: Readonly<Record<string, string>>;
  readonly wait: number;
}

/** What it tells; after `done` or `failed` it ends. */
export type Report =
  | { readonly say: string }
  | { readonly line: string }
  | { readonly done: NonNullable<Changes> | null }
  | { readonly failed: string };

const interruption = new AbortController();
const interrupt = () => interruption.abort(new Error("interrupted"));

// Ctrl-C reaches the engine too, which finishes what it began: its program must stay.
process.on("SIGINT", interrupt);
// Without the fleet nobody would hear of it.
process.once("disconnect", () => process.exit(1));

async function carryOut({ command, team, ...order }: Order): Promise<Report> {
  try {
    const done = await runStack(command, team, {
      ...order,
      signal: interruption.signal,
      say: (message) => report({ say: message }),
      onOutput: byLine((line) => report({ line })),
    });
    return { done: done ?? null };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

function report(message: Report, told?: () => void): void {
  process.send?.(message, undefined, undefined, told);
}

process.on("message", (message: Order | { readonly interrupt: true }) => {
  if ("interrupt" in message) interrupt();
  else void carryOut(message).then((end) => report(end, () => process.exit(0)));
});
