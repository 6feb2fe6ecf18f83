import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { migrate } from "../../provider/lifecycle/official-state.js";
import { officialStack } from "../engine/official-provider.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { folder, useFolder } from "../support/folder.js";
import { secretMark } from "../support/pulumi.js";
import { cli, type RunCli } from "./support.js";

type Row = Record<string, unknown> & { readonly urn: string; readonly type: string };

useEmulator();
useFolder();

const secret = (value: string) => ({ ...secretMark, plaintext: JSON.stringify(value) });
const prefix = "urn:pulumi:dev::shop::";
const stackRow = {
  urn: `${prefix}pulumi:pulumi:Stack::shop-dev`,
  type: "pulumi:pulumi:Stack",
  custom: false,
};
const ourProvider = {
  urn: `${prefix}pulumi:providers:pulumi-nodejs::default`,
  id: "u-1",
  type: "pulumi:providers:pulumi-nodejs",
  custom: true,
  inputs: { "gitlab:token": secret("glpat-stack") },
};
const ours = (
  kind: "project" | "group",
  name: string,
  id: string,
  outputs: object,
  more: object = {},
): Row => {
  const type = `pulumi-nodejs:dynamic/gitlab:${kind === "project" ? "Project" : "Group"}DeployToken`;
  return {
    urn: `${prefix}${type}::${name}`,
    type,
    id,
    custom: true,
    parent: stackRow.urn,
    provider: `${ourProvider.urn}::u-1`,
    propertyDependencies: { name: [] },
    inputs: { __provider: "x" },
    outputs: { baseUrl: "https://gitlab.example.com", revoked: false, __provider: "x", ...outputs },
    ...more,
  };
};
const born = (more: object = {}, row: object = {}) =>
  ours(
    "project",
    "pull",
    "acme/app:4",
    {
      project: "acme/app",
      name: "cluster pull",
      scopes: ["read_registry"],
      username: "gitlab+deploy-token-4",
      expiresAt: "2031-01-31T00:00:00.000Z",
      deployTokenId: 4,
      ownerId: "1",
      token: secret("gldt-born"),
      ...more,
    },
    row,
  );

async function toOfficial(
  resources: readonly object[],
  args: readonly string[] = [],
  options: RunCli = {},
  more: object = {},
) {
  const file = join(folder, "state.json");
  writeFileSync(file, JSON.stringify({ version: 3, deployment: { manifest: {}, resources, ...more } }));
  const ran = await cli(gitlab, ["to-official", "--state", file, ...args], options);
  const rows = ran.code === 0 && args.length === 0 ? (JSON.parse(ran.out).deployment.resources as Row[]) : [];
  return { ...ran, rows };
}

it("rewrites a token of this package as the official provider writes its own", async () => {
  const { rows, err } = await toOfficial([stackRow, ourProvider, born()]);
  const provider = `${prefix}pulumi:providers:gitlab::default_10_1_1`;
  const config = {
    baseUrl: "https://gitlab.example.com/api/v4/",
    token: secret("glpat-stack"),
    version: "10.1.1",
  };
  const inputs = {
    project: "acme/app",
    name: "cluster pull",
    scopes: ["read_registry"],
    expiresAt: "2031-01-31T00:00:00Z",
  };
  expect(rows).toEqual([
    stackRow,
    {
      urn: provider,
      type: "pulumi:providers:gitlab",
      custom: true,
      id: "u-1",
      inputs: config,
      outputs: config,
    },
    {
      urn: `${prefix}gitlab:index/projectDeployToken:ProjectDeployToken::pull`,
      type: "gitlab:index/projectDeployToken:ProjectDeployToken",
      id: "acme/app:4",
      custom: true,
      parent: stackRow.urn,
      provider: `${provider}::u-1`,
      inputs,
      outputs: {
        ...inputs,
        id: "acme/app:4",
        username: "gitlab+deploy-token-4",
        expired: false,
        revoked: false,
        token: secret("gldt-born"),
        validatePastExpirationDate: false,
      },
      additionalSecretOutputs: ["token"],
    },
  ]);
  expect(err).toBe(`import * as gitlab from "@pulumi/gitlab";

new gitlab.ProjectDeployToken("pull", {
  project: "acme/app",
  name: "cluster pull",
  scopes: ["read_registry"],
  expiresAt: "2031-01-31T00:00:00Z",
});
`);
});

