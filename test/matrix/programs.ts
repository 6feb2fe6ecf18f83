import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type TypeScriptSettings, typeChecks, typeScriptSettings } from "./typescript-settings.js";

/** A kind of program that uses the package. */
export interface TrialProgram {
  readonly name: string;
  /** The head of its row. */
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  /** Fields of package.json. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The packages that its author installs in addition to this package and the SDK. */
  readonly packages?: readonly string[];
  /** Whether `tsc` checks it before it runs, and compiles it if its settings say so. */
  readonly compile?: boolean;
  /** Whether only this package is installed. */
  readonly alone?: boolean;
  /** The package manager, if it is not npm. */
  readonly manager?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** The command that must be on the PATH. */
  readonly needs?: readonly string[];
  /** Pulumi's runtime, if it is not nodejs. */
  readonly runtime?: string;
  /** Pulumi's error if Pulumi itself cannot run the program, before any code of the package runs. */
  readonly refusedByPulumi?: RegExp;
}

const body = `const pull = new ProjectDeployToken("pull", { project: "acme/app", scopes: ["read_registry"] });
const ci = new RotatingGroupDeployToken("ci", {
  group: "acme",
  scopes: ["read_package_registry"],
  rotateEveryDays: 90,
});
const lookup = getProjectDeployTokenOutput({ project: "acme/app", deployTokenId: pull.deployTokenId });
`;
const names = "getProjectDeployTokenOutput, ProjectDeployToken, RotatingGroupDeployToken";

const commonjsProgram = `const { ${names} } = require("pulumi-gitlab-deploy-tokens");

${body}
exports.token = pull.token;
exports.ciToken = ci.token;
exports.seen = lookup.name;
exports.node = process.versions.node;
`;

/** The same as an ES module, which the strictest TypeScript settings also accept. */
const moduleProgram = `import { ${names} } from "pulumi-gitlab-deploy-tokens";

${body}
export const token = pull.token;
export const ciToken = ci.token;
export const seen = lookup.name;
export const node = process.versions.node;
`;

const root = resolve(__dirname, "..", "..");
const readme = () => /```ts\n(.*?)```/s.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";

function typeScript({
  name,
  title,
  type,
  main,
  compilerOptions,
  packages,
}: TypeScriptSettings): TrialProgram {
  return {
    name: `typescript-${name}`,
    title: `TypeScript, ${title}`,
    files: {
      "index.ts": moduleProgram,
      "types.ts": typeChecks,
      "tsconfig.json": JSON.stringify({ compilerOptions, files: ["index.ts", "types.ts"] }, undefined, 2),
    },
    fields: { type, main },
    packages,
    compile: true,
  };
}

export const commonjs: TrialProgram = {
  name: "commonjs",
  title: "CommonJS",
  files: { "index.js": commonjsProgram },
};

/** All kinds except the first. */
export const otherPrograms: readonly TrialProgram[] = [
  {
    name: "readme",
    title: "README's program, nothing installed but this package: TypeScript by Pulumi's defaults",
    files: { "index.ts": readme() },
    alone: true,
  },
  {
    name: "module",
    title: "ES module",
    files: { "index.js": moduleProgram },
    fields: { type: "module", main: "index.js" },
  },
  ...typeScriptSettings.map(typeScript),
  {
    name: "bun",
    title: "Bun as the program's runtime",
    files: { "index.ts": moduleProgram },
    fields: { type: "module", main: "index.ts" },
    needs: ["pulumi-language-bun", "bun"],
    runtime: "bun",
  },
  {
    name: "pnp",
    title: "yarn 4 with its default, Plug'n'Play",
    files: { "index.js": commonjsProgram },
    manager: "yarn-4",
    settings: { ".yarnrc.yml": "enableTelemetry: false\n" },
    refusedByPulumi: /Pulumi SDK has not been installed/,
  },
];
