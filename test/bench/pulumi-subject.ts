import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, type RunOptions, type Stack, type StateRow } from "../engine/stack.js";
import type { EmulatorProcess } from "./emulator.js";
import type { Operation, State } from "./measurement.js";
import { createStack, type PulumiSide, type Tools } from "./programs.js";
import { Sampler } from "./sampler.js";
import { type Performed, programEnvironment, type Scenario, type Subject } from "./subject.js";

const commands: Record<Operation, "up" | "preview" | "refresh" | "destroy"> = {
  up: "up",
  preview: "preview",
  "no-change up": "up",
  refresh: "refresh",
  replace: "up",
  destroy: "destroy",
};

/** A stack of one side on the real CLI. */
export class PulumiSubject implements Subject {
  private constructor(
    readonly side: PulumiSide,
    private readonly scenario: Scenario,
    private readonly gitlab: EmulatorProcess,
    private readonly stack: Stack,
  ) {}

  static async create(
    side: PulumiSide,
    tools: Tools,
    scenario: Scenario,
    gitlab: EmulatorProcess,
    more?: Parameters<typeof createStack>[4],
  ): Promise<PulumiSubject> {
    const stack = await createStack(side, tools, scenario, gitlab.url, more);
    return new PulumiSubject(side, scenario, gitlab, stack);
  }

  async perform(operation: Operation, env: Readonly<Record<string, string>> = {}): Promise<Performed> {
    const { seconds, usage, changes } = await timed(this.stack, commands[operation], {
      args: ["--parallel", String(this.scenario.parallel)],
      env: { ...programEnvironment(this.side, this.scenario, operation === "replace" ? 2 : 1), ...env },
    });
    assertChanges(`${this.side}, ${operation}`, operation, changes, this.scenario.tokens);
    const { counts } = await this.gitlab.traffic();
    return { seconds, usage, requests: counts, state: stateOf(this.stack) };
  }

  dispose(): void {
    this.stack.dispose();
  }
}

/** Times one command from its start to its end. */
export async function timed(
  stack: Stack,
  command: "up" | "preview" | "refresh" | "destroy",
  options: RunOptions,
) {
  let sampler: Sampler | undefined;
  const started = process.hrtime.bigint();
  try {
    const result = await stack[command]({
      ...options,
      onStart: (pid) => {
        sampler = new Sampler(pid);
      },
    });
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    if (sampler === undefined) throw new Error("the command has not been seen");
    return { seconds, usage: sampler.stop(), changes: result.changes };
  } finally {
    sampler?.stop();
  }
}

/** Fails if a side did not do the work: it would look fast. */
function assertChanges(
  what: string,
  operation: Operation,
  changes: Readonly<Record<string, number>>,
  tokens: number,
): void {
  const wanted: Record<Operation, [string, number]> = {
    up: ["created", tokens + 1],
    preview: ["unchanged", tokens + 1],
    "no-change up": ["unchanged", tokens + 1],
    refresh: ["unchanged", tokens + 1],
    replace: ["replaced", tokens],
    destroy: ["deleted", tokens + 1],
  };
  const [change, count] = wanted[operation];
  if (changes[change] !== count) {
    throw new Error(`${what}: ${JSON.stringify(changes)} instead of ${count} ${change}`);
  }
}

interface StateFile {
  readonly checkpoint: { readonly latest?: { readonly resources?: readonly StateRow[] } };
}

function stateOf(stack: Stack): State {
  const text = readFileSync(
    join(stack.stateFolder, ".pulumi", "stacks", "test", `${stack.name}.json`),
    "utf8",
  );
  const { checkpoint } = JSON.parse(text) as StateFile;
  const rows = (checkpoint.latest?.resources ?? []).filter(
    ({ type }) => !/^pulumi:(providers|pulumi):/.test(type),
  );
  const sum = rows.reduce((bytes, row) => bytes + bytesOf(row), 0);
  return { bytes: Buffer.byteLength(text), perToken: rows.length === 0 ? undefined : sum / rows.length };
}