it("gives back the rows that the official plugin wrote, in both directions", async () => {
  const { deployment } = officialStack("shop", "dev") as { deployment: { resources: Row[] } };
  const tokens = deployment.resources.filter(({ type }) => /DeployToken$/.test(type));
  expect(tokens).toHaveLength(3);
  const takenOver = tokens.map((row) => {
    const kind = row.type.includes("Group") ? "group" : "project";
    const outputs = migrate(kind, String(row["id"]), row["outputs"] as object as Record<string, unknown>);
    const name = String(row.urn.split("::").at(-1));
    return ours(kind, name, String(row["id"]), {
      ...outputs,
      __defaults: [],
      __meta: '{"schema_version":"1"}',
    });
  });
  const { rows } = await toOfficial([stackRow, ourProvider, ...takenOver]);
  const back = rows.filter(({ type }) => /DeployToken$/.test(type));
  expect(back.map(({ urn, id, inputs }) => ({ urn, id, inputs }))).toEqual(
    tokens.map(({ urn, id, inputs }) => ({
      urn,
      id,
      // Scopes are a set; the plugin keeps the program's order in its inputs.
      inputs: {
        ...(inputs as object),
        scopes: expect.arrayContaining((inputs as { scopes: string[] }).scopes),
      },
    })),
  );
  for (const [index, row] of back.entries()) {
    const outputs = (tokens[index]?.["outputs"] ?? {}) as Record<string, unknown>;
    const { __pulumi_raw_state_delta: _delta, ...written } = outputs;
    expect(row["outputs"]).toEqual(written);
  }
});

it("rewrites references, keeps what other resources of this package need, and takes the tokens out of rotating components", async () => {
  const rotation = {
    urn: `${prefix}gitlab-deploy-tokens:index:RotatingGroupDeployToken::ci`,
    type: "gitlab-deploy-tokens:index:RotatingGroupDeployToken",
    custom: false,
    parent: stackRow.urn,
  };
  const slot = ours("group", "ci-2026-01-01", "acme:5", {
    group: "acme",
    name: "ci",
    scopes: ["read_repository"],
    username: "ci",
    deployTokenId: 5,
    token: "gldt-plain",
  });
  const slotUrn = `${rotation.urn.split("::ci")[0]}$pulumi-nodejs:dynamic/gitlab:GroupDeployToken::ci-2026-01-01`;
  const read = { ...born(), urn: `${born().urn}-read`, external: true };
  const user = {
    urn: `${prefix}a:b:C::user`,
    type: "a:b:C",
    dependencies: [born().urn, slotUrn],
    inputs: { x: born().urn },
  };
  const { rows } = await toOfficial([
    stackRow,
    ourProvider,
    rotation,
    born(),
    { ...slot, urn: slotUrn, parent: rotation.urn },
    read,
    user,
  ]);
  const group = `${prefix}gitlab:index/groupDeployToken:GroupDeployToken::ci-2026-01-01`;
  const pull = `${prefix}gitlab:index/projectDeployToken:ProjectDeployToken::pull`;
  expect(rows.map(({ urn }) => urn)).toEqual([
    stackRow.urn,
    ourProvider.urn,
    `${prefix}pulumi:providers:gitlab::default_10_1_1`,
    pull,
    group,
    read.urn,
    user.urn,
  ]);
  expect(rows[4]).toMatchObject({
    parent: stackRow.urn,
    inputs: { group: "acme", username: "ci" },
    outputs: { token: secret("gldt-plain") },
  });
  expect(rows.at(-1)).toEqual({ ...user, dependencies: [pull, group] });
});

it("uses the official provider's row if the stack has one, and a component's name for a Provider", async () => {
  const theirs = {
    urn: `${prefix}pulumi:providers:gitlab::default_10_1_1`,
    id: "t-1",
    type: "pulumi:providers:gitlab",
  };
  const internal = { ...ourProvider, urn: `${prefix}pulumi:providers:pulumi-nodejs::internal`, id: "u-2" };
  const second = {
    ...born(),
    urn: `${born().urn}2`,
    parent: `${prefix}a:b:Team::t`,
    provider: `${internal.urn}::u-2`,
  };
  const { rows, err } = await toOfficial([stackRow, ourProvider, internal, born(), theirs, second]);
  expect(rows.map(({ urn, provider }) => [urn.split("::").at(-1), provider])).toEqual([
    ["shop-dev", undefined],
    ["default_10_1_1", undefined],
    ["pull", `${theirs.urn}::t-1`],
    ["internal", undefined],
    ["pull2", `${prefix}pulumi:providers:gitlab::internal::u-2`],
  ]);
  expect(err).toContain(`// Its parent is: ${prefix}a:b:Team::t`);
});

