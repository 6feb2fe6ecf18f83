import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDeclaration, tokensOf } from "../../examples/fleet/declaration.js";
import { folder, useFolder } from "../support/folder.js";

useFolder();

function read(declaration: unknown) {
  const file = join(folder, "fleet.json");
  writeFileSync(file, typeof declaration === "string" ? declaration : JSON.stringify(declaration));
  return readDeclaration(file);
}
const pull = { name: "pull", scopes: ["read_registry"] };
const team = (more: object) => ({ teams: [{ name: "one", ...more }] });

describe("the declaration of a fleet", () => {
  it("is read from the example's own file", () => {
    expect(
      readDeclaration()
        .teams.flatMap(tokensOf)
        .map(({ kind, owner, name }) => `${kind} ${owner}:${name}`),
    ).toEqual([
      "group acme/payments:images",
      "project acme/payments/api:cluster pull",
      "project acme/payments/api:packages",
      "project acme/search/index:cluster pull",
    ]);
  });

  it.each([
    ["{", /fleet\.json: .*JSON/],
    [[], /expected object, received array/],
    [{ teams: {} }, /expected array, received object\s+→ at teams/],
    [{ teams: [1] }, /expected object, received number\s+→ at teams\[0\]/],
    [
      { teams: [{ name: "team_a" }] },
      /wanted: 1 to 100 letters, digits, dots and hyphens\s+→ at teams\[0\]\.name/,
    ],
    [{ teams: [{ name: ".." }] }, /wanted: 1 to 100 letters/],
    [{ teams: [{ name: "a" }, { name: "A" }] }, /there are two of: team A/],
    [team({ project: {} }), /Unrecognized key: "project"/],
    [team({ projects: [] }), /→ at teams\[0\]\.projects/],
    [team({ projects: { "7": [pull] } }), /wanted: a full path\s+→ at teams\[0\]\.projects/],
    [
      team({ projects: { "a$(id)": [pull] } }),
      /wanted: a full path\s+→ at teams\[0\]\.projects\["a\$\(id\)"\]/,
    ],
    [team({ groups: { acme: pull } }), /expected array, received object\s+→ at teams\[0\]\.groups\.acme/],
    [team({ groups: { acme: [{ name: "pull" }] } }), /→ at teams\[0\]\.groups\.acme\[0\]\.scopes/],
    [team({ groups: { acme: [{ ...pull, expires: "2031-01-31" }] } }), /Unrecognized key: "expires"/],
    [team({ groups: { acme: [pull], Acme: [pull] } }), /there are two of: token "pull" of Acme/],
  ])("is refused if it is %j", (declaration, problem) => {
    expect(() => read(declaration)).toThrow(problem);
  });
});
