import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readDeclaration, tokensOf } from "../../examples/fleet/declaration.js";

const folder = mkdtempSync(join(tmpdir(), "declaration-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(declaration: unknown) {
  const file = join(folder, "fleet.json");
  writeFileSync(file, typeof declaration === "string" ? declaration : JSON.stringify(declaration));
  return readDeclaration(file);
}
const pull = { name: "pull", scopes: ["read_registry"] };
const team = (more: object) => ({ project: "p", teams: [{ name: "one", ...more }] });

describe("the fleet's declaration", () => {
  it("the example's own is read", () => {
    const { teams } = readDeclaration(resolve(__dirname, "..", "..", "examples", "fleet", "fleet.json"));
    expect(teams.flatMap(tokensOf).map(({ kind, resource }) => `${kind} ${resource}`)).toEqual([
      "group acme/payments:images",
      "project acme/payments/api:cluster pull",
      "project acme/payments/api:packages",
      "project acme/search/index:cluster pull",
    ]);
  });

  it.each([
    ["{", "fleet.json: "],
    [[], "wanted: an object with project and teams"],
    [{ project: "a b", teams: [] }, 'project is "a b"; wanted: letters'],
    [{ project: "p" }, "teams is missing"],
    [{ project: "p", teams: [1] }, "a team is not an object"],
    [{ project: "p", teams: [{ name: "team_a" }] }, 'a team\'s name is "team_a"; wanted'],
    [{ project: "p", teams: [{ name: "a" }, { name: "A" }] }, 'two teams are called "A"'],
    [team({ projects: [] }), "one: projects is not an object of full paths"],
    [team({ projects: { "7": [pull] } }), 'projects has "7"; wanted: a full path'],
    [team({ groups: { acme: pull } }), "one: acme has no list of tokens"],
    [team({ groups: { acme: [{ name: "pull" }] } }), "a token of acme has no name or no list of scopes"],
    [team({ groups: { acme: [pull], Acme: [pull] } }), 'Acme has two tokens called "pull" (one, one)'],
  ])("%j is refused", (declaration, problem) => {
    expect(() => read(declaration)).toThrow(problem);
  });
});
