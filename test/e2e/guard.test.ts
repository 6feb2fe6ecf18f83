import { expect, inject, it } from "vitest";
import type { Emulator } from "../../provider/testing/index.js";
import { run } from "../engine/command.js";
import { bytesOf } from "../engine/stack.js";
import { tarballLimit } from "../package/checks.js";
import { paths } from "../support/run.js";
import { useEmulator } from "./support.js";

/**
 * Limits of what a user waits for and pays, as far as it is stable: requests, bytes and loaded modules.
 * docs/performance.md has the times.
 */
const engine = inject("engine");
const use = useEmulator();

/** The number of tokens in each project. */
const program = (projects: Readonly<Record<string, number>>) => `
import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

for (const [project, count] of Object.entries(${JSON.stringify(projects)})) {
  for (let i = 0; i < count; i++) {
    new ProjectDeployToken(\`\${project}-\${i}\`, {
      project,
      name: \`pull \${i}\`,
      scopes: ["read_registry", "read_repository"],
    });
  }
}
`;

function kinds({ requests }: Emulator): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const { method, path } of requests) {
    const [, owner, id] = /^\/api\/v4\/projects\/[^/?]+(\/deploy_tokens(?:\/(\d+))?)?/.exec(path) ?? [];
    const what = owner === undefined ? "owner" : id === undefined ? "list" : "token";
    const kind = method === "GET" ? `GET ${what}` : method;
    counted[kind] = (counted[kind] ?? 0) + 1;
  }
  return counted;
}

const sum = (counted: Record<string, number>) => Object.values(counted).reduce((all, one) => all + one, 0);

it("requests by command and kind: 24 tokens of two projects, whose lists have two pages each", async () => {
  const { gitlab } = use;
  gitlab.seed({ projects: [{ path: "acme/full" }] });
  const others = (project: string, count: number) => {
    for (let i = 0; i < count; i++) {
      gitlab.createDeployToken({ project, name: `other ${i}`, scopes: ["read_registry"] });
    }
  };
  // This stack's tokens are on the second page of this list, and on the first of the other.
  others("acme/full", 120);
  const stack = await use.stack(program({ "acme/app": 16, "acme/full": 8 }));
  const counted: Record<string, Record<string, number>> = {};
  const lists: string[] = [];
  const count = async (
    what: string,
    command: () => Promise<{ readonly changes: object }>,
    changes: object,
  ) => {
    gitlab.clearRequests();
    expect((await command()).changes).toEqual(changes);
    counted[what] = kinds(gitlab);
    lists.push(what, ...paths(gitlab).filter((path) => path.includes("per_page")));
  };
  await count("first preview", () => stack.preview(), { created: 25 });
  await count("first up", () => stack.up(), { created: 25 });
  await count("preview", () => stack.preview(), { unchanged: 25 });
  await count("no-change up", () => stack.up(), { unchanged: 25 });
  others("acme/app", 184);
  others("acme/full", 72);
  await count("refresh", () => stack.refresh(), { unchanged: 25 });
  const rows = await stack.tokens();
  await count("destroy", () => stack.destroy(), { deleted: 25 });
  process.stdout.write(`requests: ${JSON.stringify(counted)}\n`);
  const { refresh = {}, destroy = {}, "first up": firstUp = {}, ...exact } = counted;
  expect(exact, lists.join("\n")).toEqual({
    "first preview": {},
    preview: {},
    "no-change up": {},
  });
  // The reads are the owner's numeric id and the end of its list, which is another page above 100 tokens. The
  // provider reads the end again before a POST that follows the last response by more than a second.
  expect(firstUp).toMatchObject({ "GET owner": 2, POST: 24 });
  expect(firstUp["GET list"]).toBeGreaterThanOrEqual(3);
  expect(firstUp["GET list"]).toBeLessThanOrEqual(3 + 4);
  // Each token is compared with the state before its deletion, by reads that are shared as in a refresh.
  const { DELETE: deletions, ...reads } = destroy;
  expect(deletions).toBe(24);
  expect(sum(reads)).toBeLessThanOrEqual(2 + 400 / 100);
  // The smaller of N and P + M/100, for 2 owners with 400 tokens in all.
  expect(sum(refresh)).toBeLessThanOrEqual(2 + 400 / 100);

  const bytes = rows.map(bytesOf);
  process.stdout.write(`state per token: ${Math.max(...bytes)} bytes at most (compact JSON)\n`);
  expect(rows).toHaveLength(24);
  expect(Math.max(...bytes)).toBeLessThanOrEqual(1_800);
});

it("the package is small, and a program that loads it loads little more than Pulumi's SDK", async () => {
  expect(engine.packed.size).toBeLessThanOrEqual(tarballLimit);
  const loaded = async (first: string, then: string): Promise<string[]> => {
    const script = `require(${JSON.stringify(first)});
      const before = new Set(Object.keys(require.cache));
      require(${JSON.stringify(then)});
      console.log(JSON.stringify(Object.keys(require.cache).filter((file) => !before.has(file))));`;
    const { stdout, stderr, code } = await run(process.execPath, ["-e", script], {
      cwd: engine.installed,
      env: { PATH: process.env["PATH"] },
    });
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as string[];
  };
  const others = (files: readonly string[]) =>
    files.filter((file) => !file.includes("/node_modules/pulumi-gitlab-deploy-tokens/dist/"));
  const program = await loaded("@pulumi/pulumi", "pulumi-gitlab-deploy-tokens");
  // The SDK of the provider's process loads more of Pulumi's modules.
  const provider = await loaded("@pulumi/pulumi", "pulumi-gitlab-deploy-tokens/lifecycle");
  process.stdout.write(
    `tarball: ${engine.packed.size} bytes; modules: ${program.length} for a program, ${provider.length} for a provider\n`,
  );
  expect(others(program)).toEqual([]);
  expect(others(provider)).toEqual([]);
  // Each helper is a small module.
  expect(program.length).toBeLessThanOrEqual(60);
  // A preview checks keys, scopes and settings, each in its own module.
  expect(provider.length).toBeLessThanOrEqual(36);
});
