import { isDeepStrictEqual } from "node:util";
import type { AxiosAdapter } from "axios";
import type { Time } from "../../provider/lifecycle/run/time.js";
import { run, unwrapped } from "../support/run.js";
import type { Program, StackUnderTest } from "./histories.js";

interface Row {
  readonly name: string;
  id: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  /** Whether the resource is replaced and still to be deleted. */
  readonly doomed: boolean;
}

interface Failed extends Error {
  readonly id?: string;
  readonly properties?: Record<string, unknown>;
}

/** The process dies between GitLab's response to the n-th create of a command and the checkpoint. */
export interface Crash {
  readonly afterCreate: number;
}

export class Crashed extends Error {}

type Provider = Awaited<ReturnType<typeof run>>["project"];

export interface ModelOptions {
  readonly time?: Time;
  readonly adapter?: AxiosAdapter;
  /** Each resource has its own `Provider` and process; all are created at the same time. */
  readonly hasProviders?: boolean;
  /** `--parallel 1`: one resource at a time. @default false */
  readonly isSequential?: boolean;
  /** @default no stack has a configuration file */
  readonly stackNames?: () => readonly string[];
}

/**
 * A model of Pulumi's engine: the order of calls, their arguments, and the state after success and failure.
 * docs/architecture.md has the order of calls with its sources. Each command is a new run.
 */
export class EngineModel implements StackUnderTest {
  rows: Row[] = [];
  /** The messages to the user. */
  readonly messages: string[] = [];
  /** Ids of the rows that are being deleted. */
  readonly deleting = new Set<unknown>();
  /** Ids of the resources that the last `up` removes or replaces. The lifecycle may learn of them last. */
  leaving: ReadonlySet<unknown> = new Set();
  private creates = 0;

  constructor(
    private readonly gitlab: { readonly url: string },
    private readonly options: ModelOptions = {},
  ) {}

  async up(program: Program, crash?: Crash): Promise<void> {
    await this.run(async (open) => {
      this.creates = 0;
      const isKept = ({ name, inputs }: Row) =>
        name in program &&
        Object.entries(program[name] ?? {}).every(([key, value]) => isDeepStrictEqual(inputs[key], value));
      const leaving = this.rows.filter((row) => !isKept(row));
      this.leaving = new Set(leaving.map(({ outputs }) => outputs["deployTokenId"]));
      const steps = Object.entries(program).map(
        ([name, args]) =>
          () =>
            this.register(name, args, open(name), hasEqual(name, program), crash),
      );
      await this.perform(steps);
      // Deletions come last, and only if nothing failed before.
      await this.deleteAll(
        this.rows.filter((each) => each.doomed || !(each.name in program)),
        open,
      );
    });
  }

  async refresh(): Promise<void> {
    await this.run(async (open) => {
      for (const row of [...this.rows]) {
        const provider = open(row.name);
        const { id, props, inputs } = await provider.read(row.id, row.outputs);
        if (id === "") {
          this.rows.splice(this.rows.indexOf(row), 1);
          continue;
        }
        row.outputs = unwrapped(props);
        row.inputs = { ...(inputs as Record<string, unknown>), __provider: "reference" };
        await provider.diff(row.id, row.outputs, row.inputs);
      }
    });
  }

  async destroy(): Promise<void> {
    await this.run((open) => this.deleteAll([...this.rows], open));
  }

