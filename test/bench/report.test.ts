import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { documentFile, withSection } from "./document.js";
import { Figures } from "./figures.js";
import { type FleetMeasurement, fleetTable, onPaper } from "./fleet-report.js";
import { goals } from "./goals.js";
import type { Measurement, Operation, Side } from "./measurement.js";
import { lastPeriod, scaledLimit } from "./rate-limit.js";
import { report, shown } from "./report.js";
import { isMeasured, ownersOf, plan } from "./rounds.js";
import { roleOf } from "./sampler.js";
import { median, ratio } from "./statistics.js";

const usage = { cpu: 1, memory: 100 };
const used = { engine: usage, program: usage, provider: usage };

function measured(
  side: Side,
  operation: Operation,
  seconds: number,
  more: Partial<Measurement> = {},
): Measurement {
  const tokens = more.tokens ?? 200;
  return {
    kind: "operation",
    side,
    operation,
    tokens,
    owners: ownersOf(tokens),
    latency: 0,
    parallel: 8,
    round: 1,
    seconds,
    usage: used,
    requests: {},
    state: { bytes: 1_000 * tokens, perToken: 1_000 },
    ...more,
  };
}

const goal = (what: string, ...figures: Measurement[]) =>
  goals(new Figures(figures)).find((each) => each.what === what);

describe("statistics", () => {
  it("takes the middle value, or the mean of the two in the middle", () => {
    expect(median([9])).toBe(9);
    expect(median([9, 1, 4])).toBe(4);
    expect(median([10, 1, 2, 9])).toBe(5.5);
    expect(() => median([])).toThrow("no values");
  });

  it("divides the medians of the rounds that both sides have, and gives the spread of the rounds' own ratios", () => {
    const ours = new Map(Object.entries({ a: 12, b: 10, c: 15, d: 1000 }));
    const floor = new Map(Object.entries({ a: 10, b: 10, c: 12 }));
    expect(ratio(ours, floor)).toEqual({ value: 12 / 10, least: 1, greatest: 15 / 12 });
    expect(ratio(ours, new Map())).toBeUndefined();
  });
});

describe("goals", () => {
  it("are met at the limit, not met above it, and not measured where a side is missing", () => {
    const what = "first `up`, 200 tokens";
    expect(goal(what, measured("ours", "up", 11), measured("floor", "up", 10))).toMatchObject({
      measured: "1.100 (1.10 to 1.10)",
      met: true,
    });
    expect(goal(what, measured("ours", "up", 11.01), measured("floor", "up", 10))?.met).toBe(false);
    expect(goal(what, measured("ours", "up", 11))).toMatchObject({ measured: undefined, met: undefined });
  });

  it("hold a command with latency to the floor with the same latency", () => {
    const late = { latency: 50 };
    const met = goal(
      "first `up`, 200 tokens, 50 ms of latency",
      measured("ours", "up", 30),
      measured("floor", "up", 10),
      measured("ours", "up", 15, late),
      measured("floor", "up", 15, late),
    );
    expect(met).toMatchObject({ measured: "1.000 (1.00 to 1.00)", met: true });
  });

  it.each([
    ["as wanted", { post: 200, get: 20 }, true],
    ["one GET too many", { post: 200, get: 21 }, false],
    ["one POST too many", { post: 201, get: 20 }, false],
  ])("count the requests of a first `up`: %s", (_what, { post, get }, met) => {
    const requests = { "POST /projects/:id/deploy_tokens": post, "GET /projects/:id": get };
    expect(goal("requests of first `up`, 200 tokens", measured("ours", "up", 1, { requests }))?.met).toBe(
      met,
    );
  });

  it("count each request of a refresh, and those that are for authentication", () => {
    const what = "requests of `refresh`, 200 tokens";
    const reads = (count: number) =>
      measured("ours", "refresh", 1, { requests: { "GET /projects/:id/deploy_tokens": count } });
    // 10 projects with 200 tokens in all.
    expect(goal(what, reads(12))?.met).toBe(true);
    expect(goal(what, reads(13))?.met).toBe(false);
    const authentication = "requests of any command, for authentication, 200 tokens";
    expect(goal(authentication, reads(12))?.met).toBe(true);
    const user = measured("ours", "refresh", 1, { requests: { "GET /user": 1 } });
    expect(goal(authentication, user)).toMatchObject({ measured: "1", met: false });
  });

  it("use the round with the most requests, not the median, if no single round may exceed the limit", () => {
    const state = (perToken: number, round: number) =>
      measured("ours", "up", 1, { round, state: { bytes: 1, perToken } });
    const found = goal("state of a token, 200 tokens", state(1_700, 1), state(1_801, 2), state(1_700, 3));
    expect(found).toMatchObject({ measured: "1801 bytes", met: false });
  });
});

