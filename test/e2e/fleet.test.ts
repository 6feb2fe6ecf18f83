import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { identityOf } from "../../examples/fleet/claims.js";
import type { FleetDeclaration } from "../../examples/fleet/declaration.js";
import { type Emulator, start } from "../../provider/testing/index.js";
import { Fleet } from "../engine/fleet.js";
import { type Postgres, startPostgres } from "../engine/postgres.js";
import { descendants, end, type Process } from "../engine/processes.js";
import { tokens } from "../support/run.js";

const teams = 5;
const projectsOf = (team: number) => [`acme/team-${team}/a`, `acme/team-${team}/b`];

/** Five teams, each with a group and two projects. */
function declaration(perTeam: number): FleetDeclaration {
  const some = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `pull ${index}`, scopes: ["read_registry"] }));
  return {
    project: "fleet",
    teams: Array.from({ length: teams }, (_, team) => ({
      name: `team-${team}`,
      groups: { [`acme/team-${team}`]: some(perTeam - 2 * Math.floor(perTeam / 3)) },
      projects: Object.fromEntries(projectsOf(team).map((path) => [path, some(Math.floor(perTeam / 3))])),
    })),
  };
}

function only({ project, teams: all }: FleetDeclaration, first: number): FleetDeclaration {
  return { project, teams: all.slice(0, first) };
}

/** 4 stacks with 8 requests each at a time run into it. */
const rateLimit = { limit: 100, period: 2 } as const;
/** Where the machine is too slow for that. */
const tooMany = { kind: "respond", status: 429, headers: { "Retry-After": "1" } } as const;

const used: { gitlab: Emulator; fleets: Fleet[]; left: Process[] } = {
  gitlab: undefined as never,
  fleets: [],
  left: [],
};
beforeAll(async () => {
  used.gitlab = await start({
    rateLimit,
    seed: {
      users: [{ username: "olivia", tokens: [{ value: tokens.owner }] }],
      groups: [
        { path: "acme", members: { olivia: "owner" } },
        ...Array.from({ length: teams }, (_, team) => ({ path: `acme/team-${team}` })),
      ],
      projects: Array.from({ length: teams }, (_, team) => projectsOf(team))
        .flat()
        .map((path) => ({ path })),
    },
  });
});
afterEach(() => {
  end(used.left.splice(0));
  for (const fleet of used.fleets.splice(0)) fleet.dispose();
  used.gitlab.reset();
});
afterAll(() => used.gitlab.close());

function fleetOf(declared: FleetDeclaration, env: Readonly<Record<string, string>> = {}): Fleet {
  const connection = { GITLAB_BASE_URL: used.gitlab.url, GITLAB_TOKEN: tokens.owner };
  const fleet = new Fleet(inject("engine"), { ...connection, ...env });
  used.fleets.push(fleet);
  fleet.declare(declared);
  return fleet;
}

const count = () => used.gitlab.deployTokens().length;
const refused = () => used.gitlab.requests.filter(({ status }) => status === 429).length;

/** GitLab and the states hold the declared tokens, each once, and the same ones. */
async function expectExactly(fleet: Fleet, declared: FleetDeclaration): Promise<void> {
  const wanted = declared.teams.flatMap(({ groups = {}, projects = {} }) =>
    [groups, projects].flatMap((owners) =>
      Object.entries(owners).flatMap(([owner, list]) => list.map(({ name }) => `${owner}: ${name}`)),
    ),
  );
  const { store } = used.gitlab;
  const alive = used.gitlab
    .deployTokens()
    .map(({ kind, ownerId, name }) => `${store.find(kind, String(ownerId))?.path}: ${name}`);
  expect(alive.sort()).toEqual(wanted.sort());
  const rows = await Promise.all(declared.teams.map(({ name }) => fleet.tokens(name)));
  const known = rows.flat().map(({ outputs }) => Number(outputs?.["deployTokenId"]));
  expect(known.sort((a, b) => a - b)).toEqual(used.gitlab.deployTokens().map(({ id }) => id));
}

