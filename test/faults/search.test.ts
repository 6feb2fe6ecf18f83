import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Crashed, EngineModel } from "./engine-model.js";
import { own, type Program, perform, type SlowStep, slowStep, type World } from "./histories.js";
import { type InProcessGitLab, inProcessGitLab } from "./in-process.js";
import { loadLifecycle } from "./load.js";
import { Observer } from "./observer.js";

const histories = Number(process.env["HISTORIES"] ?? 3_000);
/** Every `npm test` uses one seed, so that its result depends on the code alone. The soak draws its own. */
const seed = { seed: Number(process.env["SEED"] ?? 2026) };
const minute = 60_000;

/** The results of all histories, apart from those that the package cannot prevent. */
const counted = {
  histories: 0,
  openRequests: 0,
  named: 0,
  othersInTheSecond: 0,
  othersWhileOpen: 0,
  othersLeft: 0,
  tookItsPlace: 0,
  hidden: 0,
  repeated: 0,
  broughtBack: 0,
  givenAgain: 0,
};
beforeAll(loadLifecycle);
afterAll(() => {
  process.stdout.write(`search: ${JSON.stringify(counted)}\n`);
});

interface SlowWorld extends World, Shape {
  readonly gitlab: InProcessGitLab;
  readonly stacks: readonly EngineModel[];
  readonly observer: Observer;
  backup: { readonly store: InProcessGitLab["store"]; readonly highest: number } | undefined;
  wasRestored: boolean;
  /** A proxy repeated a POST and dropped one of the responses. */
  repeats: number;
  /** Deleted tokens that a restored database has again. */
  readonly broughtBack: Set<number>;
}

interface Shape {
  /**
   * Whether both stacks ask for the same tokens. Stacks of one program know of each other; stacks of different
   * programs do not.
   */
  readonly equal: "no" | "one program" | "different programs";
  /** Each resource of a stack has its own `Provider`. */
  readonly hasProviders: boolean;
  /** Each command has `--parallel 1`. */
  readonly isSequential: boolean;
}

function newWorld({ equal, hasProviders, isSequential }: Shape): SlowWorld {
  const gitlab = inProcessGitLab();
  const others = new Set<number>();
  const observer = new Observer(gitlab, others);
  const stacks = [0, 1].map(
    (stack) =>
      new EngineModel(gitlab, {
        time: gitlab.time,
        adapter: observer.adapterOf(stack),
        hasProviders,
        isSequential,
        stackNames: () => (equal === "one program" ? ["staging", "prod"] : []),
      }),
  );
  observer.watch(...stacks);
  counted.histories++;
  return {
    gitlab,
    stacks,
    observer,
    programs: [{}, {}],
    others,
    renames: 0,
    backup: undefined,
    wasRestored: false,
    repeats: 0,
    broughtBack: new Set(),
    ownProgram: equal === "no" ? own : (_stack, program) => program,
    equal,
    hasProviders,
    isSequential,
    during: (work) => gitlab.time.run(work),
  };
}

async function performSlowly(world: SlowWorld, each: SlowStep): Promise<void> {
  const { gitlab, observer, others } = world;
  switch (each.kind) {
    case "time passes":
      return gitlab.time.pass(each.milliseconds);
    case "replica":
      gitlab.replica.lag = each.lag;
      return;
    case "backup":
      world.backup = { store: gitlab.backup(), highest: highestId(gitlab) };
      return;
    case "restore": {
      const { backup } = world;
      if (backup === undefined) return;
      const before = new Set(gitlab.store.deployTokens.keys());
      gitlab.restore(backup.store);
      world.wasRestored = true;
      for (const id of gitlab.store.deployTokens.keys()) if (!before.has(id)) world.broughtBack.add(id);
      observer.forgetAbove(backup.highest);
      for (const id of others) if (!gitlab.store.deployTokens.has(id)) others.delete(id);
      // A person's tokens get ids that stacks have.
      for (let count = 0; count < 2; count++) {
        others.add(
          gitlab.createDeployToken({ project: "1", name: "after the restore", scopes: ["read_registry"] }).id,
        );
      }
      return;
    }
    default: {
      const fault = "fault" in each ? each.fault?.fault : undefined;
      if (fault?.kind === "repeat" && each.kind !== "refresh") world.repeats++;
      await perform(world, each);
    }
  }
}

