import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { migrate } from "../../provider/lifecycle/official-state.js";
import { officialStack } from "../engine/official-provider.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { folder, useFolder } from "../support/folder.js";
import { secretMark } from "../support/pulumi.js";
import {
  born,
  ourProvider,
  ours,
  prefix,
  type Row,
  secret,
  stackRow,
  toOfficial,
} from "./official-support.js";
import { cli } from "./support.js";

useEmulator();
useFolder();

/** The printed program of a stack with the token `pull`. */
const imports = 'import * as gitlab from "@pulumi/gitlab";\n';
const pullProgram = `new gitlab.ProjectDeployToken("pull", {
  project: "acme/app",
  name: "cluster pull",
  scopes: ["read_registry"],
  expiresAt: "2031-01-31T00:00:00Z",
});
`;

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
  expect(err).toBe(`${imports}\n${pullProgram}`);
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
  expect(err).toBe(
    `${imports}
// Its provider is: new gitlab.Provider("internal", { baseUrl: "https://gitlab.example.com/api/v4/" })
${pullProgram}`,
  );
});

it("refuses a stack with an interrupted create, which may have left a token", async () => {
  const pending_operations = [{ type: "creating", resource: { urn: born().urn, type: born().type } }];
  const { code, err } = await toOfficial([stackRow, ourProvider, born()], [], {}, { pending_operations });
  expect([code, err]).toEqual([
    2,
    expect.stringContaining("has an interrupted create; wanted: npx pulumi-gitlab-deploy-tokens audit"),
  ]);
  const others = [
    { type: "creating", resource: { urn: "x", type: "a:b:C" } },
    { ...pending_operations[0], type: "updating" },
  ];
  expect(
    await toOfficial([stackRow, ourProvider, born()], [], {}, { pending_operations: others }),
  ).toMatchObject({ code: 0 });
});

it("names the audit of the owners of interrupted creates, as a shell takes it", async () => {
  const creating = (type: string, inputs: object) => ({
    type: "creating",
    resource: { urn: born().urn, type, inputs },
  });
  const project = (path: unknown) => creating(born().type, { project: path });
  const pending_operations = [
    project("acme/app"),
    project(secret("acme/it's")),
    project("acme/app"),
    creating("pulumi-nodejs:dynamic/gitlab:GroupDeployToken", { group: "acme" }),
  ];
  const { err } = await toOfficial([stackRow, ourProvider, born()], [], {}, { pending_operations });
  const audit = /wanted: npx pulumi-gitlab-deploy-tokens (audit .*), then the commands that it names/.exec(
    err,
  );
  expect(audit?.[1]).toBe(
    `audit --project acme/app --project 'acme/it'\\''s' --group acme --state ${join(folder, "state.json")}`,
  );
});

it("names an audit of an interrupted create that runs and names the next command", async () => {
  const inputs = { project: "acme/app", name: "cut", scopes: ["read_registry"] };
  const pending_operations = [{ type: "creating", resource: { urn: born().urn, type: born().type, inputs } }];
  const { err } = await toOfficial([stackRow, ourProvider, born()], [], {}, { pending_operations });
  const [, words = ""] = /gitlab-deploy-tokens (audit .*), then/.exec(err) ?? [];
  const audit = await cli(gitlab, words.split(" "));
  expect(audit.code).not.toBe(2);
  expect(audit.err).toContain("pulumi refresh --clear-pending-creates --stack dev");
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