/** GitLab makes tokens from now on, and its answers stay on their way. */
function holdAnswers() {
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  const rule = { method: "POST", when: "after", times: Number.POSITIVE_INFINITY } as const;
  const held = used.gitlab.faults.add({ ...rule, fault: { kind: "wait", until } });
  return {
    atLeast: (hits: number) =>
      expect.poll(() => held.hits, { timeout: 120_000 }).toBeGreaterThanOrEqual(hits),
    release: () => {
      release();
      held.remove();
    },
  };
}

/** Kills an `up` with its whole process group while GitLab's answers to some POSTs are on their way. */
async function killedUp(fleet: Fleet, after: number): Promise<void> {
  const up = fleet.start(["up"]);
  await expect.poll(count, { timeout: 120_000 }).toBeGreaterThanOrEqual(after);
  const answers = holdAnswers();
  await answers.atLeast(3);
  const processes = descendants(Number(up.process.pid));
  used.left.push(...processes);
  // One gate for GitLab's rate limit: all engines use one provider.
  const providers = processes.filter(({ command }) => /provider-process|dynamic-provider/.test(command));
  expect(providers.map(({ command }) => command)).toEqual([expect.stringContaining("provider-process")]);
  expect(processes.length).toBeGreaterThan(1);
  process.kill(-Number(up.process.pid), "SIGKILL");
  await up.ended;
  // The provider's process is in a group of its own: it sees that its run is gone.
  const alive = () => processes.filter(({ pid }) => identityOf(pid) !== undefined);
  await expect.poll(() => alive().map(({ command }) => command), { timeout: 20_000 }).toEqual([]);
  // None is left, and their ids may be given to others.
  used.left.length = 0;
  answers.release();
}

async function leaked(fleet: Fleet, { teams: all }: FleetDeclaration): Promise<number> {
  const rows = await Promise.all(all.map(({ name }) => fleet.tokens(name)));
  return count() - rows.flat().length;
}

// On a machine with other work.
const timeout = 900_000;

