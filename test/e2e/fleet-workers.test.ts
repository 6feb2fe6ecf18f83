import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import type { FleetDeclaration } from "../../examples/fleet/declaration.js";
import { type Emulator, start } from "../../provider/testing/index.js";
import { installExamples } from "../engine/examples.js";
import { declarationOf, FleetFolder, type FleetRun, namesOf, seedOf } from "../engine/fleet.js";
import { node22, nodeFolder } from "../engine/node.js";
import { type Postgres, startPostgres } from "../engine/postgres.js";
import { Machines, type Worker } from "../engine/workers.js";
import { holdAnswers, liveNames } from "./fleet-support.js";

const declared = declarationOf(5, 20);
const progress = (line: string) => void process.stderr.write(`${line}\n`);
const some = ({ teams }: FleetDeclaration, count: number): FleetDeclaration => ({
  teams: teams.slice(0, count),
});

let gitlab: Emulator;
let postgres: Postgres;
let node: string;
let below: string;
let fleet: FleetFolder;
let machines: Machines;
const workers: Worker[] = [];
beforeAll(async () => {
  gitlab = await start({ seed: seedOf(declared) });
  node = await nodeFolder(node22, progress);
  below = await installExamples(inject("engine").packed, progress);
});
afterAll(() => gitlab.close());

async function prepare(declaration: FleetDeclaration): Promise<void> {
  postgres = await startPostgres();
  // Prune trusts a state that has not changed for a minute after a kill.
  const GITLAB_TESTING_TIME = new Date(Date.now() + 3_600_000).toISOString();
  const env = {
    GITLAB_BASE_URL: gitlab.url,
    PULUMI_BACKEND_URL: postgres.url,
    GITLAB_TESTING_TIME,
    HEARTBEAT_SECONDS: "30",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  };
  fleet = new FleetFolder(inject("engine"), below, env);
  fleet.declare(declaration);
  const port = (url: string) => Number(new URL(url).port);
  machines = await Machines.create(fleet, node, [port(gitlab.url), port(postgres.url)]);
}
afterEach(async () => {
  for (const worker of workers.splice(0)) worker.kill();
  machines.close();
  fleet.dispose();
  await postgres.close();
  gitlab.reset();
});

async function startWorkers(count: number, stacksAtATime?: number): Promise<void> {
  const started = Array.from({ length: count }, () => machines.worker(stacksAtATime));
  workers.push(...started);
  for (const { run } of started) await run.printed("ready");
}

/** Returns the result of the sent work. Fails if a worker ends before it. */
async function completed(sent: FleetRun): Promise<number> {
  const ended = workers
    .filter(({ isAlive }) => isAlive)
    .map(async ({ run }) => {
      await run.ended;
      throw new Error(`a worker ended: ${run.output()}`);
    });
  return (await Promise.race([sent.ended, ...ended])).code;
}

/** Expects each declared token once in GitLab and once in the states. */
async function expectExactly(declaration: FleetDeclaration): Promise<void> {
  expect(liveNames(gitlab)).toEqual(namesOf(declaration));
  expect(await fleet.ids(declaration)).toEqual(gitlab.deployTokens().map(({ id }) => id));
}

/** The worker that works on a stack. */
const workerOf = (team: string) =>
  expect
    .poll(() => workers.find(({ isAlive, run }) => isAlive && run.output().includes(`${team}: up on`)), {
      timeout: 120_000,
    })
    .toBeDefined()
    .then(
      () => workers.find(({ isAlive, run }) => isAlive && run.output().includes(`${team}: up on`)) as Worker,
    );

/** Takes and returns the lock of a stack often, with a check of the connection on its way nearly each time. */
const lockOften = `
import { setTimeout as delay } from "node:timers/promises";
import { withLock } from "./lock";

const setReal = setInterval;
globalThis.setInterval = ((check: () => void) => setReal(check, 1)) as never;

async function main(): Promise<void> {
  const lost = (reason: string) => {
    console.log(reason);
    process.exit(1);
  };
  for (let count = 0; count < 100; count++) await withLock("team-0", lost, () => delay(3));
}

main().then(() => process.exit(0));
`;

