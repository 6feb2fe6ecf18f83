import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LocalWorkspace, type Stack, StackNotFoundError } from "@pulumi/pulumi/automation/index.js";
import { claim, machineFolder } from "./claims.js";
import { type DeclaredToken, type TeamDeclaration, tokensOf } from "./declaration.js";
import { areOurDead, describe, locksIn } from "./locks.js";
import { programOf } from "./program.js";
import { readState, type StackState } from "./state.js";

export type Command = "up" | "preview" | "refresh" | "destroy";

export interface RunOptions {
  readonly project: string;
  /** The backend's name in the machine's folder. */
  readonly backend: string;
  /** For the engines. */
  readonly env: Readonly<Record<string, string>>;
  /** How long to wait for a stack that another run works on, in milliseconds. */
  readonly wait: number;
  /** Ends waiting; what has begun goes on to its end. */
  readonly signal: AbortSignal;
  say(message: string): void;
  onOutput(text: string): void;
}

/** What a command changed: `{ create: 3, same: 2 }`; undefined: there is no such stack. */
export type Changes = Readonly<Record<string, number>> | undefined;

const pollInterval = 1_000;

/** One command on one stack, alone on it, after what a killed run left there. */
export async function runStack(
  command: Command,
  team: TeamDeclaration,
  options: RunOptions,
): Promise<Changes> {
  const folder = join(machineFolder(), options.backend, options.project, team.name);
  const until = Date.now() + options.wait;
  const claimed = await claimInTurn(join(folder, "claims"), until, options);
  try {
    const stack = await open(command, team, join(folder, "workspace"), options);
    if (stack === undefined) return undefined;
    const work = () => execute(command, stack, team, options);
    const changes = await withLock(work, stack, claimed.killedSince, until, options);
    // A preview takes no lock.
    if (command !== "preview") claimed.settle();
    return changes;
  } finally {
    claimed.release();
  }
}

async function claimInTurn(folder: string, until: number, { say, signal }: RunOptions) {
  for (let told = false; ; ) {
    const claimed = claim(folder);
    if (!("heldBy" in claimed)) return claimed;
    if (Date.now() >= until)
      throw new Error(`another run of the fleet works on it (process ${claimed.heldBy})`);
    if (!told) say(`waiting for another run of the fleet (process ${claimed.heldBy})`);
    told = true;
    await delay(pollInterval * (0.5 + Math.random()), undefined, { signal });
  }
}

async function open(
  command: Command,
  team: TeamDeclaration,
  workDir: string,
  { project, env }: RunOptions,
): Promise<Stack | undefined> {
  mkdirSync(workDir, { recursive: true });
  const program = { stackName: team.name, projectName: project, program: async () => undefined };
  const workspace = { workDir, envVars: { ...env } };
  try {
    return command === "up" || command === "preview"
      ? await LocalWorkspace.createOrSelectStack(program, workspace)
      : await LocalWorkspace.selectStack(program, workspace);
  } catch (error) {
    if (error instanceof StackNotFoundError) return undefined;
    throw error;
  }
}

/** Waits while the stack is locked; a lock that is proven to be a killed run's is removed. */
async function withLock<T>(
  work: () => Promise<T>,
  stack: Stack,
  killedSince: number | undefined,
  until: number,
  { say, signal }: RunOptions,
): Promise<T> {
  for (let told = false; ; ) {
    try {
      return await work();
    } catch (error) {
      const locks = locksIn(error instanceof Error ? error.message : "");
      if (locks === undefined) throw error;
      if (areOurDead(locks, killedSince)) {
        say(`removing the lock of a run that was killed: ${describe(locks)}`);
        await stack.cancel();
        continue;
      }
      if (Date.now() >= until) {
        throw new Error(
          `locked by ${describe(locks)}. If that process is gone for certain: pulumi cancel --stack ${stack.name}`,
        );
      }
      if (!told) say(`waiting for its lock: ${describe(locks)}`);
      told = true;
      await delay(pollInterval * (0.5 + Math.random()), undefined, { signal });
    }
  }
}

async function execute(
  command: Command,
  stack: Stack,
  team: TeamDeclaration,
  { onOutput, say }: RunOptions,
): Promise<Changes> {
  const common = { onOutput, color: "never" as const };
  const wanted = tokensOf(team);
  let before: StackState | undefined;
  const read = async () => {
    before = await readState(stack);
    return before;
  };
  const up = async (tokens: (state: StackState) => readonly DeclaredToken[]) => {
    const { summary } = await stack.up({
      ...common,
      program: programOf(team.name, tokens, wanted, read, say),
    });
    if (before?.pendingCreates.length) await forgetPending(stack, before);
    return summary.resourceChanges;
  };
  switch (command) {
    case "preview": {
      const program = programOf(team.name, () => wanted, wanted, read, say);
      return (await stack.preview({ ...common, program })).changeSummary;
    }
    case "up":
      return up(() => wanted);
    case "refresh":
      return (await stack.refresh(common)).summary.resourceChanges;
    case "destroy": {
      // What a killed run left is found by its record in the state, which goes with the rest.
      const { pendingCreates, isUnfinished } = await readState(stack);
      if (pendingCreates.length > 0 || isUnfinished) await up(({ tokens }) => tokens);
      return (await stack.destroy(common)).summary.resourceChanges;
    }
  }
}

/** Pulumi keeps the record of a create that was cut off until it is told; what it may have made is settled by now. */
async function forgetPending(stack: Stack, { teamUrn }: StackState): Promise<void> {
  // The team's row asks GitLab nothing.
  const target = teamUrn === undefined ? [] : [teamUrn];
  await stack.refresh({ clearPendingCreates: true, target, color: "never" });
}
