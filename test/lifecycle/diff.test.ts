import { runtime } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { diff } from "../../provider/lifecycle/diff.js";
import type { Properties } from "../../provider/lifecycle/state.js";

const here = "https://gitlab.example.com";
const news: Properties = { project: "acme/app", name: "pull", scopes: ["read_registry"], __provider: "x" };
const olds: Properties = {
  ...news,
  username: "gitlab+deploy-token-4",
  deployTokenId: 4,
  ownerId: "1",
  baseUrl: here,
  revoked: false,
  token: "gldt-secret",
};

const run = (changedOlds: Properties, changedNews: Properties = {}) =>
  diff("project", { ...olds, ...changedOlds }, { ...news, ...changedNews }, here);

describe("diff finds no change", () => {
  it.each([
    ["equal arguments", {}, {}],
    ["the username that GitLab chose", {}, { username: "gitlab+deploy-token-4" }],
    ["another order of scopes", { scopes: ["a", "b"] }, { scopes: ["b", "a"] }],
    ["the owner's numeric id for its path", {}, { project: "1" }],
    ["a username that GitLab 12.9 ignored", { requestedUsername: "cluster" }, { username: "cluster" }],
    ["validatePastExpirationDate", {}, { validatePastExpirationDate: false }],
    ["adopt", {}, { adopt: { deployTokenId: 4, token: "gldt-x" } }],
    ["import", {}, { adopt: { deployTokenId: 4, import: "acme/app:4" } }],
    ["another text of the reference", {}, { __provider: "y" }],
    ["a default name", {}, { defaultName: "renamed" }],
    [
      "an expiry in the past",
      { expiresAt: "2020-01-01T00:00:00.000Z" },
      { expiresAt: "2020-01-01T00:00:00.000Z" },
    ],
  ])("in %s", (_what, changedOlds, changedNews) => {
    expect(run(changedOlds, changedNews)).toEqual({ changes: false });
  });
});

it("diff updates to a reference that finds the package in more layouts, and never back", () => {
  const found = { __provider: 'exports.handler=()=>require("x").project' };
  const strict = { __provider: `p.push("/.pnpm/node_modules");${found.__provider}` };
  expect(run(found, strict)).toEqual({ changes: true });
  expect(run(strict, found)).toEqual({ changes: false });
});

describe("diff replaces", () => {
  const expiry = "2027-01-31T00:00:00.000Z";
  it.each([
    ["project", {}, { project: "acme/other" }],
    ["name", {}, { name: "other" }],
    ["scopes", {}, { scopes: ["read_repository"] }],
    ["scopes", {}, { scopes: ["read_registry", "read_repository"] }],
    ["username", {}, { username: "cluster" }],
    ["username", { username: "cluster" }, {}],
    ["username", { requestedUsername: "cluster" }, {}],
    ["expiresAt", {}, { expiresAt: expiry }],
    ["expiresAt", { expiresAt: expiry }, {}],
    ["expiresAt", {}, { expiresAt: runtime.unknownValue }],
    ["project", {}, { project: runtime.unknownValue }],
    ["scopes", {}, { scopes: runtime.unknownValue }],
  ])("for a changed %s, and the engine prints the inputs", (property, changedOlds, changedNews) => {
    expect(run(changedOlds, changedNews)).toEqual({ replaces: [property] });
  });

  it("a revoked token, which equal inputs do not show", () => {
    expect(run({ revoked: true })).toEqual({ changes: true, replaces: ["revoked"] });
  });

  it("a resource without a known token", () => {
    expect(run({ deployTokenId: undefined, username: undefined, unsettled: { above: 3 } })).toEqual({
      changes: true,
      replaces: ["project"],
    });
  });

  it("a replacement that an update left due", () => {
    expect(run({ replacementDue: true }, { name: "other" })).toEqual({ changes: true, replaces: ["name"] });
    expect(run({ replacementDue: true })).toEqual({ changes: false });
  });
});

describe("diff updates", () => {
  it("a resource of the official provider, also with changed arguments", () => {
    const { __provider: _, ...foreign } = olds;
    expect(diff("project", foreign, { ...news, name: "other" }, here)).toEqual({ changes: true });
  });

  it("a resource of another GitLab, without a replacement", () => {
    expect(diff("project", olds, { ...news, name: "other" }, "https://other.example.com")).toEqual({
      changes: true,
    });
  });

  it("a resource with an open request", () => {
    expect(run({ unsettled: { above: 3 } })).toEqual({ changes: true });
  });

  it("an adopted token whose value becomes known", () => {
    expect(run({ token: undefined }, { adopt: { deployTokenId: 4, token: "gldt-x" } })).toEqual({
      changes: true,
    });
  });
});

describe("diff refuses an adoption that would be ignored", () => {
  it.each([
    ["adopt", { deployTokenId: 9 }],
    ["import", { deployTokenId: 9, import: "acme/app:9" }],
  ])("%s of another token than the resource's", (word, adopt) => {
    expect(() => run({}, { adopt })).toThrow(
      `${word} names deploy token 9, but this resource already has deploy token 4. Remove ${word} to keep it`,
    );
    // A change that replaces adopts the other token instead.
    expect(run({}, { adopt, name: "other" })).toEqual({ replaces: ["name"] });
    expect(run({ revoked: true }, { adopt })).toEqual({ changes: true, replaces: ["revoked"] });
  });

  it("of the resource's own token if a new one is needed, with a message about import", () => {
    const adopt = { deployTokenId: 4, import: "acme/app:4" };
    expect(() => run({}, { adopt, name: "other" })).toThrow(
      "import names deploy token 4, which this resource already has, but a new token is needed (name changed). Remove import:",
    );
  });
});
