import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, inject, it } from "vitest";
import { installPackage, newestSdk, oldestSdk } from "../engine/package-install.js";
import type { Stack } from "../engine/stack.js";
import { tokenProgram } from "../support/programs.js";
import { tokens } from "../support/run.js";
import { useEmulator, writes } from "./support.js";

const engine = inject("engine");
const use = useEmulator();
// The language host that the tests build is too old to generate a program.
const generates = engine.cli.source !== "build";
const values = { pull: "gldt-by-hand-0000000000", ci: "gldt-by-hand-1111111111" };

const pullArgs = {
  project: "acme/app",
  name: "cluster pull",
  username: "cluster",
  scopes: ["read_registry", "read_repository"],
  expiresAt: "2040-01-31",
};
const byHand = () => {
  use.gitlab.createDeployToken(pullArgs);
  use.gitlab.createDeployToken({ group: "acme", name: "ci", scopes: ["read_repository"] });
};
const imported = (stack: Stack, args: readonly string[], input = "") =>
  stack.tool("pulumi-gitlab-deploy-tokens", ["import", "--yes", ...args], {}, input);
/** Puts a value into each place of the file that `audit --emit` writes. */
const emitted = async (stack: Stack, what: string, place: string, values: readonly string[]) => {
  const env = { GITLAB_BASE_URL: use.gitlab.url, GITLAB_TOKEN: tokens.owner };
  const targets = ["--project", "acme/app", "--group", "acme", "--stack", stack.name];
  const args = ["audit", ...targets, "--emit", what, "--output", "import.json"];
  const { code, stderr } = await stack.tool("pulumi-gitlab-deploy-tokens", args, env);
  expect([code, stderr]).toEqual([0, expect.stringContaining("GitLab does not give the values")]);
  const parts = readFileSync(join(stack.folder, "import.json"), "utf8").split(place);
  expect(parts).toHaveLength(values.length + 1);
  const filled = parts.map((part, index) => `${part}${values[index] ?? ""}`).join("");
  stack.write({ "import.json": filled });
};
const program = `import { GroupDeployToken, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
export const pull = new ProjectDeployToken("pull", { project: "acme/app", name: "cluster pull", username: "cluster",
  scopes: ["read_registry", "read_repository"], expiresAt: "2040-01-31" }).token;
export const ci = new GroupDeployToken("acme-ci", { group: "acme", name: "ci", scopes: ["read_repository"] }).token;
`;

let oldest: string;
beforeAll(async () => {
  oldest = await installPackage(engine.packed, oldestSdk, () => undefined);
}, 600_000);

it.each([newestSdk, oldestSdk])(
  "imports tokens with their values, after which the program changes nothing: SDK %s",
  { timeout: 600_000 },
  async (sdk) => {
    byHand();
    const below = sdk === oldestSdk ? oldest : engine.installed;
    const stack = await use.stack("", { below });
    const code = generates ? ["--out", "generated.ts"] : ["--no-generate-code"];
    const pull = await imported(
      stack,
      ["ProjectDeployToken", "pull", "acme/app:1", ...code],
      `${values.pull}\n`,
    );
    expect([pull.code, pull.stdout]).toEqual([0, expect.stringContaining("1 imported")]);
    // The stack already has the project's token.
    await emitted(stack, "import", "null", [JSON.stringify(values.ci)]);
    const ci = await imported(stack, ["--file", "import.json", "--no-generate-code"]);
    expect([ci.code, ci.stdout]).toEqual([0, expect.stringContaining("1 imported")]);
    // No value is in plain text, even before the first up.
    expect((await stack.exported()).text).not.toContain("gldt-");
    if (generates) {
      const generated = readFileSync(join(stack.folder, "generated.ts"), "utf8");
      expect(generated).toContain('from "pulumi-gitlab-deploy-tokens"');
      stack.program(`${generated}\n${program.replace(/export const pull[\s\S]*?;\n/, "")}`);
      expect((await stack.preview()).changes).toEqual({ unchanged: 3 });
    }
    stack.program(program);
    expect((await stack.preview()).changes).toEqual({ unchanged: 3 });
    expect(writes(use.gitlab)).toEqual([]);
    if (sdk === oldestSdk) return;
    await stack.up();
    expect(await stack.outputs()).toEqual(values);
    expect(writes(use.gitlab)).toEqual([]);
    // Import protects no token, so a change replaces it.
    stack.program(program.replace('name: "ci"', 'name: "ci 2"'));
    expect((await stack.up()).changes).toEqual({ replaced: 1, unchanged: 2 });
    await stack.destroy();
    expect(use.gitlab.deployTokens()).toEqual([]);
  },
);