describe("on a file:// backend", { timeout }, () => {
  it("500 deploy tokens in 5 stacks: a run that is killed in the middle is taken up again, under a rate limit", async () => {
    const declared = declaration(100);
    const fleet = fleetOf(declared);
    await killedUp(fleet, 150);
    expect(await leaked(fleet, declared)).toBeGreaterThan(0);

    // Another machine has no proof that the locks are dead.
    const elsewhere = await fleet.run(["up", "--wait", "0"], { machine: "another" });
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.output).toMatch(
      /team-\d: up FAILED: locked by .+ \(pid \d+\).*pulumi cancel --stack team-/,
    );

    used.gitlab.faults.add({ method: "POST", times: 40, fault: tooMany });
    const again = await fleet.run(["up"]);
    expect(again.output).toContain("up: 5 of 5 stacks done, 0 failed");
    expect(again.code).toBe(0);
    expect(refused()).toBeGreaterThanOrEqual(40);
    expect(again.output).toContain("removing the lock of a run that was killed");
    expect(again.output).toMatch(/deleted deploy token \d+ \("pull \d+"\), which a killed run left/);
    await expectExactly(fleet, declared);
    for (const { name } of declared.teams)
      expect((await fleet.exported(name)).pending_operations ?? []).toEqual([]);

    used.gitlab.clearRequests();
    const unchanged = await fleet.run(["preview"]);
    expect(unchanged.output).toContain("team-0: preview done: 102 same");
    expect(used.gitlab.requests).toEqual([]);

    expect(await fleet.run(["destroy", "--yes"])).toMatchObject({ code: 0 });
    expect(used.gitlab.deployTokens()).toEqual([]);
  });

  it("two runs at once on one stack: one waits, or fails when told not to; no token twice", async () => {
    const declared = only(declaration(3), 1);
    const fleet = fleetOf(declared);
    const answers = holdAnswers();
    const first = fleet.start(["up"]);
    await answers.atLeast(1);
    const [here, elsewhere] = await Promise.all([
      fleet.run(["up", "--wait", "0"]),
      fleet.run(["up", "--wait", "0"], { machine: "another" }),
    ]);
    expect([here.code, elsewhere.code]).toEqual([1, 1]);
    expect(here.output).toMatch(/team-0: up FAILED: another run of the fleet works on it \(process \d+\)/);
    expect(elsewhere.output).toMatch(/team-0: up FAILED: locked by .+ \(pid \d+\)/);
    const waiting = [fleet.start(["up"]), fleet.start(["up"], { machine: "another" })];
    const said = () => waiting.map((run) => /waiting for [a-z ]+/.exec(run.output())?.[0]);
    await expect
      .poll(said, { timeout: 60_000 })
      .toEqual(["waiting for another run of the fleet ", "waiting for its lock"]);
    answers.release();
    const codes = [first, ...waiting].map(async (run) => (await run.ended).code);
    expect(await Promise.all(codes)).toEqual([0, 0, 0]);
    await expectExactly(fleet, declared);
  });

  it("a stack that fails does not stop the others, and shows in the exit code", async () => {
    const [, , third] = declaration(3).teams;
    const bad = { name: "bad", scopes: ["read_registry"], username: "not a username" };
    const fleet = fleetOf({
      project: "fleet",
      teams: [
        { name: "unseen", projects: { "acme/none": [{ name: "pull", scopes: ["read_registry"] }] } },
        { name: "wrong", groups: { acme: [bad] } },
        ...(third === undefined ? [] : [third]),
      ],
    });
    const up = await fleet.run(["up"]);
    expect(up.code).toBe(1);
    expect(up.output).toMatch(/unseen: up FAILED: error: GET .*acme%2Fnone.* 404/);
    expect(up.output).toMatch(/wrong: up FAILED: .*username/);
    expect(up.output).toContain("up: 1 of 3 stacks done, 2 failed");
    expect((await fleet.tokens("team-2")).length).toBe(3);
    expect(await fleet.run(["--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Usage: fleet"),
    });
    expect(await fleet.run(["up", "--parallel-stacks", "0"])).toMatchObject({ code: 2 });
    const all = await fleet.run(["destroy"]);
    expect(all).toMatchObject({
      code: 2,
      output: expect.stringContaining("wanted: --stack <name>, or --yes"),
    });
    expect((await fleet.run(["up", "--stack", "nobody"])).stderr).toContain(
      "--stack nobody: fleet.json has no such team",
    );
  });

  it("destroy after a kill deletes what the killed run left, too", async () => {
    const fleet = fleetOf(only(declaration(3), 1));
    await killedUp(fleet, 0);
    expect(count()).toBe(3);
    const destroyed = await fleet.run(["destroy", "--yes"]);
    expect(destroyed.output).toContain("which a killed run left");
    expect(destroyed.code).toBe(0);
    expect(used.gitlab.deployTokens()).toEqual([]);
  });

  it("what cannot be told from somebody else's token is named and left alone", async () => {
    const declared = only(declaration(3), 1);
    const fleet = fleetOf(declared);
    await killedUp(fleet, 0);
    const [left] = used.gitlab.deployTokens().filter(({ kind }) => kind === "group");
    const byHand = { group: "acme/team-0", name: String(left?.name), scopes: ["read_registry"] };
    const other = used.gitlab.createDeployToken(byHand);
    const again = await fleet.run(["up"]);
    expect(again.output).toContain(`the deploy tokens ${left?.id}, ${other.id} called "pull 0"`);
    expect(again.code).toBe(0);
    const ids = used.gitlab.deployTokens().map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([left?.id, other.id]));
    expect(ids).toHaveLength(5);
  });
});

describe("on Pulumi's PostgreSQL backend", { timeout }, () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.close());

  it("50 deploy tokens in 5 stacks: a run that is killed in the middle is taken up again", async () => {
    const declared = declaration(10);
    const fleet = fleetOf(declared, { PULUMI_BACKEND_URL: postgres.url });
    await killedUp(fleet, 10);
    expect(await leaked(fleet, declared)).toBeGreaterThan(0);
    const again = await fleet.run(["up"]);
    expect(again.output).toContain("up: 5 of 5 stacks done, 0 failed");
    expect(again.output).toContain("which a killed run left");
    await expectExactly(fleet, declared);
    expect(Number(postgres.query("SELECT count(*) FROM pulumi_state WHERE key LIKE '.pulumi/locks/%'"))).toBe(
      0,
    );
    expect(await fleet.run(["destroy", "--yes"])).toMatchObject({ code: 0 });
    expect(used.gitlab.deployTokens()).toEqual([]);
  });
});
