import fc from "fast-check";
import { expect } from "vitest";
import type { FaultRule, LostAnswer } from "../../provider/testing/index.js";

/** A program: its resources' arguments by name. */
export type Program = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

// Two stacks, each with up to three resources whose arguments may be equal.
const argument = fc.record({
  project: fc.constantFrom("acme/app", "1", "acme/tools"),
  name: fc.constantFrom("a", "b", undefined),
  scopes: fc.constantFrom(["read_registry"], ["read_repository", "read_registry"]),
  username: fc.constantFrom("u", undefined),
});
const program = fc.dictionary(fc.constantFrom("first", "second", "third"), argument, { maxKeys: 3 });
const hits = { method: fc.constantFrom("POST", "POST", "GET", "DELETE"), times: fc.constantFrom(1, 2, 50) };
const html = "<html>";
const openAnswers: readonly LostAnswer[] = [
  { kind: "reset" },
  ...[500, 502, 503, 504, 524, 408, 403, 302].map(
    (status): LostAnswer => ({ kind: "respond", status, body: html }),
  ),
];
const fault: fc.Arbitrary<FaultRule> = fc.oneof(
  fc.record({
    ...hits,
    when: fc.constantFrom("before", "after"),
    fault: fc.constantFrom<FaultRule["fault"]>(
      { kind: "truncate" },
      { kind: "respond", status: 200, body: "{" },
      ...openAnswers,
    ),
  }),
  // Refusals by GitLab, after which it did not act.
  fc.record({
    ...hits,
    fault: fc.constantFrom<FaultRule["fault"]>(
      { kind: "respond", status: 401, body: '{"message":"401 Unauthorized"}' },
      { kind: "respond", status: 403, body: '{"message":"403 Forbidden"}' },
      { kind: "respond", status: 404, body: '{"message":"404 Project Not Found"}' },
    ),
  }),
);
/** Steps that only a virtual clock makes fast. */
const slowFault: fc.Arbitrary<FaultRule> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      method: fc.constant("POST"),
      times: fc.constantFrom(1, 1, 2),
      fault: fc.record({
        kind: fc.constant("late" as const),
        commit: fc.constantFrom(50, 1_000, 2_500, 5_000, 20_000, 60_000, 150_000, 240_000),
        answer: fc.constantFrom(...openAnswers),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      method: fc.constantFrom("POST", "DELETE"),
      times: fc.constant(1),
      fault: fc.record({
        kind: fc.constant("repeat" as const),
        answer: fc.constantFrom<"first" | "last" | LostAnswer>("first", "last", { kind: "reset" }),
      }),
    }),
  },
);

const ordinary = (any: fc.Arbitrary<FaultRule>) =>
  [
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("up" as const),
        stack: fc.nat(1),
        program,
        fault: fc.option(any),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("refresh" as const),
        stack: fc.nat(1),
        fault: fc.option(any),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("destroy" as const),
        stack: fc.nat(1),
        fault: fc.option(any),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom("delete outside", "revoke outside", "rename") }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("make outside" as const), argument }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("up together" as const),
        programs: fc.tuple(program, program),
        fault: fc.option(any),
      }),
    },
  ] as const;

/** Steps that also work on a real engine and in real time. */
export const step = fc.oneof(...ordinary(fault));

/** All steps, with slow commits, repeated requests, lagging replicas, restores and the passing of time. */
export const slowStep = fc.oneof(
  ...ordinary(fc.oneof({ weight: 1, arbitrary: fault }, { weight: 2, arbitrary: slowFault })),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("time passes" as const),
      milliseconds: fc.constantFrom(800, 10_000, 60_000, 400_000, 7_200_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("replica" as const), lag: fc.constantFrom(0, 1_500) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("backup" as const, "restore" as const) }) },
);

export type Made = typeof argument extends fc.Arbitrary<infer T> ? T : never;
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
export type SlowStep = typeof slowStep extends fc.Arbitrary<infer T> ? T : never;

/** Stacks share owners but never ask for equal tokens, which GitLab cannot distinguish. */
export const own = (stack: number, wanted: Program): Program =>
  Object.fromEntries(
    Object.entries(wanted).map(([name, args]) => [
      name,
      { ...args, ...(stack === 1 ? { scopes: ["write_registry"] } : {}) },
    ]),
  );