// pulumi import reads inputs and outputs from a file since 3.254.
const takesRows = Number(engine.cli.version.split(".")[1]) >= 254;
it.runIf(takesRows)(
  "imports the file of audit --emit pulumi-import with a bare pulumi import",
  { timeout: 300_000 },
  async () => {
    byHand();
    const stack = await use.stack("");
    const quoted = Object.values(values).map((value) => JSON.stringify(JSON.stringify(value)));
    await emitted(stack, "pulumi-import", '"null"', quoted);
    const args = [
      "--file",
      "import.json",
      "--generate-code=false",
      "--protect=false",
      "--yes",
      "--skip-preview",
    ];
    const { code, stdout, stderr } = await stack.pulumiRun(["import", ...args]);
    expect([code, stdout + stderr]).toEqual([0, expect.stringContaining("2 imported")]);
    expect((await stack.exported()).text).not.toContain("gldt-");
    stack.program(program.replace('("pull"', '("acme-app-cluster-pull"'));
    expect((await stack.up()).changes).toEqual({ unchanged: 3 });
    expect(await stack.outputs()).toEqual(values);
    expect(writes(use.gitlab)).toEqual([]);
  },
);

it("adopts a token by the option import, and refuses an id that does not exist or is another token's", async () => {
  byHand();
  const importing = (id: string) => tokenProgram(pullArgs, { opts: `{ import: "${id}" }` });
  const stack = await use.stack(importing("acme/app:9"));
  expect((await stack.up({ fails: true })).output).toContain("The project acme/app has no deploy token 9.");
  stack.program(importing("acme/app:1"));
  const preview = await stack.preview();
  expect(preview.output).toContain("deploy token 1 is taken over; no new token is created");
  expect((await stack.up()).output).toContain("is imported without its value");
  expect(await stack.outputs()).toMatchObject({ id: "acme/app:1", username: "cluster" });
  const again = await stack.up();
  expect(again.changes).toEqual({ unchanged: 2 });
  use.gitlab.createDeployToken(pullArgs);
  stack.program(importing("acme/app:3"));
  expect((await stack.preview({ fails: true })).output).toContain(
    "import names deploy token 3, but this resource already has deploy token 1",
  );
  expect(writes(use.gitlab)).toEqual([]);
});

it("imports through the Provider of another GitLab, and names a token that does not exist", async () => {
  byHand();
  const stack = await use.stack(
    `import { Provider } from "pulumi-gitlab-deploy-tokens";
    import { Config } from "@pulumi/pulumi";
    new Provider("other", { baseUrl: "${use.gitlab.url}", token: new Config().requireSecret("other") });`,
    {
      config: { "gitlab:baseUrl": "http://127.0.0.1:9" },
      secrets: { "test:other": tokens.owner, "gitlab:token": "glpat-wrong" },
    },
  );
  await stack.up();
  const { rows } = await stack.exported();
  const urn = rows.find((row) => row.urn.endsWith("::other"))?.urn;
  const args = ["GroupDeployToken", "ci", "--provider", `other=${urn}`, "--no-value", "--no-generate-code"];
  const gone = await imported(stack, [...args, "acme:9"]);
  expect([gone.code, gone.stdout + gone.stderr]).toEqual([
    1,
    expect.stringContaining("The group acme has no deploy token 9."),
  ]);
  const { code, stdout, stderr } = await imported(stack, [...args, "acme:2"]);
  expect([code, stdout + stderr]).toEqual([0, expect.stringContaining("is imported without its value")]);
  expect(await stack.tokens()).toMatchObject([{ id: "acme:2", outputs: { baseUrl: use.gitlab.url } }]);
});
