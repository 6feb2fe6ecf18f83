import { deployTokenProvider } from "../../provider/lifecycle/index.js";
import { Session, type SessionOptions } from "../../provider/lifecycle/run/session.js";
import type { Emulator } from "../../provider/testing/index.js";
import { SkippedTime } from "./time.js";

export const tokens = {
  administrator: "glpat-administrator-0001",
  owner: "glpat-owner-0000000001",
  readApi: "glpat-owner-read-api-01",
  readUser: "glpat-owner-read-user-1",
  expired: "glpat-owner-expired-001",
  revoked: "glpat-owner-revoked-001",
  maintainer: "glpat-maintainer-00001",
  developer: "glpat-developer-000001",
  outsider: "glpat-outsider-0000001",
  blocked: "glpat-blocked-00000001",
} as const;

export interface RunOptions extends Partial<Omit<SessionOptions, "log">> {
  readonly token?: string;
  readonly config?: Record<string, string>;
  /** Collects the messages. @default a new list */
  readonly messages?: string[];
}

/** Starts the lifecycle for an emulator, like one run of the provider's process. */
export async function run(emulator: Pick<Emulator, "url">, options: RunOptions = {}) {
  const { token = tokens.owner, config: more = {}, messages = [], ...rest } = options;
  const log = {
    info: (message: string) => void messages.push(`info: ${message}`),
    warn: (message: string) => void messages.push(`warning: ${message}`),
  };
  const session = new Session({ env: {}, time: new SkippedTime(), ...rest, log });
  const config: Record<string, string> = {
    "gitlab:baseUrl": emulator.url,
    "gitlab:token": token,
    "gitlab:retries": "2",
    ...more,
  };
  const request = {
    config: { get: (key: string) => config[key], require: (key: string) => String(config[key]) },
  };
  const project = deployTokenProvider("project", session);
  const group = deployTokenProvider("group", session);
  await project.configure(request);
  return { project, group, messages, session };
}

/** The state as the engine sends it back: with unwrapped secrets and the reference. */
export function unwrapped(outs: unknown): Record<string, unknown> {
  const { token, ...rest } = outs as Record<string, unknown>;
  const secret = token as { value?: string } | undefined;
  return {
    ...rest,
    __provider: "reference",
    ...(secret === undefined ? {} : { token: secret.value ?? secret }),
  };
}

export const paths = (emulator: Emulator) =>
  emulator.requests.map(({ method, path }) => `${method} ${path.slice(7)}`);
