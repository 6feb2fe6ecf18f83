import { cpus } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { exitAfter } from "../engine/exit.js";
import { sides } from "./measurement.js";
import { type BenchOptions, bench } from "./run.js";

const list = (names: readonly string[]) => (value: string) => {
  const parts = value.split(",");
  const wrong = parts.find((part) => !names.includes(part));
  if (wrong !== undefined) throw new InvalidArgumentError(`unknown "${wrong}"; wanted: ${names.join(", ")}.`);
  return parts;
};
const counts = (least: number) => (value: string) => {
  const parts = value.split(",").map(Number);
  if (parts.some((part) => !Number.isInteger(part) || part < least)) {
    throw new InvalidArgumentError(`Wanted: whole numbers from ${least} on, such as 1,100,200.`);
  }
  return parts;
};
const count = (value: string) => {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("Wanted: a whole number from 1 on.");
  return number;
};

interface Flags extends Omit<BenchOptions, "tokens" | "rounds" | "latencies" | "official"> {
  readonly n?: number[];
  readonly rounds?: number;
  readonly latency?: number[];
  readonly full?: boolean;
  readonly officialPlugin?: string;
  readonly officialSdk?: string;
}

const command = new Command("npm run bench --")
  .description(
    [
      "Measures this package on the real Pulumi CLI against an emulator of GitLab: ours; floor, a dynamic resource that does nothing; usual, the same resource as Pulumi's guide shows; plain, the same requests by @gitbeaker/rest.",
      "About 25 minutes on two quiet cores; nothing else should run. Linux only: processes are measured by /proc.",
      "What was measured is kept from the first figure on, also when it is stopped (Ctrl-C): --continue takes it up.",
    ].join("\n\n"),
  )
  .option("--full", "500 and 1,000 tokens too: an hour and a half more")
  .option("--n <numbers>", "numbers of tokens (default: 1,100,200)", counts(1))
  .option("--rounds <number>", "how often everything is measured (default: 3)", count)
  .option(
    "--repeat <number>",
    "how often in each round what changes nothing is measured: preview, up without a change, refresh",
    count,
    1,
  )
  .option("--latency <milliseconds>", "of the emulator (default: 0,50)", counts(0))
  .option("--parallel <number>", "given to each command", count, 4 * cpus().length)
  .option(
    "--only <names>",
    `of ${sides.join(", ")}, loading, rate-limit`,
    list([...sides, "loading", "rate-limit"]),
  )
  .option("--continue <file>", "take up the figures of a run that was stopped, or add to one that was not")
  .option("--compile-cache", "instead: one token on Node.js 22, without and with NODE_COMPILE_CACHE")
  .option(
    "--profile",
    "instead: whose code takes the provider's CPU time, where a command is above the floor",
  )
  .option("--official-plugin <folder>", "with pulumi-resource-gitlab: the official provider as one more side")
  .option("--official-sdk <folder>", "of its package @pulumi/gitlab");

command.action(async (flags: Flags) => {
  const { n, rounds, latency, full, officialPlugin, officialSdk, ...rest } = flags;
  if ((officialPlugin === undefined) !== (officialSdk === undefined)) {
    command.error("error: --official-plugin and --official-sdk are needed together");
  }
  const usual = [1, 100, 200, ...(full ? [500, 1000] : [])];
  process.exitCode = await bench({
    ...rest,
    tokens: n ?? usual,
    rounds: rounds ?? 3,
    latencies: latency ?? [0, 50],
    official:
      officialPlugin === undefined || officialSdk === undefined
        ? undefined
        : { plugin: officialPlugin, sdk: officialSdk },
  });
});
exitAfter(command.parseAsync());