describe("the document", () => {
  it("replaces the section between its marks each time, and keeps everything else", () => {
    const text = readFileSync(documentFile, "utf8");
    for (const command of ["npm run bench", "npm run bench:fleet", "npm run bench:audit"]) {
      const once = withSection(text, command, "Figures.");
      expect(once).toContain(`<!-- ${command} -->\n\nFigures.\n\n<!-- end -->`);
      expect(withSection(once, command, "Figures.")).toBe(once);
      const parts = (whole: string) => whole.split(`<!-- ${command} -->`);
      expect(parts(once)[0]).toBe(parts(text)[0]);
      const rest = (whole: string) => parts(whole)[1]?.split("<!-- end -->").slice(1);
      expect(rest(once)).toEqual(rest(text));
    }
    expect(() => withSection(text, "npm run other", "x")).toThrow("<!-- npm run other -->");
  });

  it("names the process that takes the time above a goal", () => {
    const slow = { ...used, provider: { cpu: 3.5, memory: 100 } };
    const figures = new Figures([
      measured("ours", "destroy", 5, { usage: slow }),
      measured("floor", "destroy", 2),
      measured("ours", "up", 2),
      measured("floor", "up", 2),
    ]);
    const lines = report(figures, "A machine.").match(/^- .*$/gm);
    expect(lines).toEqual([
      "- `destroy`, 200 tokens: CPU time beyond the floor's is 0.00 s in the engine, 0.00 s in the program, 2.50 s in the provider.",
    ]);
  });

  it("shows the figures of a run that was stopped", () => {
    const figures = new Figures([
      measured("ours", "up", 5, { tokens: 100 }),
      measured("floor", "up", 4, { tokens: 100 }),
      measured("ours", "up", 9),
    ]);
    expect(shown(figures)).toBe(100);
    const text = report(figures, "A machine.");
    expect(text).toContain("| first `up` | 100 | none | 5.00 s | 1.25 (1.25 to 1.25) | 4.00 s |");
    expect(text).toContain("| first `up` | 200 | none | 9.00 s | – | – |");
    expect(report(new Figures([]), "A machine.")).toContain("not measured");
  });
});

