/** Compiler settings that users have. */
export interface TypeScriptSettings {
  readonly name: string;
  /** As a row's head. */
  readonly title: string;
  readonly type: "commonjs" | "module";
  /** Whether Pulumi runs the source by its own loader, or the output of tsc. */
  readonly main: string;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  readonly packages: readonly string[];
}

const packages = ["typescript@5.9.3", "@types/node@20.19.43"];
const common = { target: "es2022", types: ["node"], strict: true };
const byPulumi = { type: "commonjs", main: "index.ts", packages } as const;
const byTsc = { type: "module", main: "bin/index.js", packages } as const;

export const typeScriptSettings: readonly TypeScriptSettings[] = [
  {
    name: "defaults",
    title: "Pulumi's default settings, written out; run by Pulumi's loader",
    ...byPulumi,
    compilerOptions: {
      target: "es2020",
      module: "commonjs",
      moduleResolution: "node",
      sourceMap: true,
      types: ["node"],
      outDir: "bin",
    },
  },
  {
    name: "strict",
    title: "`strict` and more, as `pulumi new typescript` writes it; run by Pulumi's loader",
    ...byPulumi,
    compilerOptions: {
      ...common,
      target: "es2020",
      module: "commonjs",
      moduleResolution: "node",
      experimentalDecorators: true,
      pretty: true,
      sourceMap: true,
      noFallthroughCasesInSwitch: true,
      noImplicitReturns: true,
      forceConsistentCasingInFileNames: true,
      outDir: "bin",
    },
  },
  {
    name: "strictest",
    title: "all strict options, `nodenext`; run by Pulumi's loader",
    ...byPulumi,
    compilerOptions: {
      ...common,
      module: "nodenext",
      moduleResolution: "nodenext",
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      noImplicitOverride: true,
      isolatedModules: true,
      outDir: "bin",
    },
  },
  {
    name: "nodenext",
    title: "`nodenext`, an ES module; compiled by tsc",
    ...byTsc,
    compilerOptions: { ...common, module: "nodenext", moduleResolution: "nodenext", outDir: "bin" },
  },
  {
    name: "bundler",
    title: "`bundler`, an ES module; compiled by tsc",
    ...byTsc,
    compilerOptions: {
      ...common,
      module: "esnext",
      moduleResolution: "bundler",
      verbatimModuleSyntax: true,
      outDir: "bin",
    },
  },
];

/** Lines that must or must not compile. Lost types, or `any`, would accept the wrong lines. */
export const typeChecks = `import type { Output } from "@pulumi/pulumi";
import { type DeployTokenArgs, type DeployTokenScope, GroupDeployToken, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

const scopes = ["read_registry", "write_registry"] as const;
const toCome = "a_scope_to_come" as DeployTokenScope;
const shared: DeployTokenArgs = { scopes: [...scopes, toCome], expiresAt: "2031-01-31" };
new GroupDeployToken("readonly", { group: "acme", scopes });
export const token: Output<string> = new ProjectDeployToken("right", { project: 1, ...shared }).token;
// @ts-expect-error: scopes is a list
new ProjectDeployToken("wrong", { project: 1, scopes: "read_registry" });
// @ts-expect-error: a typo
new ProjectDeployToken("wrong", { project: 1, scopes: ["read_registy"] });
// @ts-expect-error: texts that may be anything
new ProjectDeployToken("wrong", { project: 1, scopes: ["read_registry"] as string[] });
// @ts-expect-error: whose token?
new ProjectDeployToken("wrong", { scopes: ["read_registry"] });
// @ts-expect-error: a group's
new GroupDeployToken("wrong", { project: 1, scopes: ["read_registry"] });
// @ts-expect-error: the value is a text
export const number: Output<number> = new ProjectDeployToken("wrong", { project: 1, scopes: [] }).token;
`;
