import { readFileSync } from "node:fs";
import type { Emulator } from "./emulator.js";
import { type ProfileName, profiles } from "./profiles.js";
import { defaultSeed, type Seed } from "./seed.js";
import { start } from "./start.js";

/** The command's options as text, without their dashes. */
interface CommandOptions {
  readonly port?: string;
  readonly profile?: string;
  readonly seed?: string;
  readonly latency?: string;
  readonly clock?: string;
  readonly late?: string;
  readonly lag?: string;
  readonly repeat?: boolean;
  readonly maintenance?: boolean;
  readonly readOnly?: boolean;
  readonly delayedDeletion?: boolean;
}

/** Starts an emulator and prints how to reach it; ends it when `ended` resolves. */
export async function runEmulator(
  options: CommandOptions,
  print: (text: string) => void,
  ended: Promise<unknown>,
): Promise<void> {
  const profile = readProfile(options.profile);
  const seed = readSeed(options.seed);
  const late = readNumber("--late", options.late);
  const lag = readNumber("--lag", options.lag);
  if (options.clock !== undefined && (late !== undefined || lag !== undefined)) {
    throw new RangeError(
      "--late and --lag need a running clock, and --clock stops it; wanted: --clock without --late and --lag",
    );
  }
  const port = readNumber("--port", options.port) ?? 0;
  const emulator = await start({
    port,
    profile,
    seed,
    latency: readNumber("--latency", options.latency) ?? 0,
    delayedDeletion: options.delayedDeletion ?? false,
  }).catch((error: NodeJS.ErrnoException) => {
    if (/^(EADDRINUSE|EACCES|ERR_SOCKET_BAD_PORT)$/.test(error.code ?? "")) {
      throw new RangeError(`--port is "${port}" (${error.code}); wanted: a free port from 1024 to 65535`);
    }
    throw options.seed === undefined ? error : wrongSeed(options.seed, error);
  });
  try {
    if (options.clock !== undefined) await setClock(emulator, options.clock);
    const always = { method: "POST", times: Number.POSITIVE_INFINITY };
    if (late !== undefined) emulator.faults.add({ ...always, fault: { kind: "late", commit: late } });
    if (options.repeat) emulator.faults.add({ ...always, fault: { kind: "repeat" } });
    if (lag !== undefined) emulator.replica.lag = lag;
    emulator.modes.maintenance = options.maintenance ?? false;
    emulator.modes.readOnly = options.readOnly ?? false;
    print(description(emulator, seed, profiles[profile].version));
    await ended;
  } finally {
    await emulator.close();
  }
}

async function setClock({ clock }: Emulator, date: string): Promise<void> {
  if (Number.isNaN(Date.parse(date))) {
    throw new RangeError(`--clock is "${date}"; wanted: a date such as 2030-01-31`);
  }
  await clock.set(date);
}

function description({ url, store }: Emulator, seed: Seed, version: string): string {
  const tokens = [...store.accessTokens.values()];
  const usable = tokens.filter(({ scopes, state }) => state === "active" && scopes.includes("api"));
  // Not an administrator, who sees more than a stack's user usually does.
  const chosen = usable.find(({ user }) => !user.admin) ?? usable[0];
  const list = tokens.map(({ value, user, scopes, state }) => {
    const role = user.admin ? " (administrator)" : "";
    return `  ${value}  ${user.username}${role}, ${scopes.join(" ")}, ${state}`;
  });
  return [
    `GitLab emulator, version ${version}. Press Ctrl-C to stop it. Paste into another terminal:`,
    "",
    `export GITLAB_BASE_URL=${url}`,
    ...(chosen === undefined ? [] : [`export GITLAB_TOKEN=${chosen.value}`]),
    "",
    "Access tokens, groups and projects:",
    ...list,
    ...(seed.groups ?? []).map(({ path }) => `  group    ${path}`),
    ...(seed.projects ?? []).map(({ path }) => `  project  ${path}`),
    "",
  ].join("\n");
}

function readProfile(given = "latest"): ProfileName {
  if (Object.hasOwn(profiles, given)) return given as ProfileName;
  throw new RangeError(`--profile is "${given}"; wanted: ${Object.keys(profiles).join(", ")}`);
}

function readNumber(option: string, given: string | undefined): number | undefined {
  if (given === undefined || /^\d{1,7}$/.test(given)) return given === undefined ? undefined : Number(given);
  throw new RangeError(`${option} is "${given}"; wanted: a whole number`);
}

function readSeed(file: string | undefined): Seed {
  if (file === undefined) return defaultSeed;
  try {
    const seed: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof seed === "object" && seed !== null && !Array.isArray(seed)) return seed;
    throw new TypeError("not an object");
  } catch (error) {
    throw wrongSeed(file, error as Error);
  }
}

function wrongSeed(file: string, { message }: Error): RangeError {
  return new RangeError(
    `--seed is "${file}"; wanted: a JSON file with users, groups and projects (${message})`,
  );
}