it("gives tokens of the same name and type different URNs, and prints their names", async () => {
  const slot = (team: string, id: number) => {
    const row = born({ deployTokenId: id, name: team }, { id: `acme/app:${id}` });
    const type = `acme:${team}$gitlab-deploy-tokens:index:RotatingProjectDeployToken`;
    const urn = `${prefix}${type}$pulumi-nodejs:dynamic/gitlab:ProjectDeployToken::pull`;
    return { ...row, urn, parent: `${prefix}${type}::pull` };
  };
  const theirs = `${prefix}gitlab:index/projectDeployToken:ProjectDeployToken::pull`;
  const existing = {
    urn: theirs,
    type: "gitlab:index/projectDeployToken:ProjectDeployToken",
    id: "acme/app:9",
  };
  const user = { urn: `${prefix}a:b:C::user`, type: "a:b:C", dependencies: [slot("B", 6).urn] };
  const { rows, err } = await toOfficial([
    ...[stackRow, ourProvider, born(), slot("A", 5), slot("B", 6), existing, user],
  ]);
  expect(rows.filter(({ type }) => /DeployToken$/.test(type)).map(({ urn, id }) => [urn, id])).toEqual([
    [`${theirs}-4`, "acme/app:4"],
    [`${theirs}-5`, "acme/app:5"],
    [`${theirs}-6`, "acme/app:6"],
    [theirs, "acme/app:9"],
  ]);
  expect(rows.at(-1)).toMatchObject({ dependencies: [`${theirs}-6`] });
  expect(err.match(/DeployToken\("[^"]+"/g)).toEqual([4, 5, 6].map((id) => `DeployToken("pull-${id}"`));
});

it("rewrites the URNs below a token, which contain its type", async () => {
  const below = (urn: string, type: string) => urn.replace(/::(\w+)$/, `$${type}::$1`);
  const child = { urn: below(born().urn, "kubernetes:core/v1:Secret"), type: "kubernetes:core/v1:Secret" };
  const grandchild = { urn: below(child.urn, "a:b:C"), type: "a:b:C", parent: child.urn };
  const { rows } = await toOfficial([
    ...[stackRow, ourProvider, born(), { ...child, parent: born().urn }, grandchild],
  ]);
  const token = `${prefix}gitlab:index/projectDeployToken:ProjectDeployToken`;
  expect(rows.slice(3).map(({ urn, parent }) => [urn, parent])).toEqual([
    [`${token}$kubernetes:core/v1:Secret::pull`, `${token}::pull`],
    [`${token}$kubernetes:core/v1:Secret$a:b:C::pull`, `${token}$kubernetes:core/v1:Secret::pull`],
  ]);
});

it("keeps a secret argument, and leaves it out of the printed program", async () => {
  const { rows, err } = await toOfficial([
    ...[stackRow, ourProvider],
    born({ name: secret("merger"), expiresAt: secret("2031-01-31T00:00:00.000Z") }),
  ]);
  const written = { name: secret("merger"), expiresAt: secret("2031-01-31T00:00:00Z") };
  expect(rows.at(-1)).toMatchObject({ inputs: written, outputs: written });
  expect(err).not.toContain("merger");
  expect(err).not.toContain("2031");
  expect(err).toContain("  // name: a secret, as in the program for this package\n");
});

it("prints no parent for a token without one, and the Provider of a token that has its own", async () => {
  const internal = { ...ourProvider, urn: `${prefix}pulumi:providers:pulumi-nodejs::internal`, id: "u-2" };
  const token = born({}, { parent: undefined, provider: `${internal.urn}::u-2` });
  const { err } = await toOfficial([stackRow, internal, token]);
  expect(err).toBe(`import * as gitlab from "@pulumi/gitlab";

// Its provider is: new gitlab.Provider("internal", { baseUrl: "https://gitlab.example.com/api/v4/" })
new gitlab.ProjectDeployToken("pull", {
  project: "acme/app",
  name: "cluster pull",
  scopes: ["read_registry"],
  expiresAt: "2031-01-31T00:00:00Z",
});
`);
});

it("refuses a stack with an interrupted create, which may have left a token", async () => {
  const pending_operations = [{ type: "creating", resource: { urn: born().urn, type: born().type } }];
  const { code, err } = await toOfficial([stackRow, ourProvider, born()], [], {}, { pending_operations });
  expect([code, err]).toEqual([
    2,
    expect.stringContaining("has an interrupted create; wanted: audit --stack"),
  ]);
  const others = [
    { type: "creating", resource: { urn: "x", type: "a:b:C" } },
    { ...pending_operations[0], type: "updating" },
  ];
  expect(
    await toOfficial([stackRow, ourProvider, born()], [], {}, { pending_operations: others }),
  ).toMatchObject({ code: 0 });
});

it("writes a file that only its owner reads, and prints the program instead", async () => {
  const output = join(folder, "official.json");
  const { code, out } = await toOfficial(
    [stackRow, ourProvider, born()],
    ["--output", output, "--official-version", "9.1.0"],
  );
  expect([code, out]).toEqual([0, expect.stringMatching(/^import \* as gitlab from "@pulumi\/gitlab";/)]);
  expect(statSync(output).mode & 0o777).toBe(0o600);
  expect(readFileSync(output, "utf8")).toContain("default_9_1_0");
});

it("shows in state and program what turns the text or ends a comment", async () => {
  const name = "a\u202eb";
  const { rows, err } = await toOfficial([stackRow, ourProvider, born({ name }, { parent: "urn:x\nrun()" })]);
  expect(err).toContain('  name: "a\\u202eb",');
  expect(err).toContain("// Its parent is: urn:x\\u000arun()");
  expect(rows.some((row) => (row["inputs"] as Row | undefined)?.["name"] === name)).toBe(true);
});

it.each(["utf16le", "gzip"])("reads an export in %s (field-reports.md 27)", async (form) => {
  const file = join(folder, form);
  const text = JSON.stringify({ version: 3, deployment: { resources: [stackRow, ourProvider, born()] } });
  writeFileSync(file, form === "gzip" ? gzipSync(text) : Buffer.from(`\ufeff${text}`, "utf16le"));
  const { code, err } = await cli(gitlab, ["to-official", "--state", file]);
  expect([code, err]).toEqual([0, expect.stringContaining("new gitlab.ProjectDeployToken(")]);
});

it("takes the access token of the environment if the state has none", async () => {
  const { rows } = await toOfficial([stackRow, { ...ourProvider, inputs: {} }, born()], [], {
    token: "glpat-env",
  });
  expect(rows[1]).toMatchObject({ inputs: { token: secret("glpat-env") } });
});

it.each([
  [[], "The stack has no deploy token of this package"],
  [[born({ token: undefined })], "has no value in the state; wanted: adopt.token"],
  [[born({ token: { ...secretMark, plaintext: "null" } })], "has no value in the state; wanted: adopt.token"],
  [
    [born({ token: { ...secretMark, ciphertext: "x" } })],
    "its token is encrypted; wanted: pulumi stack export --show-secrets",
  ],
  [[born({}, { delete: true })], "is about to be deleted; wanted: a stack after a successful pulumi up"],
  [[born({}, { id: "acme/app:unsettled" })], "has an open request"],
  [[born({ unsettled: { above: 3 } })], "has an open request"],
])("refuses a stack that the official provider could not continue with: case %#", async (tokens, reason) => {
  const { code, err, out } = await toOfficial([stackRow, ourProvider, ...tokens]);
  expect([code, err, out]).toEqual([2, expect.stringContaining(reason), ""]);
});

it("refuses a state without a readable access token, and wrong options", async () => {
  const locked = { ...ourProvider, inputs: { "gitlab:token": { ...secretMark, ciphertext: "x" } } };
  expect(await toOfficial([stackRow, locked, born()])).toMatchObject({
    code: 2,
    err: expect.stringContaining("No access token for https://gitlab.example.com is readable"),
  });
  const refused = async (...args: string[]) => (await cli(gitlab, ["to-official", ...args])).err;
  expect(await refused()).toContain("wanted: --stack NAME or --state FILE");
  expect(await refused("--state", "/does/not/exist")).toContain("cannot be read (ENOENT)");
  expect(await refused("--state", __filename)).toContain("is not what pulumi stack export prints");
  expect(await refused("--state", "x", "--official-version", "ten")).toContain('--official-version is "ten"');
});
