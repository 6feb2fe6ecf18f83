import { cpSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Engine } from "../engine/setup.js";
import { Stack, type StackOptions } from "../engine/stack.js";
import { accessToken } from "./gitlab.js";
import type { Side } from "./measurement.js";
import { programEnvironment, type Scenario } from "./subject.js";

const fixture = (file: string) => readFileSync(join(__dirname, "fixtures", file), "utf8");

/** The official provider, if the machine has it. */
export interface Official {
  /** The folder with `pulumi-resource-gitlab`. */
  readonly plugin: string;
  /** The folder of the package `@pulumi/gitlab`. */
  readonly sdk: string;
}

export interface Tools {
  readonly engine: Engine;
  readonly official: Official | undefined;
  /** The floor's `shape.json`. */
  readonly shape: string;
}

export type PulumiSide = Exclude<Side, "plain">;

const ourPackage = "pulumi-gitlab-deploy-tokens";
/** A name of the same length, so that the floor's provider text is as long as this package's. */
const floorPackage = ourPackage.replace(/[a-z]/g, "x");

/** Makes a stack with one side's program. */
export async function createStack(
  side: PulumiSide,
  { engine, official, shape }: Tools,
  scenario: Scenario,
  url: string,
  more: Pick<StackOptions, "node"> = {},
): Promise<Stack> {
  const program = { "index.ts": fixture(`${side}.ts`) };
  const files: Record<PulumiSide, Record<string, string>> = {
    ours: program,
    usual: program,
    official: program,
    floor: {
      ...program,
      "shape.json": shape,
      [`node_modules/${floorPackage}/lifecycle.js`]: fixture("floor-lifecycle.cjs"),
    },
  };
  const { folder } = engine.cli;
  const path = [official?.plugin, folder, dirname(process.execPath), process.env["PATH"]];
  const stack = await Stack.create(engine, {
    ...more,
    program: files[side],
    config: { "gitlab:baseUrl": side === "official" ? `${url}/api/v4` : url },
    secrets: { "gitlab:token": accessToken },
    env: {
      ...programEnvironment(side, scenario, 1),
      BENCH_LATENCY: String(scenario.latency),
      ...(side === "official" ? { PATH: path.filter(Boolean).join(delimiter) } : {}),
    },
  });
  // A copy finds the same @pulumi/pulumi as the other sides.
  if (side === "official" && official !== undefined) {
    cpSync(official.sdk, join(stack.folder, "node_modules", "@pulumi", "gitlab"), { recursive: true });
  }
  return stack;
}

/** Returns a resource that this package created: the floor registers and returns the same. */
export async function shapeOf(stack: Stack): Promise<string> {
  await stack.up();
  const [row] = await stack.tokens();
  if (row?.inputs === undefined || row.outputs === undefined)
    throw new Error("the state has no deploy token");
  const { __provider: text, ...inputs } = row.inputs;
  const { __provider: _, ...outputs } = row.outputs;
  const provider = String(text).replaceAll(ourPackage, floorPackage);
  // The state has the value encrypted. This one is as long as GitLab's.
  const token = "x".repeat("gldt-".length + 20);
  return JSON.stringify({ inputs, outputs: { ...outputs, token }, provider });
}
