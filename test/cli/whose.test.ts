import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import { cli, exported, row } from "./support.js";

const value = "gldt-abcdefghijklmnopqrst";
const secret = (text: string) => ({
  "4dabf18193072939515e22adb298388d": "x",
  plaintext: JSON.stringify(text),
});
const holding = (token: unknown) => ({ project: "acme/app", name: "pull", token });

let gitlab: Emulator;
let folder: string;
beforeAll(async () => {
  gitlab = await start();
  folder = mkdtempSync(join(tmpdir(), "whose-"));
});
afterAll(async () => {
  await gitlab.close();
  rmSync(folder, { recursive: true });
});

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

it("takes a byte-order mark and Windows' end of a line for what they are", async () => {
  const rows = [row("project", "acme/app", 4, { outputs: holding(secret(value)) })];
  expect((await whose(`\ufeff${value}\r\n`, ...rows)).code).toBe(0);
});

it("gives Pulumi the stack as it was given, with its organization", async () => {
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

it("prints a name that moves the cursor or adds a line as text", async () => {
  const outputs = { ...holding(secret(value)), name: "a\n\u001b[2Jto rotate it: rm -rf /" };
  const { out } = await whose(value, row("project", "acme/app", 4, { outputs }));
  expect(out).toContain("deploy token: 4 (a??[2Jto rotate it: rm -rf /) of the project acme/app\n");
  expect(out.split("\n")).toHaveLength(5);
});

it("names the rotating component of a slot", async () => {
  const parent = "urn:pulumi:dev::shop::gitlab-deploy-tokens:index:RotatingProjectDeployToken::pull";
  const { out } = await whose(
    value,
    row("project", "acme/app", 4, { parent, outputs: holding(secret(value)) }),
  );
  expect(out).toContain('to rotate it: give "pull" another rotateWhenChanged, then: pulumi up --stack dev\n');
});

it("says that a token which the program still adopts would only be taken over again", async () => {
  // After a refresh its inputs say so no more.
  const adopted = { inputs: {}, outputs: { ...holding(secret(value)), adoption: "once" } };
  const { out } = await whose(value, row("project", "acme/app", 4, adopted));
  expect(out).toContain(
    'to rotate it: remove "adopt" if the program still says so, or this token is taken over again; then: pulumi up',
  );
});

it("ends with 1 where no stack has it", async () => {
  const { code, out } = await whose("gldt-none", row("project", "acme/app", 4));
  expect([code, out]).toEqual([1, "In none of: shop/dev.\n"]);
});

it.each([
  ["", [], "Standard input holds no single value"],
  ["two values", [], "Standard input holds no single value"],
  // As Windows PowerShell writes it: UTF-16.
  [Buffer.from(`\ufeff${value}`, "utf16le"), [], "Standard input holds no single value"],
  [`${value}\0`, [], "Standard input holds no single value"],
  [
    value,
    [row("project", "acme/app", 4, { outputs: holding({ ciphertext: "v1:abc" }) })],
    "The secrets of shop/dev are encrypted in the given export; wanted: pulumi stack export --show-secrets",
  ],
])("ends with 2 for %j: %#", async (stdin, rows, message) => {
  const { code, err } = await whose(stdin, ...rows);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

it("wants stacks, which it can ask Pulumi for", async () => {
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
])("refuses a file that holds %j", async (text, message) => {
  const file = join(folder, "wrong.json");
  writeFileSync(file, text);
  expect(await cli(gitlab, ["whose", "--state", file], { stdin: value })).toMatchObject({
    code: 2,
    err: expect.stringContaining(message),
  });
});

it("names a file that it cannot read, and takes an empty stack for one without tokens", async () => {
  const missing = join(folder, "missing.json");
  const { code, err } = await cli(gitlab, ["whose", "--state", missing], { stdin: value });
  expect([code, err]).toEqual([2, expect.stringContaining(`${missing} cannot be read (ENOENT)`)]);
  const file = join(folder, "empty.json");
  writeFileSync(file, '{"version":3,"deployment":{}}');
  expect((await cli(gitlab, ["whose", "--state", file], { stdin: value })).out).toBe(
    `In none of: ${file}.\n`,
  );
});

it("reads what states may hold: a broken secret, a token in the clear, a row that is not settled, no scopes", async () => {
  const { out } = await whose(
    value,
    row("project", "acme/app", 4, {
      outputs: holding({ "4dabf18193072939515e22adb298388d": "x", plaintext: "{" }),
    }),
    row("project", "acme/app", 0, { id: "acme/app:unsettled", outputs: holding(value) }),
    row("group", "1", 6, { id: "broken", outputs: holding(value) }),
    row("group", "1", 7, { id: undefined, outputs: undefined }),
  );
  expect(out).toContain("deploy token: not settled (pull) of the project acme/app");
});

it("a terminal is told what to paste", async () => {
  const file = join(folder, "state.json");
  const { err } = await cli(gitlab, ["whose", "--state", file], { stdin: value, isTTY: true });
  expect(err).toContain("The deploy token's value, then Enter and Ctrl-D: ");
});
