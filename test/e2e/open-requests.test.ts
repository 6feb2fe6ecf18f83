import { expect, it } from "vitest";
import { tokenProgram } from "../support/programs.js";
import { useEmulator } from "./support.js";

const use = useEmulator();
const base = { project: "acme/app", name: "pull", scopes: ["read_registry"] };
const lateCommit = {
  kind: "late",
  commit: 240_000,
  answer: { kind: "respond", status: 504, body: "<html>" },
} as const;
const at = (time: string) => ({ env: { GITLAB_TESTING_TIME: `2027-01-01T${time}Z` } });
const ids = () => use.gitlab.deployTokens().map(({ id }) => id);
const recordOf = async (stack: Awaited<ReturnType<typeof use.stack>>) =>
  (await stack.tokens())[0]?.outputs?.["unsettled"];

it("a token that GitLab creates after its 504 is recorded, found by the next up and deleted", async () => {
  const stack = await use.stack(tokenProgram(base));
  use.gitlab.faults.add({ method: "POST", fault: lateCommit });
  const first = await stack.up(at("00:00:00"));
  expect(first.output).toMatch(/was created, but the response to an earlier .* until 00:05:0\d UTC/);
  expect(await recordOf(stack)).toMatchObject({
    above: 0,
    sentAt: expect.stringMatching(/^2027-01-01T00:00:0/),
  });
  expect(ids()).toEqual([1]);
  await use.gitlab.clock.advance(lateCommit.commit);
  expect(ids()).toEqual([1, 2]);
  const next = await stack.up(at("00:04:10"));
  expect(next.output).toContain("Deploy token 2 of the project 1 was deleted: it equals");
  expect([ids(), await recordOf(stack)]).toEqual([[1], undefined]);
  await stack.destroy();
  expect(ids()).toEqual([]);
});

it("destroy waits for an open request, says so, and deletes the token that it left", async () => {
  const stack = await use.stack(tokenProgram(base));
  use.gitlab.faults.add({ method: "POST", fault: lateCommit });
  await stack.up(at("00:00:00"));
  let output = "";
  const destroying = stack.destroy({
    ...at("00:04:55"),
    onOutput: (text) => {
      output = text;
    },
  });
  await expect.poll(() => output, { timeout: 200_000 }).toMatch(/Waiting until 00:05:0\d UTC/);
  await use.gitlab.clock.advance(lateCommit.commit);
  await destroying;
  expect([ids(), await stack.tokens()]).toEqual([[], []]);
});

it("an equal token of the program is named and not deleted, and no state has the reason", async () => {
  const second = `new ProjectDeployToken("second", ${JSON.stringify(base)}, { dependsOn: [token] });`;
  const stack = await use.stack(`${tokenProgram(base)}${second}\n`);
  use.gitlab.faults.add({ method: "POST", when: "after", fault: { kind: "reset" } });
  const { output } = await stack.up();
  expect(output).toMatch(/has deploy token 1, equal to "pull" .*so it was not deleted/);
  expect(ids()).toEqual([1, 2, 3]);
  expect(await recordOf(stack)).toMatchObject({ named: [1], shared: true });
  for (const row of await stack.tokens()) {
    expect(row.inputs).not.toHaveProperty("mayHaveEqual");
    expect(row.outputs).not.toHaveProperty("mayHaveEqual");
  }
});
