import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gitlab, useEmulator } from "../support/emulator.js";
import { folder, useFolder } from "../support/folder.js";
import { cli, exported, row } from "./support.js";

const value = "gldt-abcdefghijklmnopqrst";
const secret = (text: string) => ({
  "4dabf18193072939515e22adb298388d": "x",
  plaintext: JSON.stringify(text),
});
const holding = (token: unknown) => ({ project: "acme/app", name: "pull", token });

useEmulator();
useFolder();

const whose = (stdin: string | Buffer, ...rows: object[]) => {
  const file = join(folder, "state.json");
  writeFileSync(file, exported(...rows));
  return cli(gitlab, ["whose", "--state", file], { stdin });
};

it("prints the stack, the resource, the owner and the command that rotates it, and no value", async () => {
  const { code, out, err } = await whose(
    `${value}\n`,
    row("group", "acme", 3, { outputs: { token: secret("gldt-other") } }),
    row("project", "acme/app", 4, { outputs: holding(secret(value)) }),
  );
  expect(code).toBe(0);
  expect(out).toBe(`deploy token: 4 (pull) of the project acme/app
stack:        shop/dev
resource:     urn:pulumi:dev::shop::pulumi-nodejs:dynamic/gitlab:ProjectDeployToken::t4
to rotate it: pulumi up --stack dev --replace 'urn:pulumi:dev::shop::pulumi-nodejs:dynamic/gitlab:ProjectDeployToken::t4'
`);
  expect(out + err).not.toContain(value);
  expect(gitlab.requests).toEqual([]);
});

it("ignores a byte-order mark and Windows line ends", async () => {
  const rows = [row("project", "acme/app", 4, { outputs: holding(secret(value)) })];
  expect((await whose(`\ufeff${value}\r\n`, ...rows)).code).toBe(0);
});

it("passes the name of the stack on to Pulumi unchanged, with its organization", async () => {
  const text = exported(row("project", "acme/app", 4, { outputs: holding(secret(value)) }));
  const pulumi = join(folder, "pulumi");
  writeFileSync(join(folder, "export.json"), text);
  writeFileSync(pulumi, `#!/bin/sh\n/bin/cat '${join(folder, "export.json")}'\n`, { mode: 0o755 });
  const { out } = await cli(gitlab, ["whose", "--stack", "acme/shop/dev"], {
    stdin: value,
    env: { PATH: folder },
  });
  rmSync(pulumi);
  expect(out).toContain("to rotate it: pulumi up --stack acme/shop/dev --replace 'urn:pulumi:dev::");
});

it("escapes a name that would move the cursor or add a line", async () => {
  const outputs = { ...holding(secret(value)), name: "a\n\u001b[2Jto rotate it: rm -rf /" };
  const { out } = await whose(value, row("project", "acme/app", 4, { outputs }));
  expect(out).toContain(
    "deploy token: 4 (a[U+000A][U+001B][2Jto rotate it: rm -rf /) of the project acme/app\n",
  );
  expect(out.split("\n")).toHaveLength(5);
});

it("names the rotating component of a slot", async () => {
  const parent = "urn:pulumi:dev::shop::gitlab-deploy-tokens:index:RotatingProjectDeployToken::pull";
  const { out } = await whose(
    value,
    row("project", "acme/app", 4, { parent, outputs: holding(secret(value)) }),
  );
  expect(out).toContain('to rotate it: change rotateWhenChanged of "pull", then: pulumi up --stack dev\n');
});

it("says that a token in adopt would only be adopted again", async () => {
  // After a refresh, the inputs no longer have adopt.
  const adopted = { inputs: {}, outputs: { ...holding(secret(value)), adoption: "once" } };
  const { out } = await whose(value, row("project", "acme/app", 4, adopted));
  expect(out).toContain(
    'to rotate it: remove "adopt" from the program, which would take over this token again; then: pulumi up',
  );
});

it("exits with 1 if no stack has the value", async () => {
  const { code, out } = await whose("gldt-none", row("project", "acme/app", 4));
  expect([code, out]).toEqual([1, "Not found in: shop/dev.\n"]);
});

it("names the stack with encrypted values that may have another value of the text", async () => {
  const dev = join(folder, "dev.json");
  const production = join(folder, "production.json");
  writeFileSync(dev, exported(row("project", "acme/app", 4, { outputs: holding(secret(value)) })));
  const encrypted = row("project", "acme/app", 5, { outputs: holding({ ciphertext: "v1:abc" }) });
  writeFileSync(production, exported(encrypted).replaceAll("urn:pulumi:dev:", "urn:pulumi:production:"));
  const args = ["whose", "--state", dev, "--state", production];
  const { code, out, err } = await cli(gitlab, args, { stdin: `${value} gldt-uvwxyzuvwxyzuvwxyzuv` });
  expect(code).toBe(0);
  expect(out).toContain("1 more value in the text, not found in: shop/dev.\n");
  expect(err).toBe(
    "warning: the secrets of shop/production are encrypted in the given export, so a value may be theirs; wanted: pulumi stack export --show-secrets\n",
  );
});

