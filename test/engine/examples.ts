import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Emulator } from "../../provider/testing/index.js";
import { tokens } from "../support/run.js";
import { cached } from "./cache.js";
import { runOrThrow } from "./command.js";
import { kubernetesPlugin } from "./kubernetes-plugin.js";
import { officialStack, restoreOfficialTokens } from "./official-provider.js";
import type { Packed } from "./package-install.js";
import type { Engine } from "./setup.js";
import type { Stack, StackOptions } from "./stack.js";

const examples = resolve(__dirname, "..", "..", "examples");

export const exampleNames = (): string[] => readdirSync(examples).sort();

/** The examples that are Pulumi programs. */
export const programNames = (): string[] =>
  exampleNames().filter((name) => /^index\./m.test(readdirSync(join(examples, name)).join("\n")));

/** An example's files, as a clone has them. */
export function exampleFiles(name: string): Record<string, string> {
  const own = (file: string) => /\.\w+$/.test(file) && !/^(node_modules|dist|README\.md)/.test(file);
  const files = readdirSync(join(examples, name), { recursive: true, encoding: "utf8" }).filter(own);
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(examples, name, file), "utf8")]));
}

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** Makes a folder with the packed package and all packages that the examples need. */
export function installExamples({ tarball }: Packed, progress: (line: string) => void): Promise<string> {
  const manifests = exampleNames().map(
    (name) => JSON.parse(readFileSync(join(examples, name, "package.json"), "utf8")) as Manifest,
  );
  const named = manifests.flatMap(({ dependencies, devDependencies }) => [
    ...Object.entries(dependencies ?? {}),
    ...Object.entries(devDependencies ?? {}),
  ]);
  // docs/testing.md uses the emulator, which needs hono.
  const packed = { "pulumi-gitlab-deploy-tokens": `file:${tarball}`, hono: "4.13.19" };
  const dependencies = { ...Object.fromEntries(named), ...packed };
  const manifest = JSON.stringify({ name: "user", private: true, dependencies });
  const key = createHash("sha256").update(manifest).digest("hex").slice(0, 16);
  return cached(`examples-${key}`, async (target) => {
    progress("Installing what the examples need ...");
    writeFileSync(join(target, "package.json"), manifest);
    const flags = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    await runOrThrow("npm", flags, { cwd: target });
  });
}

export interface Scene {
  readonly engine: Engine;
  readonly gitlab: Emulator;
  /** The second GitLab of programs that use two. */
  readonly internal: Emulator;
  readonly progress: (line: string) => void;
}

/** The requirements of an example in addition to a GitLab. */
interface Preparation {
  readonly options?: Partial<StackOptions>;
  /** Runs once the stack exists, before its first command. */
  readonly before?: (stack: Stack) => Promise<unknown>;
  /** The environment of `preview` and `up`. */
  readonly args?: readonly string[];
  /** Runs instead of preview, up and destroy. */
  readonly instead?: { readonly title: string; readonly run: (stack: Stack) => Promise<string> };
  /** Runs after an `up`. */
  readonly after?: (stack: Stack) => Promise<string>;
}

const adoptedValue = "gldt-by-hand-0000000000";

const preparations: Record<string, (scene: Scene) => Preparation | Promise<Preparation>> = {
  adopt: ({ gitlab }) => {
    const { id } = gitlab.createDeployToken({
      project: "acme/app",
      name: "cluster pull",
      scopes: ["read_registry"],
    });
    const config = { "adopt:deployTokenId": String(id) };
    return { options: { config, secrets: { "adopt:pullToken": adoptedValue } } };
  },
  "ci-variable": ({ gitlab }) => ({
    after: async (stack) => {
      const output = ["stack", "output", "variables", "--show-secrets", "--json"];
      const { stdout: input } = await stack.pulumiRun(output);
      const env = { ...process.env, GITLAB_BASE_URL: gitlab.url, GITLAB_TOKEN: tokens.owner };
      const options = { cwd: stack.folder, env, input };
      return (await runOrThrow(process.execPath, ["hand-over.mjs", "acme/tools"], options)).stdout;
    },
  }),
  "es-module": () => ({
    before: async (stack) => {
      const { code, stdout } = await stack.tool("tsc", [], {});
      if (code !== 0) throw new Error(stdout);
    },
  }),
  "kubernetes-pull-secret": async ({ progress }) => {
    if (process.env["KUBERNETES_PLUGIN"] !== "build") return kubernetesUnitTest;
    return kubernetesUp(await kubernetesPlugin(progress));
  },
  fleet: ({ gitlab }) => {
    gitlab.seed({
      groups: [{ path: "acme/payments" }, { path: "acme/search" }],
      projects: [{ path: "acme/payments/api" }, { path: "acme/search/index" }],
    });
    return { options: { name: "payments" } };
  },
  migration: ({ gitlab }) => {
    restoreOfficialTokens(gitlab);
    return {
      options: { stubPlugins: ["gitlab"] },
      before: (stack) => stack.import(officialStack("migration", stack.name)),
    };
  },
  quickstart: () => ({ options: { config: { "quickstart:project": "acme/app" } } }),
  "policy-pack": ({ engine }) => ({
    args: ["--policy-pack", "policy"],
    ...(engine.cli.source === "build" ? scriptedPolicyPack : {}),
  }),
  "several-gitlabs": ({ internal }) => ({
    options: {
      config: { "several-gitlabs:internalBaseUrl": internal.url },
      secrets: { "several-gitlabs:internalToken": tokens.owner },
    },
  }),
};

/** The timeout of the example's own unit test in seconds: the plugin of @pulumi/kubernetes takes minutes to build. */
const kubernetesUnitTest: Preparation = {
  options: { stubPlugins: ["kubernetes"] },
  instead: {
    title: "npm test",
    run: async (stack) => {
      const { code, stdout, stderr } = await stack.tool("vitest", ["run"], { NO_COLOR: "1" });
      if (code !== 0) throw new Error(`${stdout}${stderr}`);
      return stdout;
    },
  },
};

const kubernetesUp = (plugin: string): Preparation => ({
  options: { tools: [plugin] },
  after: async ({ folder }) => {
    const manifests = readdirSync(join(folder, "manifests"), { recursive: true, encoding: "utf8" });
    return manifests
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => `manifests/${file}`)
      .join("\n");
  },
});

/**
 * The language host that the tests build cannot run a policy pack. The engine also starts a pack by an analyzer
 * script that is named after the pack's runtime. That way uses the same pack, server and engine.
 */
const scriptedPolicyPack: Preparation = {
  options: { tools: [join(__dirname, "policy-analyzer")] },
  before: async (stack) => {
    stack.write({ "policy/PulumiPolicy.yaml": "runtime: script\nmain: index.ts\n" });
  },
};

export async function prepareExample(name: string, scene: Scene): Promise<Preparation> {
  return (await preparations[name]?.(scene)) ?? {};
}
