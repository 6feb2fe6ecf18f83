import { expect, it } from "vitest";
import type { AuditedToken } from "../../provider/cli/audit-report.js";
import { emitImport, emitPulumiImport } from "../../provider/cli/emit-import.js";
import { secretMark } from "../support/pulumi.js";
import { sampleReport } from "./sample-report.js";

const app = { kind: "project", id: 3, path: "acme/app" } as const;
const acme = { kind: "group", id: 7, path: "acme" } as const;
const lost = (...tokens: readonly Partial<AuditedToken>[]) =>
  sampleReport(
    tokens.length,
    tokens.map((token) => ({ status: "active", owner: app, managedBy: [], ...token }) as const),
  );
const resourcesOf = (text: string) =>
  (JSON.parse(text) as { resources: Record<string, unknown>[] }).resources;

it("emits for the command import each working token that no stack has, with a place for its value", async () => {
  const managedBy = [{ stack: "shop/production", urn: "urn:pulumi:production::shop::t::t9" }];
  const { text, note, warning } = await emitImport(
    lost(
      { name: "cluster pull" },
      { name: "ci", owner: acme },
      { name: "ci", owner: acme },
      { name: "expired", status: "expired" },
      { name: "managed", managedBy },
      { name: "ownerless", owner: undefined },
      { name: "2026", owner: { ...acme, path: "2026" } },
    ),
  );
  expect(resourcesOf(text)).toEqual([
    { type: "ProjectDeployToken", name: "acme-app-cluster-pull", id: "acme/app:1", token: null },
    { type: "GroupDeployToken", name: "acme-ci-2", id: "acme:2", token: null },
    { type: "GroupDeployToken", name: "acme-ci-3", id: "acme:3", token: null },
    { type: "GroupDeployToken", name: "2026-2026", id: "7:7", token: null },
  ]);
  expect([note, warning]).toEqual([
    expect.stringContaining("GitLab does not give the values: null stands for each one."),
    undefined,
  ]);
});

it("emits whole rows for a bare pulumi import, each value a secret null", async () => {
  const { text, note } = await emitPulumiImport(
    lost(
      {
        name: "pull",
        username: "cluster",
        scopes: ["read_registry", "read_repository"],
        expiresAt: undefined,
      },
      { name: "ci", username: "gitlab+deploy-token-2", owner: acme, expiresAt: "2040-01-31T00:00:00.000Z" },
    ),
  );
  const [pull, ci] = resourcesOf(text) as { inputs: object; outputs: object }[];
  const __provider = expect.stringContaining('require("pulumi-gitlab-deploy-tokens/lifecycle")');
  expect(pull).toEqual({
    type: "pulumi-nodejs:dynamic/gitlab:ProjectDeployToken",
    name: "acme-app-pull",
    id: "acme/app:1",
    inputs: {
      project: "acme/app",
      name: "pull",
      scopes: ["read_repository", "read_registry"],
      username: "cluster",
      __provider,
    },
    outputs: {
      ...pull?.inputs,
      deployTokenId: 1,
      ownerId: "3",
      baseUrl: "https://gitlab.acme.test",
      revoked: false,
      adoption: expect.stringMatching(/^[0-9a-f-]{36}$/),
      token: { ...secretMark, plaintext: "null" },
    },
  });
  // A username that GitLab chose is not an argument.
  expect(ci?.inputs).toEqual({
    group: "acme",
    name: "ci",
    scopes: ["read_repository"],
    expiresAt: "2040-01-31T00:00:00.000Z",
    __provider,
  });
  expect(ci?.outputs).toMatchObject({ username: "gitlab+deploy-token-2", ownerId: "7" });
  expect(note).toContain('"plaintext": "null" stands for each one.');
});

it("keeps every name as in GitLab, without characters that turn or hide the text", async () => {
  const names = ['"}], "x": [{"', "\u202egnirts\u200b", "a\u2028b\n\u0000\u0085", "\u{e0041}\\u0041"];
  const { text } = await emitPulumiImport(lost(...names.map((name) => ({ name }))));
  expect(resourcesOf(text).map(({ inputs }) => (inputs as { name: string }).name)).toEqual(names);
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
});

it.each([
  [
    [{ name: "fine" }, { name: " \t" }, { name: "x".repeat(256) }],
    1,
    "longer than 255 characters.*: 2, 3\\.$",
  ],
  [
    [{ name: "fine" }, { name: "late", expiresAt: "10000-01-01T00:00:00.000Z" }],
    1,
    "years 1 to 9999\\): 2\\.$",
  ],
  [[{ name: "" }], 0, ": 1\\.$"],
])("names the tokens that it leaves out of the file: %#", async (tokens, count, leftOut) => {
  const { text, note, warning } = await emitImport(lost(...tokens));
  expect(resourcesOf(text)).toHaveLength(count);
  expect(warning).toMatch(new RegExp(leftOut));
  expect(note).toMatch(
    count === 0 ? /^No deploy token that works .* is left to import\.$/ : /^GitLab does not/,
  );
});