/** A stack on the model of the engine or on the real engine. */
export interface StackUnderTest {
  up(program: Program): Promise<unknown>;
  refresh(): Promise<unknown>;
  destroy(): Promise<unknown>;
  /** The id and value of each token in its state. */
  held(): Promise<[unknown, unknown][]>;
}

type GitLab = Pick<
  import("../../provider/testing/index.js").Emulator,
  "deployTokens" | "createDeployToken" | "deleteDeployToken" | "revoke" | "move" | "faults" | "store"
>;

export interface World {
  readonly gitlab: GitLab;
  readonly stacks: readonly StackUnderTest[];
  readonly programs: Program[];
  readonly others: Set<number>;
  renames: number;
  /** @default programs of different stacks ask for different tokens */
  readonly ownProgram?: (stack: number, program: Program) => Program;
  /** Lets time pass as long as the work needs it. @default real time */
  readonly during?: <T>(work: Promise<T>) => Promise<T>;
}

export async function perform(world: World, each: Step): Promise<void> {
  const { gitlab } = world;
  const ours = gitlab.deployTokens().filter(({ id }) => !world.others.has(id));
  switch (each.kind) {
    case "delete outside":
      if (ours[0]) gitlab.deleteDeployToken(ours[0].id);
      return;
    case "revoke outside":
      if (ours[0]) gitlab.revoke(ours[0].id);
      return;
    case "rename":
      gitlab.move("project", "1", `acme/app-${++world.renames}`);
      return;
    case "make outside":
      makeOutside(world, each.argument);
      return;
    case "up together":
      return under(
        world,
        each.fault,
        each.programs.map((wanted, index) => up(world, index, wanted)),
      );
    case "up":
      return under(world, each.fault, [up(world, each.stack, each.program)]);
    case "refresh":
      return under(world, each.fault, [() => (world.stacks[each.stack] as StackUnderTest).refresh()]);
    case "destroy":
      world.programs[each.stack] = {};
      return under(world, each.fault, [() => (world.stacks[each.stack] as StackUnderTest).destroy()]);
  }
}

/** A person renames the token to a name that no program has. */
function makeOutside({ gitlab, others }: World, made: Made): void {
  const { project, name = "first", scopes, username } = made;
  const token = gitlab.createDeployToken({
    project: project === "acme/app" ? "1" : project,
    name: `${name} by hand`,
    scopes,
    ...(username ? { username } : {}),
  });
  others.add(token.id);
}

function up(world: World, index: number, wanted: Program): () => Promise<unknown> {
  const program = (world.ownProgram ?? own)(index, wanted);
  world.programs[index] = program;
  return () => (world.stacks[index] as StackUnderTest).up(program);
}

/** Allows an error, but no leak and no loss. The error must not show a credential. */
async function under(
  { gitlab, during = (work) => work }: World,
  fault: FaultRule | null,
  commands: (() => Promise<unknown>)[],
): Promise<void> {
  if (fault) gitlab.faults.add(fault);
  const outcomes = await during(Promise.allSettled(commands.map((command) => command())));
  gitlab.faults.clear();
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(String(outcome.reason)).not.toMatch(/gldt-|glpat-/);
  }
}

/** Expects that GitLab has exactly the tokens of the states, each with its value. */
async function expectNothingLeakedOrLost({ gitlab, stacks, others }: World): Promise<void> {
  const inGitLab = gitlab.deployTokens().filter(({ id }) => !others.has(id));
  const inState = (await Promise.all(stacks.map((stack) => stack.held()))).flat();
  const byId = (a: [unknown, unknown], b: [unknown, unknown]) => Number(a[0]) - Number(b[0]);
  expect(inState.sort(byId)).toEqual(
    inGitLab.map(({ id, token }): [unknown, unknown] => [id, token]).sort(byId),
  );
  for (const id of others) expect(gitlab.store.deployTokens.has(id)).toBe(true);
}

/** After the faults, one more refresh and up settle everything; then each stack is destroyed. */
export async function settle(world: World): Promise<void> {
  for (const [index, stack] of world.stacks.entries()) {
    await stack.refresh();
    await stack.up(world.programs[index] as Program);
  }
  await expectNothingLeakedOrLost(world);
  for (const stack of world.stacks) await stack.destroy();
  await expectNothingLeakedOrLost(world);
}
