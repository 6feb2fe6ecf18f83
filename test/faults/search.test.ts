import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Emulator, type FaultRule, start } from "../../provider/testing/index.js";
import { Crashed, EngineModel, type Program } from "./engine-model.js";

const histories = Number(process.env["HISTORIES"] ?? 1_500);
let gitlab: Emulator;
let run = 0;
beforeAll(async () => {
  gitlab = await start();
});
afterAll(async () => {
  process.stdout.write(`search: ${run} histories\n`);
  await gitlab.close();
});

// Two stacks with different arguments, each with two resources whose arguments may be equal.
const argument = fc.record({
  project: fc.constantFrom("acme/app", "1", "acme/tools"),
  name: fc.constantFrom("a", "b", undefined),
  scopes: fc.constantFrom(["read_registry"], ["read_repository", "read_registry"]),
  username: fc.constantFrom("u", undefined),
});
const program = fc.dictionary(fc.constantFrom("first", "second"), argument, { maxKeys: 2 });
const hits = { method: fc.constantFrom("POST", "POST", "GET", "DELETE"), times: fc.constantFrom(1, 2, 50) };
const fault: fc.Arbitrary<FaultRule> = fc.oneof(
  fc.record({
    ...hits,
    when: fc.constantFrom("before", "after"),
    fault: fc.constantFrom(
      { kind: "reset" } as const,
      { kind: "truncate" } as const,
      { kind: "respond", status: 502, body: "<html>" } as const,
      { kind: "respond", status: 200, body: "{" } as const,
      { kind: "respond", status: 403, body: "<html>" } as const,
    ),
  }),
  // GitLab's own refusals: it did not act.
  fc.record({
    ...hits,
    fault: fc.constantFrom(
      { kind: "respond", status: 401, body: '{"message":"401 Unauthorized"}' } as const,
      { kind: "respond", status: 403, body: '{"message":"403 Forbidden"}' } as const,
      { kind: "respond", status: 404, body: '{"message":"404 Project Not Found"}' } as const,
    ),
  }),
);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("up" as const),
      stack: fc.nat(1),
      program,
      fault: fc.option(fault),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("refresh" as const),
      stack: fc.nat(1),
      fault: fc.option(fault),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("destroy" as const),
      stack: fc.nat(1),
      fault: fc.option(fault),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("delete outside", "revoke outside", "rename") }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("make outside" as const), argument }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Stacks share owners, but never ask for equal tokens: GitLab could not tell those apart. */
const own = (stack: number, wanted: Program): Program =>
  Object.fromEntries(
    Object.entries(wanted).map(([name, args]) => [
      name,
      { ...args, ...(stack === 1 ? { scopes: ["write_registry"] } : {}) },
    ]),
  );

interface World {
  readonly stacks: readonly EngineModel[];
  readonly programs: Program[];
  readonly others: Set<number>;
  renames: number;
}

async function perform(world: World, each: Step): Promise<void> {
  const ours = gitlab.deployTokens().filter(({ id }) => !world.others.has(id));
  switch (each.kind) {
    case "delete outside":
      if (ours[0]) gitlab.store.deployTokens.delete(ours[0].id);
      return;
    case "revoke outside":
      if (ours[0]) gitlab.revoke(ours[0].id);
      return;
    case "rename":
      gitlab.move("project", "1", `acme/app-${++world.renames}`);
      return;
    case "make outside": {
      const { project, name = "first", scopes, username } = each.argument;
      // By a person: another argument than any program's.
      const token = gitlab.createDeployToken({
        project: project === "acme/app" ? "1" : project,
        name: `${name} by hand`,
        scopes,
        ...(username ? { username } : {}),
      });
      world.others.add(token.id);
      return;
    }
    default: {
      const stack = world.stacks[each.stack] as EngineModel;
      if (each.fault) gitlab.faults.add(each.fault);
      try {
        if (each.kind === "up") {
          world.programs[each.stack] = own(each.stack, each.program);
          await stack.up(world.programs[each.stack] as Program);
        } else if (each.kind === "refresh") await stack.refresh();
        else {
          world.programs[each.stack] = {};
          await stack.destroy();
        }
      } catch (error) {
        // An error is allowed; a leak or a loss is not. It never shows a credential.
        expect(String(error)).not.toMatch(/gldt-|glpat-/);
      } finally {
        gitlab.faults.clear();
      }
    }
  }
}

/** The tokens that live in GitLab and are ours are exactly those in the states, each with its value. */
function expectNothingLeakedOrLost(world: World): void {
  const inGitLab = gitlab.deployTokens().filter(({ id }) => !world.others.has(id));
  const inState = world.stacks.flatMap(({ rows }) => rows.map(({ outputs }) => outputs));
  const byId = (a: [unknown, unknown], b: [unknown, unknown]) => Number(a[0]) - Number(b[0]);
  expect(
    inState.map((outputs): [unknown, unknown] => [outputs["deployTokenId"], outputs["token"]]).sort(byId),
  ).toEqual(inGitLab.map(({ id, token }): [unknown, unknown] => [id, token]).sort(byId));
  for (const id of world.others) expect(gitlab.store.deployTokens.has(id)).toBe(true);
}

const seedWorld = (): World => {
  gitlab.reset();
  run++;
  return {
    stacks: [new EngineModel(gitlab), new EngineModel(gitlab)],
    programs: [{}, {}],
    others: new Set(),
    renames: 0,
  };
};

it("no history of programs, faults and events leaks, forgets or touches a token", {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (history) => {
      const world = seedWorld();
      for (const each of history) await perform(world, each);
      // The faults are over: one more refresh and up settle everything.
      for (const [index, stack] of world.stacks.entries()) {
        await stack.refresh();
        await stack.up(world.programs[index] as Program);
      }
      expectNothingLeakedOrLost(world);
      for (const stack of world.stacks) await stack.destroy();
      expectNothingLeakedOrLost(world);
    }),
    { numRuns: histories, ...(process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {}) },
  );
});

it("a crash between POST and checkpoint leaves just the tokens that the next run names", {
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
        seedWorld();
        const wanted: Program = Object.fromEntries(
          list.map((args, index) => [`r${index}`, { ...args, name: `n${index}` }]),
        );
        const stack = new EngineModel(gitlab);
        const crashed = await stack.up(wanted, { afterCreate: at }).then(
          () => false,
          (error: unknown) => {
            expect(error).toBeInstanceOf(Crashed);
            return true;
          },
        );
        stack.messages.length = 0;
        await stack.up(wanted);
        const known = new Set(stack.rows.map(({ outputs }) => outputs["deployTokenId"]));
        const surplus = gitlab.deployTokens().filter(({ id }) => !known.has(id));
        expect(surplus).toHaveLength(crashed ? 1 : 0);
        const named = stack.messages.flatMap(
          (text) => /equal to the one made now .*?: id ([\d, ]+)\./.exec(text)?.[1]?.split(", ") ?? [],
        );
        expect(named).toEqual(surplus.map(({ id }) => String(id)));
      },
    ),
    { numRuns: Math.ceil(histories / 5) },
  );
});
