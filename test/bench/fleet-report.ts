import { megabytes, table } from "./tables.js";

/** The usage of one command on all stacks of a fleet. */
export interface FleetMeasurement {
  readonly command: string;
  readonly tokens: number;
  readonly stacks: number;
  readonly workers: number;
  /** The number for all workers together. */
  readonly stacksAtATime: number;
  readonly seconds: number;
  /** The load of the machine, which lengthens the wall time but not the CPU time. */
  readonly load: number;
  /** Seconds of CPU time, of all processes. */
  readonly cpu: number;
  /** In MB: of all processes at once, and of the largest engine. */
  readonly memory: number;
  readonly engineMemory: number;
  /** By method. */
  readonly requests: Readonly<Record<"POST" | "GET" | "DELETE", number>>;
  /** Bytes of all states. */
  readonly states: number;
}

export function fleetTable(measurements: readonly FleetMeasurement[]): string {
  const head = ["command", "deploy tokens", "stacks", "workers", "at a time", "wall", "load", "CPU"];
  const more = ["peak memory", "largest engine", "POST", "GET", "DELETE", "states"];
  const rows = measurements.map((each) => [
    each.command,
    ...[each.tokens, each.stacks, each.workers, each.stacksAtATime].map(String),
    `${each.seconds.toFixed(1)} s`,
    each.load.toFixed(0),
    `${each.cpu.toFixed(1)} s`,
    megabytes(each.memory),
    megabytes(each.engineMemory),
    ...Object.values(each.requests).map(String),
    `${(each.states / 1e6).toFixed(2)} MB`,
  ]);
  return table([...head, ...more], rows, 1);
}

const fleet = { tokens: 300_000, cores: 8, requestsAMinute: 2_000 };

/** Scales the figures up to hundreds of thousands of deploy tokens, in stacks of the measured size. */
export function onPaper(measurements: readonly FleetMeasurement[]): string {
  const [first] = measurements;
  if (first === undefined) throw new RangeError("nothing was measured");
  const number = (value: number) => Math.round(value).toLocaleString("en");
  const all = number(fleet.tokens);
  const perStack = first.tokens / first.stacks;
  const rows = measurements.map(({ command, tokens, cpu, requests }) => {
    const sum = requests.POST + requests.GET + requests.DELETE;
    const times = fleet.tokens / tokens;
    return [
      command,
      `${Number((sum / tokens).toFixed(2))} requests, ${Math.round((cpu / tokens) * 1_000)} ms`,
      `${number(sum * times)} requests, ${((cpu * times) / 3_600).toFixed(1)} h`,
      `${number((sum * times) / fleet.requestsAMinute)} min`,
      `${number((cpu * times) / 60 / fleet.cores)} min`,
    ];
  });
  const largest = Math.max(...measurements.map(({ states }) => states)) / first.tokens;
  const head = ["", "a token: requests, CPU", `${all}: requests, CPU`];
  return [
    `${all} deploy tokens in ${number(fleet.tokens / perStack)} stacks of ${perStack}, each figure as above times ${number(fleet.tokens / first.tokens)}:`,
    table(
      [
        ...head,
        `at GitLab.com's ${number(fleet.requestsAMinute)} requests a minute`,
        `on ${fleet.cores} cores`,
      ],
      rows,
    ),
    `The states take ${(largest / 1e3).toFixed(1)} kB a token: ${((largest * fleet.tokens) / 1e9).toFixed(1)} GB in all, ${((largest * perStack) / 1e6).toFixed(2)} MB a stack.`,
  ].join("\n\n");
}
