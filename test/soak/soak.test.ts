import fc from "fast-check";
import { afterAll, beforeAll, inject, it } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import { Stack } from "../engine/stack.js";
import { type Program, perform, type StackUnderTest, settle, step, type World } from "../faults/histories.js";
import { tokens } from "../support/run.js";

const histories = Number(process.env["HISTORIES"] ?? 100);
let gitlab: Emulator;
let run = 0;
beforeAll(async () => {
  gitlab = await start();
});
afterAll(async () => {
  process.stdout.write(`soak: ${run} histories through the real engine\n`);
  await gitlab.close();
});

/** Runs the histories of test/faults/search.test.ts with real commands. */
class RealStack implements StackUnderTest {
  constructor(readonly stack: Stack) {}

  async up(program: Program): Promise<void> {
    const resources = Object.entries(program).map(
      ([name, args]) => `new ProjectDeployToken(${JSON.stringify(name)}, ${JSON.stringify(args)});`,
    );
    const imports = 'import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";';
    this.stack.program(`${imports}\n${resources.join("\n")}\nvoid ProjectDeployToken;`);
    await this.stack.up();
  }

  refresh = () => this.stack.refresh();
  destroy = () => this.stack.destroy();

  async held(): Promise<[unknown, unknown][]> {
    const { resources = [] } = (await this.stack.deployment()) as {
      resources?: { type: string; outputs?: Record<string, unknown> }[];
    };
    return resources
      .filter(({ type }) => type.endsWith("DeployToken"))
      .map(({ outputs }) => {
        const secret = outputs?.["token"] as { plaintext?: string } | undefined;
        return [
          outputs?.["deployTokenId"],
          secret?.plaintext === undefined ? undefined : JSON.parse(secret.plaintext),
        ];
      });
  }
}

it("no history on the real engine leaks, forgets or touches a token", { timeout: 7_200_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), async (history) => {
      gitlab.reset();
      const stacks: Stack[] = [];
      for (const name of ["first", "second"]) {
        stacks.push(
          await Stack.create(inject("engine"), {
            name,
            program: "export {};",
            config: { "gitlab:baseUrl": gitlab.url, "gitlab:retries": "0" },
            secrets: { "gitlab:token": tokens.owner },
          }),
        );
      }
      const world: World = {
        gitlab,
        stacks: stacks.map((stack) => new RealStack(stack)),
        programs: [{}, {}],
        others: new Set(),
        renames: 0,
      };
      try {
        for (const each of history) await perform(world, each);
        await settle(world);
      } finally {
        for (const stack of stacks) stack.dispose();
      }
      process.stderr.write(`history ${++run} of ${histories}\n`);
    }),
    {
      numRuns: histories,
      endOnFailure: true,
      ...(process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {}),
    },
  );
});
