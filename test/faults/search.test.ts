import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import { Crashed, EngineModel } from "./engine-model.js";
import { type Program, perform, settle, step, type World } from "./histories.js";

const histories = Number(process.env["HISTORIES"] ?? 2_500);
let gitlab: Emulator;
let run = 0;
beforeAll(async () => {
  gitlab = await start();
});
afterAll(async () => {
  process.stdout.write(`search: ${run} histories\n`);
  await gitlab.close();
});

const seedWorld = (): World => {
  gitlab.reset();
  run++;
  return {
    gitlab,
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
      await settle(world);
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