it.each([
  ["", [], "Standard input contains no deploy token"],
  ["two values", [], "Standard input contains no deploy token"],
  ["TOKEN=jMRvtPNxrn3crTAGukpZ", [], "Standard input contains no deploy token"],
  ['{"password":"jMRvtPNxrn3crTAGukpZ"}', [], "Standard input contains no deploy token"],
  [
    value,
    [row("project", "acme/app", 4, { outputs: holding({ ciphertext: "v1:abc" }) })],
    "The secrets of shop/dev are encrypted in the given export; wanted: pulumi stack export --show-secrets",
  ],
])("exits with 2 for %j: %#", async (stdin, rows, message) => {
  const { code, err } = await whose(stdin, ...rows);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

it("needs stacks, which it can read from Pulumi", async () => {
  expect((await cli(gitlab, ["whose"], { stdin: value })).err).toContain("wanted: --stack NAME or --state");
  const { code, err } = await cli(gitlab, ["whose", "--stack", "dev"], {
    stdin: value,
    env: { PATH: folder },
  });
  expect(code).toBe(2);
  expect(err).toContain(
    "--stack dev: pulumi stack export --stack dev --non-interactive failed: pulumi is not",
  );
});

it.each([
  ["{", "is not what pulumi stack export prints"],
  ["[]", "is not what pulumi stack export prints"],
  ['{"deployment":{"resources":5}}', "is not what pulumi stack export prints"],
])("refuses a file with the content %j", async (text, message) => {
  const file = join(folder, "wrong.json");
  writeFileSync(file, text);
  expect(await cli(gitlab, ["whose", "--state", file], { stdin: value })).toMatchObject({
    code: 2,
    err: expect.stringContaining(message),
  });
});

it("names a file that it cannot read, and reads an empty stack as one without tokens", async () => {
  const missing = join(folder, "missing.json");
  const { code, err } = await cli(gitlab, ["whose", "--state", missing], { stdin: value });
  expect([code, err]).toEqual([2, expect.stringContaining(`${missing} cannot be read (ENOENT)`)]);
  const file = join(folder, "empty.json");
  writeFileSync(file, '{"version":3,"deployment":{}}');
  expect((await cli(gitlab, ["whose", "--state", file], { stdin: value })).out).toBe(
    `Not found in: ${file}.\n`,
  );
});

it("reads rows with a broken secret, a token in plain text, an open request, or no scopes", async () => {
  const { out } = await whose(
    value,
    row("project", "acme/app", 4, {
      outputs: holding({ "4dabf18193072939515e22adb298388d": "x", plaintext: "{" }),
    }),
    row("project", "acme/app", 0, { id: "acme/app:unsettled", outputs: holding(value) }),
    row("group", "1", 6, { id: "broken", outputs: holding(value) }),
    row("group", "1", 7, { id: undefined, outputs: undefined }),
  );
  expect(out).toContain("deploy token: unknown (open request) (pull) of the project acme/app");
});

it("prompts on a terminal for the text", async () => {
  const file = join(folder, "state.json");
  const { err } = await cli(gitlab, ["whose", "--state", file], { stdin: value, isTTY: true });
  expect(err).toContain("The deploy token's value, then Enter and Ctrl-D: ");
});

const auth = Buffer.from(`gitlab+deploy-token-4:${value}`).toString("base64");
const urlSafe = Buffer.from(`>>>???:${value}`).toString("base64url");
const dockerConfig = JSON.stringify({ auths: { "registry.acme.test": { auth } } });

it.each([
  ["in quotes", `"${value}"`],
  ["in an assignment", `export TOKEN='${value}'`],
  ["in an .npmrc", `//gitlab.com/api/v4/projects/:_authToken=${value}\n`],
  ["in a clone URL", `https://gitlab%2Bdeploy-token-4:${value}@gitlab.com/acme/app.git`],
  ["percent-encoded", `https://x.test/?token=${value.replaceAll("-", "%2D")}`],
  [
    "in a kubectl line",
    `kubectl create secret docker-registry pull --docker-password=${value} --docker-username=u`,
  ],
  ["in a Docker configuration", dockerConfig],
  ["in a Kubernetes secret", `data:\n  .dockerconfigjson: ${Buffer.from(dockerConfig).toString("base64")}\n`],
  ["in base64 in several lines", auth.replace(/.{20}/g, "$&\n")],
  ["in a header", `curl -u x -H "Authorization: Basic ${auth}"`],
  ["in JSON inside JSON", JSON.stringify(JSON.stringify({ token: value }))],
  ["escaped by JSON", `{"token":"${value.replace("-", "\\u002d")}"}`],
  ["in UTF-16 with a mark", Buffer.from(`\ufeff${value}\r\n`, "utf16le")],
  ["in UTF-16 without a mark", Buffer.from(`TOKEN=${value}`, "utf16le")],
  ["in big-endian UTF-16", Buffer.from(`\ufeff${value}`, "utf16le").swap16()],
  ["with a NUL after it", `${value}\0`],
  ["in a coloured line of a log", `\u001b[0;33m${value}\u001b[0m\n`],
  ["after a letter", `-p${value}`],
  ["in base64 at the end of a path", `GET /v2/login/${auth} 200`],
  ["in base64 in the middle of a URL", `https://vault.acme.test/hook/${auth.replace(/=+$/, "")}/done`],
  ["in URL-safe base64 in a path", `/a/bc/${urlSafe}/x`],
  ["in URL-safe base64 in a query", `?state=${urlSafe}&x=1`],
  ["in base64 after a name", `CI_REGISTRY_AUTH_${auth}`],
  ["in base64 of UTF-16", Buffer.from(value, "utf16le").toString("base64")],
  ["in an address without a scheme", `//gitlab+deploy-token-4:${value}@registry.acme.test/v2/`],
  ["in base64 as a password in a URL", `https://u:${Buffer.from(value).toString("base64url")}@acme.test`],
] as const)("finds a value %s (field-reports.md 25)", async (_where, stdin) => {
  const { code, out, err } = await whose(
    stdin,
    row("project", "acme/app", 4, { outputs: holding(secret(value)) }),
  );
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("deploy token: 4 (pull) of the project acme/app");
  expect(out).not.toContain(value);
  // No given stack has the value. Text around an old value (before 16.7) must not cause a false all-clear.
  expect((await whose(stdin)).code).not.toBe(0);
});

it.each([
  ["in a header", (old: string) => `Authorization: Basic ${btoa(`u:${old}`)}`],
  ["in base64 in a path", (old: string) => `/hook/${btoa(`u:${old}`)}`],
  ["in a clone URL", (old: string) => `https://u:${old}@gitlab.com/acme/app.git`],
  ["in an address without a scheme", (old: string) => `//u:${old}@registry.acme.test`],
])("finds a value of before 16.7 %s (field-reports.md 25)", async (_where, textOf) => {
  const old = "jMRvtPNxrn3crTAGukpZ";
  const { code } = await whose(textOf(old), row("project", "acme/app", 4, { outputs: holding(secret(old)) }));
  expect([code, (await whose(textOf(old))).code]).toEqual([0, 2]);
});

it("counts the values that no stack has", async () => {
  const { code, out } = await whose(
    `A=${value}\nB=gldt-zyxwvutsrqponmlkjihg\n`,
    row("project", "acme/app", 4, { outputs: holding(secret(value)) }),
  );
  expect([code, out.split("\n").at(-2)]).toEqual([0, "1 more value in the text, not found in: shop/dev."]);
  expect((await whose(`A=${value}`, row("project", "acme/app", 4))).out).toBe("Not found in: shop/dev.\n");
});

it("does not take part of a longer value for the value", async () => {
  const rows = [row("project", "acme/app", 4, { outputs: holding(secret(value)) })];
  expect((await whose(`${value}X`, ...rows)).code).toBe(1);
});

describe("a stack in another form (field-reports.md 27)", () => {
  const text = exported(row("project", "acme/app", 4, { outputs: holding(secret(value)) }));
  const { deployment } = JSON.parse(text) as { deployment: object };
  const alone = { manifest: { time: "2026-11-24" }, ...deployment };
  const checkpoint = JSON.stringify({
    version: 3,
    checkpoint: { stack: "organization/shop/dev", latest: alone },
  });
  it.each([
    ["UTF-16 of PowerShell 5", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["big-endian UTF-16", Buffer.from(`\ufeff${text}`, "utf16le").swap16()],
    ["UTF-8 with a mark", `\ufeff${text}`],
    ["a backend's own file", checkpoint],
    ["a backend's own file, gzipped", gzipSync(checkpoint)],
    ["a deployment alone", JSON.stringify(alone)],
  ])("is read: %s", async (_form, content) => {
    const file = join(folder, "form.json");
    writeFileSync(file, content);
    const { code, out } = await cli(gitlab, ["whose", "--state", file], { stdin: value });
    expect([code, out]).toEqual([0, expect.stringContaining("stack:        shop/dev\n")]);
  });

  it.each([
    ["half a gzip", gzipSync(checkpoint).subarray(0, 40)],
    ["another JSON", '{"resources":[]}'],
  ])("is refused: %s", async (_form, content) => {
    const file = join(folder, "form.json");
    writeFileSync(file, content);
    const { code, err } = await cli(gitlab, ["whose", "--state", file], { stdin: value });
    expect([code, err]).toEqual([2, expect.stringContaining("is not what pulumi stack export prints")]);
  });

  it("is an empty stack if a backend's file has no deployment yet", async () => {
    const file = join(folder, "form.json");
    writeFileSync(file, '{"version":3,"checkpoint":{"stack":"organization/shop/dev"}}');
    expect((await cli(gitlab, ["whose", "--state", file], { stdin: value })).code).toBe(1);
  });
});