  /** Runs a command in processes of its own, and keeps their messages and its error. */
  private async run(command: (open: (name: string) => Provider) => Promise<void>): Promise<void> {
    const open = await this.open();
    try {
      await command(open);
    } catch (error) {
      open.messages.push(`error: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    } finally {
      this.messages.push(...open.messages);
    }
  }

  async held(): Promise<[unknown, unknown][]> {
    return this.rows.map(({ outputs }) => [outputs["deployTokenId"], outputs["token"]]);
  }

  /** Whether the state has an open request. */
  isOpen(): boolean {
    return this.rows.some(({ outputs }) => outputs["unsettled"] !== undefined);
  }

  /** A person removes a resource from the state. */
  forget(deployTokenId: number): void {
    this.rows = this.rows.filter(({ outputs }) => outputs["deployTokenId"] !== deployTokenId);
  }

  /** The engine runs independent steps at the same time. Each failure ends the command. */
  private async perform(steps: readonly (() => Promise<void>)[]): Promise<void> {
    if (this.options.isSequential === true) {
      for (const step of steps) await step();
      return;
    }
    const outcomes = await Promise.allSettled(steps.map((step) => step()));
    const [failed, ...more] = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    for (const error of more) this.messages.push(`error: ${String(error)}`);
    if (failed !== undefined) throw failed;
  }

  private async deleteAll(rows: readonly Row[], open: (name: string) => Provider): Promise<void> {
    const steps = rows.map((row) => async () => {
      const { deployTokenId } = row.outputs;
      this.deleting.add(deployTokenId);
      try {
        await open(row.name).delete(row.id, row.outputs);
      } finally {
        this.deleting.delete(deployTokenId);
      }
      this.rows.splice(this.rows.indexOf(row), 1);
    });
    await this.perform(steps);
  }

  private async register(
    name: string,
    args: Readonly<Record<string, unknown>>,
    provider: Provider,
    mayHaveEqual: boolean,
    crash: Crash | undefined,
  ): Promise<void> {
    const hidden = { defaultName: name, __provider: "reference", ...(mayHaveEqual ? { mayHaveEqual } : {}) };
    const news: Record<string, unknown> = { ...args, ...hidden };
    const row = this.rows.find((each) => each.name === name && !each.doomed);
    const { inputs } = await provider.check(row?.inputs ?? {}, news);
    const checked = { ...(inputs as Record<string, unknown>), __provider: "reference" };
    if (row === undefined) return this.create(name, checked, provider, crash);
    const { changes, replaces = [] } = await provider.diff(row.id, row.outputs, checked);
    if (replaces.length > 0) {
      const again = await provider.check({}, news);
      const fresh = { ...(again.inputs as Record<string, unknown>), __provider: "reference" };
      return this.create(name, fresh, provider, crash, row);
    }
    if (changes === true) {
      try {
        const { outs } = await provider.update(row.id, row.outputs, checked);
        row.outputs = unwrapped(outs);
      } catch (error) {
        const { properties } = error as Failed;
        if (properties !== undefined) row.outputs = unwrapped(properties);
        throw error;
      }
    }
    row.inputs = checked;
  }

  /** The processes of one command. */
  private async open(): Promise<((name: string) => Provider) & { messages: string[] }> {
    const { hasProviders = false, ...options } = this.options;
    const messages: string[] = [];
    const one = async () => {
      const opened = await run(this.gitlab, {
        config: { "gitlab:retries": "0" },
        timeouts: { attempt: 2_000 },
        ...options,
        messages,
      });
      return opened.project;
    };
    const [first, second] = [await one(), hasProviders ? await one() : undefined];
    const choose = (name: string) => (name === "second" ? (second ?? first) : first);
    return Object.assign(choose, { messages });
  }

  private async create(
    name: string,
    inputs: Record<string, unknown>,
    provider: Provider,
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
      // A partial failure keeps a resource and is an error.
      if (id !== undefined && properties !== undefined) record(id, properties);
      throw error;
    }
  }
}

/** resources/equal-tokens.ts counts in the same way. */
function hasEqual(name: string, program: Program): boolean {
  const compared = (each: string) => {
    const { project, name: given = each, scopes } = program[each] ?? {};
    return { owner: String(project), rest: JSON.stringify([given, [...(scopes as string[])].sort()]) };
  };
  const own = compared(name);
  const isNumeric = (owner: string) => /^\d+$/.test(owner);
  return Object.keys(program).some((each) => {
    const { owner, rest } = compared(each);
    return (
      each !== name && rest === own.rest && (owner === own.owner || isNumeric(owner) !== isNumeric(own.owner))
    );
  });
}
