import { backendOf } from "./backend.js";
import type { FleetDeclaration, TeamDeclaration } from "./declaration.js";
import { errorsIn } from "./engine-output.js";
import { inParallel } from "./in-parallel.js";
import type { Progress } from "./progress.js";
import { startSharedProvider } from "./shared-provider.js";
import { runInProcess } from "./stack-child.js";
import type { Changes, Command } from "./stack-run.js";

export interface FleetOptions {
  readonly declaration: FleetDeclaration;
  readonly teams: readonly TeamDeclaration[];
  readonly parallelStacks: number;
  /** In milliseconds. */
  readonly wait: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface FleetResult {
  readonly done: ReadonlyMap<string, Changes>;
  readonly failed: ReadonlyMap<string, string>;
}

/** One command on many stacks, so many at a time; a stack that fails does not stop the others. */
export async function runFleet(command: Command, options: FleetOptions): Promise<FleetResult> {
  const { declaration, teams, parallelStacks, wait, progress, signal } = options;
  const done = new Map<string, Changes>();
  const failed = new Map<string, string>();
  const backend = backendOf();
  const provider = await startSharedProvider(declaration.project, (line) => progress.say("GitLab", line));
  try {
    await inParallel(teams, parallelStacks, async (team) => {
      const say = (message: string) => progress.say(team.name, message);
      try {
        signal.throwIfAborted();
        const env = { ...provider.env, ...backend.env };
        const order = { command, team, project: declaration.project, backend: backend.name, env, wait };
        const onLine = (line: string) => progress.engineLine(team.name, line);
        const changes = await runInProcess(order, { signal, say, onLine });
        done.set(team.name, changes);
        progress.done();
        say(changes === undefined ? "no such stack" : `${command} done: ${describe(changes)}`);
      } catch (error) {
        const message = errorsIn(error instanceof Error ? error.message : String(error));
        failed.set(team.name, message);
        say(`${command} FAILED: ${message}`);
      }
    });
  } finally {
    await provider.close();
  }
  return { done, failed };
}

function describe(changes: Readonly<Record<string, number>>): string {
  return Object.entries(changes)
    .map(([what, count]) => `${count} ${what}`)
    .join(", ");
}