const highestId = ({ deployTokens }: InProcessGitLab) => Math.max(0, ...deployTokens().map(({ id }) => id));

/** Ids of the tokens in messages of any kind. */
function namedIds({ stacks }: SlowWorld): Set<number> {
  const texts = stacks
    .flatMap(({ messages }) => messages)
    .filter((text) => !/ was deleted: it equals /.test(text));
  const ids = texts.flatMap((text) =>
    [...text.matchAll(/(?:deploy token|\(ids|: id) ([\d, ]+)/gi)].flatMap(([, list = ""]) =>
      list.split(", "),
    ),
  );
  return new Set(ids.map(Number));
}

/** After the faults, time passes, each stack is refreshed and brought up, and people follow the messages. */
async function settleSlowly(world: SlowWorld): Promise<void> {
  const { gitlab, stacks, programs, observer, others } = world;
  const run = <T>(work: Promise<T>) => gitlab.time.run(work);
  gitlab.replica.lag = 0;
  for (let round = 0; round < 3; round++) {
    for (const [index, stack] of stacks.entries()) {
      followAdvice(await run(attempt(() => stack.refresh())), stack);
      followAdvice(await run(attempt(() => stack.up(programs[index] as Program))), stack);
      if (stack.isOpen()) counted.openRequests++;
    }
    await gitlab.time.pass(6 * minute);
    await deleteNamed(world);
  }
  await expectNothingLost(world, "after up");
  for (const stack of stacks) followAdvice(await run(attempt(() => stack.destroy())), stack);
  await gitlab.time.pass(6 * minute);
  await deleteNamed(world);
  for (const stack of stacks) await run(stack.destroy());
  await expectNothingLost(world, "after destroy");
  for (const id of others) expect(gitlab.store.deployTokens.has(id), `a person's token ${id}`).toBe(true);
  for (const { after, deployTokenId, isOwn, isOfRemoved, isHidden } of observer.wrongDeletions) {
    expect(others, "a person's token was deleted").not.toContain(deployTokenId);
    // After a restore, a response with an id of the state counts as lost: its token is the stack's own orphan.
    if (world.wasRestored && isOwn) continue;
    if (isHidden) {
      counted.hidden++;
      continue;
    }
    // An equal resource took the place of a removed one. Another process created it, or this one deletes it later.
    if (isOfRemoved && (world.hasProviders || (world.isSequential && isOwn))) {
      counted.tookItsPlace++;
      continue;
    }
    expect(world.equal, `the live token ${deployTokenId} was deleted`).toBe("different programs");
    if (after <= 2_000) counted.othersInTheSecond++;
    else counted.othersWhileOpen++;
  }
}

async function attempt(work: () => Promise<unknown>): Promise<Error | undefined> {
  return work().then(
    () => undefined,
    (error: unknown) => error as Error,
  );
}

/** The state names another token, so the message advises to remove the resource from the state. */
function followAdvice(error: Error | undefined, stack: EngineModel): void {
  if (error === undefined) return;
  const id = /^Deploy token (\d+) .*is not the one in the state/.exec(error.message)?.[1];
  if (id !== undefined) stack.forget(Number(id));
}

/** A person deletes the tokens that messages named, unless something uses them. */
async function deleteNamed(world: SlowWorld): Promise<void> {
  const { gitlab, stacks, others } = world;
  const used = new Set((await Promise.all(stacks.map((stack) => stack.held()))).flat().map(([id]) => id));
  for (const id of namedIds(world)) {
    if (used.has(id) || others.has(id) || !gitlab.store.deployTokens.has(id)) continue;
    gitlab.deleteDeployToken(id);
    counted.named++;
  }
}

/**
 * Expects each token in GitLab in a state with its value, and the reverse, apart from what the package cannot
 * prevent.
 */
async function expectNothingLost(world: SlowWorld, when: string) {
  const { gitlab, stacks, others, observer, repeats, broughtBack } = world;
  const inGitLab = new Map(
    gitlab
      .deployTokens()
      .filter(({ id }) => !others.has(id))
      .map(({ id, token }) => [id, token]),
  );
  const inState = (await Promise.all(stacks.map((stack) => stack.held()))).flat();
  const gone = new Set(observer.wrongDeletions.map(({ deployTokenId }) => deployTokenId));
  for (const [id, token] of inState) {
    if (gone.has(Number(id))) continue;
    const holders = inState.filter(([each]) => each === id).length;
    if (world.wasRestored && holders > 1 && inGitLab.get(Number(id)) !== token) {
      counted.givenAgain++;
      continue;
    }
    expect(inGitLab.get(Number(id)), `the token ${id} of a state ${when}`).toBe(token);
    inGitLab.delete(Number(id));
  }
  for (const id of inGitLab.keys()) if (broughtBack.has(id) && inGitLab.delete(id)) counted.broughtBack++;
  if (repeats > 0) {
    counted.repeated += inGitLab.size;
    return;
  }
  // A stack that deleted another's token as its own orphan no longer searches.
  if (gone.size > 0) {
    counted.othersLeft += inGitLab.size;
    return;
  }
  expect([...inGitLab.keys()], `tokens that no state has ${when}`).toEqual([]);
}

it("no history of programs, faults and events leaks, forgets or touches a token", {
  timeout: 3_600_000,
}, async () => {
  const shape = fc.record({
    equal: fc.oneof(
      { weight: 6, arbitrary: fc.constant<Shape["equal"]>("no") },
      { weight: 2, arbitrary: fc.constant<Shape["equal"]>("one program") },
      { weight: 1, arbitrary: fc.constant<Shape["equal"]>("different programs") },
    ),
    hasProviders: fc.oneof(
      { weight: 3, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    isSequential: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(shape, fc.array(slowStep, { minLength: 1, maxLength: 8 }), async (kind, history) => {
      const world = newWorld(kind);
      for (const each of history) await performSlowly(world, each);
      await settleSlowly(world);
    }),
    { numRuns: histories, ...seed },
  );
});

it("a crash between POST and checkpoint leaves only tokens that the next run names", {
  timeout: 600_000,
}, async () => {
  const distinct = fc.record({
    project: fc.constantFrom("1", "acme/tools"),
    scopes: fc.constantFrom(["read_registry"], ["read_repository"]),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(distinct, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 3 }),
      async (list, at) => {
        const gitlab = inProcessGitLab();
        const wanted: Program = Object.fromEntries(
          list.map((args, index) => [`r${index}`, { ...args, name: `n${index}` }]),
        );
        const stack = new EngineModel(gitlab, { time: gitlab.time, adapter: gitlab.adapter });
        const crashed = await gitlab.time.run(
          stack.up(wanted, { afterCreate: at }).then(
            () => false,
            (error: unknown) => {
              expect(error).toBeInstanceOf(Crashed);
              return true;
            },
          ),
        );
        stack.messages.length = 0;
        await gitlab.time.run(stack.up(wanted));
        const known = new Set(stack.rows.map(({ outputs }) => outputs["deployTokenId"]));
        const surplus = gitlab.deployTokens().filter(({ id }) => !known.has(id));
        expect(surplus).toHaveLength(crashed ? 1 : 0);
        const named = stack.messages.flatMap(
          (text) => /equal to the one created now .*?: id ([\d, ]+)\./.exec(text)?.[1]?.split(", ") ?? [],
        );
        expect(named).toEqual(surplus.map(({ id }) => String(id)));
      },
    ),
    { numRuns: Math.ceil(histories / 5), ...seed },
  );
});