describe("examples/fleet-workers", { timeout: 900_000 }, () => {
  it("a worker goes on if a job ends while its lock is being checked", async () => {
    await prepare(some(declared, 1));
    writeFileSync(join(fleet.folder, "fleet-workers", "lock-often.ts"), lockOften);
    const { code } = await machines.program("lock-often.ts").ended;
    expect(code).toBe(0);
  });

  it("two workers create 100 tokens under a rate limit, and a second order for a stack waits", async () => {
    await prepare(declared);
    await startWorkers(2);
    const answers = holdAnswers(gitlab);
    const first = machines.send("up");
    await answers.atLeast(1);
    await workerOf("team-0");
    const second = machines.send("up", "team-0");
    await expect.poll(second.output, { timeout: 120_000 }).toContain("team-0: up created");
    const third = machines.send("up", "team-0");
    expect((await third.ended).code).toBe(1);
    expect(third.output()).toContain("team-0: up FAILED: another request waits for this stack already");
    expect(second.output()).not.toContain("active");
    const limited = gitlab.faults.add({
      method: "POST",
      times: 20,
      fault: { kind: "respond", status: 429, headers: { "Retry-After": "1" } },
    });
    answers.release();
    expect([await completed(first), await completed(second)]).toEqual([0, 0]);
    expect(limited.hits).toBe(20);
    expect(second.output()).toContain("team-0: up completed, 21 same");
    await expectExactly(declared);
    const destroyed = machines.send("destroy", ...declared.teams.map(({ name }) => name));
    expect(await completed(destroyed)).toBe(0);
    expect(gitlab.deployTokens()).toEqual([]);
  });

  it("another worker takes up the stacks of workers whose machine, lock or network was lost", async () => {
    const three = some(declared, 3);
    const teams = three.teams.map(({ name }) => name);
    await prepare(declarationOf(3, 5));
    // A worker does this at its start: the first to open an empty database creates its table.
    expect((await fleet.run("pulumi", ["whoami"])).code).toBe(0);
    // A stack needs tokens already, so that those of a lost run are younger.
    for (const args of [
      ["stack", "init", "--no-select"],
      ["up", "--yes", "--skip-preview", "--stack"],
    ]) {
      const runs = teams.map((team) => fleet.run("pulumi", [...args, team]));
      for (const { code, output } of await Promise.all(runs)) expect(code, output).toBe(0);
    }
    fleet.declare(three);
    await startWorkers(3, 1);
    const answers = holdAnswers(gitlab);
    const sent = machines.send("up");
    const made = (team: string) => liveNames(gitlab).filter((name) => name.startsWith(`acme/${team}`)).length;
    await expect.poll(() => Math.min(...teams.map(made)), { timeout: 300_000 }).toBeGreaterThanOrEqual(7);
    const [dead, cut, unplugged] = await Promise.all(teams.map(workerOf));
    const processes = workers.flatMap((worker) => worker.processes());
    expect(processes.length).toBeGreaterThan(9);
    dead?.kill();
    postgres.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
        AND objid::bigint = hashtext('${teams[1]}')::bigint & 4294967295`,
    );
    unplugged?.unplug();
    for (const worker of [dead, cut, unplugged]) await worker?.run.ended;
    // Nothing goes on for them.
    const alive = () => processes.filter(({ pid }) => existsSync(`/proc/${pid}`));
    await expect.poll(alive, { timeout: 30_000 }).toEqual([]);
    answers.release();
    await startWorkers(1);
    expect(await completed(sent), sent.output()).toBe(0);
    for (const team of teams) {
      expect((await fleet.exported(team)).pending_operations ?? []).toEqual([]);
    }
    expect(
      workers
        .at(-1)
        ?.run.output()
        .match(/deploy tokens? deleted/g),
    ).toHaveLength(3);
    await expectExactly(three);
  });
});
