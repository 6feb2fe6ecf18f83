import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type ProfileName, profiles } from "./profiles.js";
import { defaultSeed, type Seed } from "./seed.js";
import { start } from "./start.js";

const help = `npm run emulator -- [options]

A stand-in for GitLab's deploy-token API on 127.0.0.1, until Ctrl-C.

  --port NUMBER      default: any free one
  --profile VERSION  ${Object.keys(profiles).join(", ")}; default: latest
  --seed FILE.json   users, groups and projects; default: a company with an access token for each role
  --latency MS       how long each answer takes at least, in milliseconds; default: 0
  --clock INSTANT    stop the clock there; default: real time
  --help
`;

/** The emulator as a command; resolves with the exit code once it has ended. */
export async function main(args: readonly string[], print: (text: string) => void): Promise<number> {
  const text = { type: "string" } as const;
  const options = {
    port: text,
    profile: text,
    seed: text,
    clock: text,
    latency: text,
    help: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) {
    print(help);
    return 0;
  }
  const { profile = "latest", port = "0", latency = "0" } = values;
  if (!(profile in profiles))
    throw new RangeError(`--profile is "${profile}"; wanted: ${Object.keys(profiles).join(", ")}`);
  if (!/^\d{1,5}$/.test(port)) throw new RangeError(`--port is "${port}"; wanted: a number`);
  if (!/^\d{1,6}$/.test(latency)) {
    throw new RangeError(`--latency is "${latency}"; wanted: a number of milliseconds`);
  }
  const seed: Seed =
    values.seed === undefined ? defaultSeed : (JSON.parse(readFileSync(values.seed, "utf8")) as Seed);
  const emulator = await start({
    port: Number(port),
    profile: profile as ProfileName,
    seed,
    latency: Number(latency),
  });
  if (values.clock !== undefined) emulator.clock.set(values.clock);
  print(`GitLab's stand-in (${profiles[profile as ProfileName].version}) runs at ${emulator.url}\n`);
  for (const { username, admin, tokens = [] } of seed.users ?? []) {
    for (const { value, scopes = ["api"], state = "active" } of tokens) {
      print(`  ${value}  ${username}${admin ? " (administrator)" : ""}, ${scopes.join(" ")}, ${state}\n`);
    }
  }
  for (const { path } of seed.groups ?? []) print(`  group    ${path}\n`);
  for (const { path } of seed.projects ?? []) print(`  project  ${path}\n`);
  await new Promise((ended) => {
    process.once("SIGINT", ended);
    process.once("SIGTERM", ended);
  });
  await emulator.close();
  return 0;
}

/* v8 ignore start -- the process itself, run by test/testing/cli.test.ts */
if (require.main === module) {
  main(process.argv.slice(2), (text) => void process.stdout.write(text)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(2);
    },
  );
}
/* v8 ignore stop */
