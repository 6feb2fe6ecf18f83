import type { TestProject } from "vitest/node";
import { type Cli, findCli } from "./cli.js";
import { installPackage, newestSdk, type Packed, pack } from "./package-install.js";

export interface Engine {
  readonly cli: Cli;
  readonly packed: Packed;
  /** The folder in which the packed package is installed with the newest SDK. */
  readonly installed: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    engine: Engine;
  }
}

/** Prepares the CLI and the installed package once for all end-to-end tests. */
export async function setup(project: TestProject): Promise<void> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const cli = await findCli(progress);
  progress(`Pulumi ${cli.version} (${cli.source})`);
  const packed = await pack();
  const installed = await installPackage(packed, newestSdk, progress);
  project.provide("engine", { cli, packed, installed });
}
