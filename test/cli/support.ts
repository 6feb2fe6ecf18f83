import { Readable, Writable } from "node:stream";
import { main } from "../../provider/cli/main.js";
import type { Emulator } from "../../provider/testing/index.js";
import { tokens } from "../support/run.js";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunCli {
  readonly token?: string;
  readonly stdin?: string | Buffer;
  /** Whether the command runs on a terminal, where a person can answer. */
  readonly isTTY?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** The time of the emulator and of the command. */
export const now = "2026-11-24T12:00:00.000Z";

/** Two streams that collect what a command writes. */
export function capture() {
  const written = { out: "", err: "" };
  const into = (name: keyof typeof written) =>
    new Writable({
      write: (chunk, _, done) => {
        written[name] += String(chunk);
        done();
      },
    });
  return { written, stdout: into("out"), stderr: into("err") };
}

export async function cli(gitlab: Emulator, args: readonly string[], options: RunCli = {}): Promise<Ran> {
  const { written, ...streams } = capture();
  const stdin = Object.assign(Readable.from([options.stdin ?? ""]), { isTTY: options.isTTY ?? false });
  const env = {
    PATH: process.env["PATH"],
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: options.token ?? tokens.owner,
    GITLAB_RETRIES: "1",
    GITLAB_TESTING_TIME: now,
    ...options.env,
  };
  const stderr = Object.assign(streams.stderr, { isTTY: options.isTTY ?? false });
  const { columns } = options;
  const stdout = Object.assign(streams.stdout, columns === undefined ? {} : { columns });
  const code = await main(args, { stdin, stdout, stderr, env });
  return { code, ...written };
}

/** A resource of a stack, as `pulumi stack export` writes it. */
export function row(kind: "project" | "group", owner: string, id: number, more: object = {}) {
  const Class = kind === "project" ? "ProjectDeployToken" : "GroupDeployToken";
  return {
    urn: `urn:pulumi:dev::shop::pulumi-nodejs:dynamic/gitlab:${Class}::t${id}`,
    type: `pulumi-nodejs:dynamic/gitlab:${Class}`,
    id: `${owner}:${id}`,
    outputs: { [kind]: owner, name: `t${id}`, scopes: ["read_registry"] },
    ...more,
  };
}

export function exported(...resources: object[]): string {
  const stack = { urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", type: "pulumi:pulumi:Stack" };
  return JSON.stringify({ version: 3, deployment: { resources: [stack, ...resources] } });
}
