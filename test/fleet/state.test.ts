import { expect, it } from "vitest";
import { parseState } from "../../examples/fleet/state.js";

const type = "pulumi-nodejs:dynamic/gitlab:ProjectDeployToken";
const row = (name: string, id: number, more: object = {}) => ({
  urn: `urn:pulumi:dev::fleet::fleet:index:Team$${type}::${name}`,
  type,
  inputs: { project: "acme/app", name, scopes: ["read_registry"] },
  outputs: { deployTokenId: id },
  ...more,
});
const team = {
  urn: "urn:pulumi:dev::fleet::gitlab-fleet:index:Team::team",
  type: "gitlab-fleet:index:Team",
  inputs: { run: "one", highestIds: { "project acme/app": 3 } },
};
const state = (resources: object[], pending: object[] = []) =>
  parseState(JSON.stringify({ deployment: { resources, pending_operations: pending } }));

it("a row that a replacement has yet to delete is no token to declare, and no leftover either", () => {
  const { tokens, knownIds } = state([team, row("pull", 5), row("pull", 4, { delete: true })]);
  expect(tokens.map(({ deployTokenId }) => deployTokenId)).toEqual([5]);
  expect([...knownIds]).toEqual([5, 4]);
});

it("a name may hold what separates the parts of an URN", () => {
  expect(state([row("a::b", 5)]).tokens[0]?.resource).toBe("a::b");
});

it("only creates that no engine saw to their end are those of a killed run", () => {
  expect(state([team])).toMatchObject({ pendingCreates: [], isUnfinished: true });
  const stack = { urn: "urn:pulumi:dev::fleet::pulumi:pulumi:Stack::fleet-dev", type: "pulumi:pulumi:Stack" };
  expect(state([{ ...stack, outputs: { run: "one" } }, team]).isUnfinished).toBe(false);
  const pending = [
    { type: "creating", resource: row("pull", 0) },
    { type: "deleting", resource: row("old", 4) },
  ];
  expect(state([team], pending).pendingCreates.map(({ name }) => name)).toEqual(["pull"]);
});