describe("a run", () => {
  const options = {
    tokens: [200, 1, 1000],
    latencies: [0, 50],
    rounds: 2,
    repeat: 1,
    sides: ["ours", "floor", "usual"] as const,
    parallel: 8,
    usualUpTo: 200,
  };

  it("measures everything in each round, commands without requests only without latency, the usual way only in small stacks", () => {
    const turns = plan(options);
    expect(turns.map(({ round, scenario }) => [round, scenario.latency, scenario.tokens])).toEqual(
      [1, 2].flatMap((round) => [0, 50].flatMap((latency) => [1, 200, 1000].map((n) => [round, latency, n]))),
    );
    expect(turns.filter(({ sides }) => sides.includes("usual")).map(({ scenario }) => scenario)).toEqual(
      [1, 200, 1, 200].map((tokens) => ({ tokens, owners: ownersOf(tokens), latency: 0, parallel: 8 })),
    );
    expect(turns.find(({ scenario }) => scenario.latency > 0)?.operations).toEqual([
      "up",
      "refresh",
      "destroy",
    ]);
  });

  it("continues a run that was stopped, and replaces the figures that it measures again", () => {
    const turn = { ...plan(options)[0], operations: ["up", "destroy"], sides: ["ours"] } as never;
    const first = [measured("ours", "up", 1, { tokens: 1 })];
    expect(isMeasured(turn, first)).toBe(false);
    expect(isMeasured(turn, [...first, measured("ours", "destroy", 1, { tokens: 1 })])).toBe(true);
    const again = [...first, measured("ours", "up", 3, { tokens: 1 })];
    expect(new Figures(again).seconds("ours", "up", 1)).toBe(3);
  });

  it("counts each repetition in a round, and compares it with the floor's own", () => {
    const repeated = (side: Side, ...seconds: number[]) =>
      seconds.map((each, index) => measured(side, "refresh", each, { repetition: index + 1 }));
    const figures = new Figures([...repeated("ours", 3, 9, 4), ...repeated("floor", 2, 3)]);
    expect(figures.of("ours", "refresh", 200)).toHaveLength(3);
    expect(figures.toFloor("refresh", 200)).toEqual({ value: 6 / 2.5, least: 1.5, greatest: 3 });
    expect(report(figures, "A machine.")).toContain(
      "in some of which what changes nothing was measured 3 times",
    );
  });

  it("knows each process by its command", () => {
    expect(roleOf("/x/pulumi-language-nodejs 127.0.0.1:1")).toBe("program");
    expect(roleOf("node /x/@pulumi/pulumi/cmd/run --monitor=1")).toBe("program");
    expect(roleOf("node /x/@pulumi/pulumi/cmd/dynamic-provider 127.0.0.1:1")).toBe("provider");
    expect(roleOf("/x/pulumi-resource-gitlab 127.0.0.1:1")).toBe("provider");
    expect(roleOf("/x/pulumi up --yes")).toBe("engine");
  });
});

describe("a rate limit", () => {
  it("allows the last request in the period that is left for it", () => {
    // Periods of 5 s; the first request comes in the middle of one.
    expect(lastPeriod(12_500, 50, 50, 5)).toBe(12_500);
    expect(lastPeriod(12_500, 51, 50, 5)).toBe(15_000);
    expect(lastPeriod(12_500, 220, 50, 5)).toBe(30_000);
    const { limit, period } = scaledLimit(200);
    expect([limit, period]).toEqual([2_000 / 40, 60 / 12]);
  });
});

describe("a fleet", () => {
  const up: FleetMeasurement = {
    command: "first `up`",
    tokens: 500,
    stacks: 5,
    workers: 2,
    stacksAtATime: 4,
    seconds: 20,
    load: 3,
    cpu: 25,
    memory: 1_000,
    engineMemory: 130,
    requests: { POST: 500, GET: 150, DELETE: 0 },
    states: 1_200_000,
  };

  it("is a row for each command", () => {
    expect(fleetTable([up]).split("\n")[2]).toBe(
      "| first `up` | 500 | 5 | 2 | 4 | 20.0 s | 3 | 25.0 s | 1000 MB | 130 MB | 500 | 150 | 0 | 1.20 MB |",
    );
  });

  it("is 600 times as much for 300,000 deploy tokens", () => {
    const text = onPaper([up]);
    expect(text).toContain("300,000 deploy tokens in 3,000 stacks of 100");
    expect(text.split("\n").filter((line) => line.startsWith("| first"))).toEqual([
      "| first `up` | 1.3 requests, 50 ms | 390,000 requests, 4.2 h | 195 min | 31 min |",
    ]);
    expect(text).toContain("2.4 kB a token: 0.7 GB in all, 0.24 MB a stack.");
  });
});
