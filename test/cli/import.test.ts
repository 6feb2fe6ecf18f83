import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { askHidden } from "../../provider/cli/ask-hidden.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { folder, useFolder } from "../support/folder.js";
import { secretMark } from "../support/pulumi.js";
import { tokens } from "../support/run.js";
import { cli, type RunCli } from "./support.js";

useEmulator();
useFolder();

beforeAll(() => {
  const engine = resolve(__dirname, "importing-engine.cjs");
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\nexec "${process.execPath}" "${engine}" "$@"\n`);
  chmodSync(join(folder, "pulumi"), 0o755);
});

const run = (args: readonly string[], { env, ...options }: RunCli = {}) =>
  cli(gitlab, ["import", ...args], {
    ...options,
    env: { PATH: `${folder}${delimiter}${process.env["PATH"]}`, ...env },
  });
const byHand = () =>
  gitlab.createDeployToken({ project: "acme/app", name: "cluster pull", scopes: ["read_registry"] });
const pull = ["ProjectDeployToken", "pull", "acme/app:1"];
const value = "gldt-by-hand-0000000000";
const secret = { ...secretMark, value };
const reference = 'exports.handler=()=>require("pulumi-gitlab-deploy-tokens/lifecycle").project';

it("gives the engine the same row as adopt, with the value as a secret, and protects nothing", async () => {
  byHand();
  const { code, out, err } = await run([...pull, "--yes"], { stdin: `${value}\n` });
  const { args, resources, rows, schema, foreign, created } = JSON.parse(out);
  expect([code, err]).toEqual([0, "said on standard error\n"]);
  expect(args.slice(3)).toEqual(["--protect=false", "--generate-code=true", "--yes"]);
  const type = "pulumi-nodejs:dynamic/gitlab:ProjectDeployToken";
  expect(resources).toEqual([{ type, name: "pull", id: "acme/app:1" }]);
  const inputs = {
    project: "acme/app",
    name: "cluster pull",
    scopes: ["read_registry"],
    __provider: reference,
  };
  expect(rows).toEqual([
    {
      id: "acme/app:1",
      inputs,
      outputs: {
        ...inputs,
        username: "gitlab+deploy-token-1",
        deployTokenId: 1,
        ownerId: "1",
        baseUrl: gitlab.url,
        revoked: false,
        token: secret,
        adoption: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
      failures: [],
    },
  ]);
  expect(schema.language.nodejs.packageName).toBe("pulumi-gitlab-deploy-tokens");
  expect(Object.keys(schema.resources[type].inputProperties)).toEqual([
    "project",
    "name",
    "scopes",
    "username",
    "expiresAt",
  ]);
  expect(foreign).toEqual({ error: "a:b:C is not a resource of pulumi-gitlab-deploy-tokens." });
  expect(created).toEqual({ error: "This provider only imports deploy tokens." });
});

it("imports without a value if the input is empty, and with --no-value", async () => {
  gitlab.createDeployToken({
    group: "acme",
    name: "ci",
    scopes: ["read_repository"],
    username: "ci",
    expiresAt: "2040-01-31",
  });
  for (const args of [[], ["--no-value"]]) {
    const { out } = await run(["GroupDeployToken", "ci", "acme:1", "--yes", ...args]);
    const [row] = JSON.parse(out).rows;
    expect(row.outputs).not.toHaveProperty("token");
    expect(row.inputs).toMatchObject({
      group: "acme",
      username: "ci",
      expiresAt: "2040-01-31T00:00:00.000Z",
    });
  }
});

it("imports many tokens from a file, each with its value, and writes no value to Pulumi's file", async () => {
  byHand();
  byHand();
  const file = join(folder, "tokens.json");
  const type = "pulumi-nodejs:dynamic/gitlab:ProjectDeployToken";
  const urn = "urn:pulumi:dev::test::some:index:Component::team";
  writeFileSync(
    file,
    JSON.stringify({
      nameTable: { team: urn },
      resources: [
        { type, name: "one", id: "acme/app:1", token: value, parent: "team", inputs: {}, outputs: { a: 1 } },
        { type: "ProjectDeployToken", name: "two", id: "1:2", token: null },
      ],
    }),
  );
  const { code, out } = await run(["--file", file, "--preview-only", "--no-generate-code"]);
  const { args, resources, rows } = JSON.parse(out);
  expect(code).toBe(0);
  expect(args.slice(3)).toEqual(["--protect=false", "--generate-code=false", "--preview-only"]);
  expect(resources).toEqual([
    { type, name: "one", id: "acme/app:1", parent: "team" },
    { type, name: "two", id: "1:2" },
  ]);
  expect(rows.map(({ outputs }: { outputs: object }) => outputs)).toEqual([
    expect.objectContaining({ token: secret, project: "acme/app" }),
    expect.not.objectContaining({ token: expect.anything() }),
  ]);
});

it("imports a file's tokens without their values with --no-value", async () => {
  byHand();
  const file = join(folder, "no-value.json");
  const entry = { type: "ProjectDeployToken", name: "one", id: "acme/app:1", token: value };
  writeFileSync(file, JSON.stringify({ resources: [entry] }));
  const { code, out } = await run(["--file", file, "--no-value", "--yes"]);
  expect([code, JSON.parse(out).rows[0].outputs.token]).toEqual([0, undefined]);
});

it("refuses two values for one id, such as of two GitLabs, before it starts Pulumi", async () => {
  const file = join(folder, "twice.json");
  const entry = { type: "ProjectDeployToken", name: "one", id: "acme/app:1", token: value };
  const other = { ...entry, name: "two", provider: "other", token: "gldt-other-0000000000" };
  writeFileSync(file, JSON.stringify({ resources: [entry, other] }));
  const { code, err, out } = await run(["--file", file, "--yes"]);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(
    "resource 2: acme/app:1 is in the file twice; wanted: each token once, and one file for each GitLab",
  );
});

it("imports what audit --emit import wrote, as the rows that --emit pulumi-import wrote", async () => {
  byHand();
  gitlab.createDeployToken({
    group: "acme",
    name: "ci",
    scopes: ["read_repository"],
    expiresAt: "2040-01-31",
  });
  const audit = (what: string, ...more: string[]) =>
    cli(gitlab, ["audit", "--project", "acme/app", "--group", "acme", "--emit", what, ...more]);
  const file = join(folder, "emitted.json");
  expect(await audit("import", "--output", file)).toMatchObject({
    code: 0,
    out: "",
    err: expect.stringContaining("note: GitLab does not give the values: null stands for each one."),
  });
  const { out, err, code } = await run(["--file", file, "--yes"]);
  expect([code, err]).toEqual([0, "said on standard error\n"]);
  const whole = JSON.parse((await audit("pulumi-import")).out).resources;
  const adoption = expect.any(String);
  const rows = whole.map(
    ({
      id,
      inputs,
      outputs: { token: _, ...outputs },
    }: {
      id: string;
      inputs: object;
      outputs: Record<string, unknown>;
    }) => ({
      id,
      inputs,
      outputs: { ...outputs, adoption },
      failures: [],
    }),
  );
  expect(JSON.parse(out).rows).toEqual(rows);
  expect(rows).toHaveLength(2);
});

it("leaves no file behind, and passes on Pulumi's options and other attached providers", async () => {
  byHand();
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith("deploy-token-import-"));
  const options = ["--stack", "prod", "--out", "x.ts", "--protect", "--skip-preview", "--no-value"];
  const named = ["--provider", "urn:pulumi:a", "--parent", "team=urn:pulumi:b"];
  const { out } = await run([...pull, ...options, ...named], {
    env: { PULUMI_DEBUG_PROVIDERS: "aws:1,pulumi-nodejs:2" },
  });
  const { args, resources, debugged } = JSON.parse(out);
  expect(args.slice(3)).toEqual([
    "--protect=true",
    "--generate-code=true",
    "--stack",
    "prod",
    "--out",
    "x.ts",
    "--skip-preview",
  ]);
  expect(resources[0]).toMatchObject({ provider: "provider", parent: "team" });
  expect(debugged).toBe("aws,pulumi-nodejs");
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith("deploy-token-import-"))).toEqual(before);
});

it("takes the connection from the stack's configuration, before the environment", async () => {
  byHand();
  const ENGINE_CONFIG = JSON.stringify({
    "gitlab:baseUrl": gitlab.url,
    "gitlab:token": { "4dabf18193072939515e22adb298388d": "x", value: tokens.owner },
    "gitlab:retries": 0,
  });
  const env = { ENGINE_CONFIG, GITLAB_BASE_URL: "http://127.0.0.1:9", GITLAB_TOKEN: "glpat-wrong" };
  const { code, out } = await run([...pull, "--yes"], { stdin: value, env });
  expect([code, JSON.parse(out).rows[0].id]).toEqual([0, "acme/app:1"]);
});

it.each([
  ["acme/app:99", "The project acme/app has no deploy token 99."],
  ["acme/none:1", "404 Project Not Found"],
])("fails with the words of .get for %s", async (id, reason) => {
  const { code, out } = await run(["ProjectDeployToken", "pull", id, "--yes"], { stdin: value });
  expect(code).toBe(1);
  expect(JSON.parse(out).rows[0].error).toContain(reason);
});

it.each([
  [[], "Missing: class, name and id"],
  [["ProjectDeployToken"], "Missing: name and id"],
  [["ProjectDeployToken", "pull"], "Missing: id"],
  [["DeployToken", "pull", "acme/app:1"], 'the type is "DeployToken"; wanted: ProjectDeployToken or Group'],
  [["ProjectDeployToken", "", "acme/app:1"], 'the name is ""; wanted: the resource\'s name'],
  [["ProjectDeployToken", "pull", "42"], 'the id is "42"; wanted: the project or group and'],
  [["ProjectDeployToken", "pull", "acme/app:unsettled"], 'the id is "acme/app:unsettled"; wanted'],
  [[...pull, "--parent", "team"], '--parent is "team"; wanted: NAME=URN'],
  [["--file", "x.json", "--parent", "team=urn:a"], "--file cannot be combined with a class"],
  [["--file", "/does/not/exist"], "--file /does/not/exist cannot be read (ENOENT)"],
])("refuses %j", async (args, reason) => {
  const { code, err } = await run([...args, "--yes"], { stdin: value });
  expect([code, err]).toEqual([2, expect.stringContaining(reason)]);
  expect(gitlab.requests).toEqual([]);
});

it.each([
  ["nothing", "is not JSON"],
  ['{"resources": []}', "has no resources"],
  ['{"resources": [5]}', "resource 1: the type is missing"],
  [
    '{"resources": [{"type": "GroupDeployToken", "name": "a", "id": "acme:1", "token": "two words"}]}',
    "resource 1: the token is not a deploy token's value",
  ],
])("refuses the file %s", async (text, reason) => {
  const file = join(folder, "wrong.json");
  writeFileSync(file, text);
  const { code, err } = await run(["--file", file, "--yes"]);
  expect([code, err]).toEqual([2, expect.stringContaining(reason)]);
  expect(err).not.toContain("two words");
});

it("refuses an import without a terminal and --yes, and a value of several lines", async () => {
  expect(await run(pull, { stdin: value })).toMatchObject({
    code: 2,
    err: expect.stringContaining("the import cannot be confirmed"),
  });
  const lines = await run([...pull, "--yes"], { stdin: `${value}\nglpat-x` });
  expect(lines).toMatchObject({ code: 2, err: expect.stringContaining("not a deploy token's value") });
  expect(lines.err).not.toContain("glpat-x");
});

it.each(["utf8", "utf16le"] as const)(
  "reads a file in %s with a mark (field-reports.md 27)",
  async (encoding) => {
    byHand();
    const file = join(folder, `${encoding}.json`);
    const resources = [{ type: "ProjectDeployToken", name: "pull", id: "acme/app:1", token: value }];
    writeFileSync(file, Buffer.from(`\ufeff${JSON.stringify({ resources })}`, encoding));
    const { code, out } = await run(["--file", file, "--yes"]);
    expect([code, JSON.parse(out).rows[0].outputs.token]).toEqual([0, secret]);
  },
);

it("names the temporary folder where the import file cannot be written", async () => {
  vi.stubEnv("TMPDIR", join(folder, "missing"));
  onTestFinished(() => void vi.unstubAllEnvs());
  const { code, err } = await run([...pull, "--yes"], { stdin: value });
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/temporary folder .*missing \(TMPDIR\) cannot be written/),
  ]);
});

it("reports that Pulumi is not on the PATH", async () => {
  const { code, err } = await run([...pull, "--yes"], { stdin: value, env: { PATH: "/nonexistent" } });
  expect([code, err]).toEqual([2, expect.stringContaining("pulumi is not on the PATH")]);
});

it("asks on a terminal without echo, and Ctrl-C cancels", async () => {
  const ask = async (typed: string) => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    let shown = "";
    const stderr = new Writable({
      write: (chunk, _encoding, done) => {
        shown += String(chunk);
        done();
      },
    });
    const answer = askHidden({ stdin, stderr, stdout: stderr, env: {} }, "Value: ");
    stdin.write(typed);
    return { answer: await answer.catch((error: Error) => error.message), shown };
  };
  expect(await ask(`${value}\r`)).toEqual({ answer: value, shown: "Value: \n" });
  expect(await ask("half\u0003")).toEqual({ answer: "Cancelled: nothing was done.", shown: "Value: \n" });
});
