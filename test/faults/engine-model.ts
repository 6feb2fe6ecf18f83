import type { Emulator } from "../../provider/testing/index.js";
import { type RunOptions, run, unwrapped } from "../support/run.js";
import type { Program, StackUnderTest } from "./histories.js";

interface Row {
  readonly name: string;
  id: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  /** Replaced, and still to be deleted. */
  readonly doomed: boolean;
}

interface Failed extends Error {
  readonly id?: string;
  readonly properties?: Record<string, unknown>;
}

/** When the process dies: between GitLab's answer to the n-th create of a command and the checkpoint. */
export interface Crash {
  readonly afterCreate: number;
}

export class Crashed extends Error {}

/**
 * What Pulumi's engine does with the lifecycle (see the notes on the engine): the order of calls, what each is given,
 * and what the state holds after it, failures included. Each command is a run of its own.
 */
export class EngineModel implements StackUnderTest {
  rows: Row[] = [];
  /** What the user was told. */
  readonly messages: string[] = [];
  private creates = 0;

  constructor(
    private readonly gitlab: Emulator,
    private readonly options: RunOptions = {},
  ) {}

  async up(program: Program, crash?: Crash): Promise<void> {
    const { project: provider, messages } = await this.open();
    this.creates = 0;
    try {
      for (const [name, args] of Object.entries(program)) {
        const news: Record<string, unknown> = { ...args, defaultName: name, __provider: "reference" };
        const row = this.rows.find((each) => each.name === name && !each.doomed);
        const { inputs } = await provider.check(row?.inputs ?? {}, news);
        const checked = { ...(inputs as Record<string, unknown>), __provider: "reference" };
        if (row === undefined) {
          await this.create(name, checked, provider, crash);
          continue;
        }
        const { changes, replaces = [] } = await provider.diff(row.id, row.outputs, checked);
        if (replaces.length > 0) {
          const again = await provider.check({}, news);
          const fresh = { ...(again.inputs as Record<string, unknown>), __provider: "reference" };
          await this.create(name, fresh, provider, crash, row);
        } else {
          if (changes === true) {
            const { outs } = await provider.update(row.id, row.outputs, checked);
            row.outputs = unwrapped(outs);
          }
          row.inputs = checked;
        }
      }
      // Deletions come last, and only when nothing failed before.
      for (const row of this.rows.filter((each) => each.doomed || !(each.name in program))) {
        await provider.delete(row.id, row.outputs);
        this.rows.splice(this.rows.indexOf(row), 1);
      }
    } finally {
      this.messages.push(...messages);
    }
  }

  async refresh(): Promise<void> {
    const { project: provider, messages } = await this.open();
    for (const row of [...this.rows]) {
      const { id, props, inputs } = await provider.read(row.id, row.outputs);
      if (id === "") {
        this.rows.splice(this.rows.indexOf(row), 1);
        continue;
      }
      row.outputs = unwrapped(props);
      row.inputs = { ...(inputs as Record<string, unknown>), __provider: "reference" };
      await provider.diff(row.id, row.outputs, row.inputs);
    }
    this.messages.push(...messages);
  }

  async destroy(): Promise<void> {
    const { project: provider, messages } = await this.open();
    for (const row of [...this.rows]) {
      await provider.delete(row.id, row.outputs);
      this.rows.splice(this.rows.indexOf(row), 1);
    }
    this.messages.push(...messages);
  }

  async held(): Promise<[unknown, unknown][]> {
    return this.rows.map(({ outputs }) => [outputs["deployTokenId"], outputs["token"]]);
  }

  private open() {
    return run(this.gitlab, {
      config: { "gitlab:retries": "0" },
      timeouts: { attempt: 2_000 },
      ...this.options,
    });
  }

  private async create(
    name: string,
    inputs: Record<string, unknown>,
    provider: Awaited<ReturnType<typeof run>>["project"],
    crash: Crash | undefined,
    replaced?: Row,
  ): Promise<void> {
    const record = (id: string, outs: unknown) => {
      this.rows.push({ name, id, inputs, outputs: unwrapped(outs), doomed: false });
      if (replaced !== undefined) this.rows[this.rows.indexOf(replaced)] = { ...replaced, doomed: true };
    };
    try {
      const { id, outs } = await provider.create(inputs);
      if (crash !== undefined && ++this.creates === crash.afterCreate) throw new Crashed();
      record(id, outs);
    } catch (error) {
      const { id, properties } = error as Failed;
      // A partial failure is a row, and an error all the same.
      if (id !== undefined && properties !== undefined) record(id, properties);
      throw error;
    }
  }
}
