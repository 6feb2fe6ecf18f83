import { afterEach, describe, expect, it, vi } from "vitest";
import { start } from "../../provider/testing/index.js";
import { gitlab, latch, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";
import { ask, valid } from "./bench.js";

useEmulator();
const collection = "/projects/1/deploy_tokens";
const post = (more: object = {}) => ask(collection, { method: "POST", json: { ...valid, ...more } });
const list = async () => (await ask(collection)).body as { id: number; name: string }[];
const noon = "2027-01-01T12:00:00Z";

describe("a late commit", () => {
  it("answers 504 at once, and GitLab creates the token at that time of the emulator's clock", async () => {
    await gitlab.clock.set(noon);
    const fault = gitlab.faults.add({ method: "POST", fault: { kind: "late", commit: 1_000 } });
    expect(await post()).toMatchObject({ status: 504, body: expect.stringContaining("<html>") });
    expect(await list()).toEqual([]);
    await gitlab.clock.advance(999);
    expect([await list(), fault.commits]).toEqual([[], 0]);
    await gitlab.clock.advance(1);
    expect([gitlab.deployTokens().length, fault.commits]).toEqual([1, 1]);
  });

  it("happens in real time while the clock runs", async () => {
    const fault = gitlab.faults.add({ method: "POST", fault: { kind: "late", commit: 1 } });
    expect((await post()).status).toBe(504);
    await fault.settled();
    expect(await list()).toHaveLength(1);
  });

  it("happens in real time once a stopped clock runs again", async () => {
    await gitlab.clock.set(new Date());
    const fault = gitlab.faults.add({ method: "POST", fault: { kind: "late", commit: 1 } });
    await post();
    await gitlab.clock.set(undefined);
    await fault.settled();
    expect(await list()).toHaveLength(1);
  });

  it("waits for a promise of the test", async () => {
    const { until: commit, release } = latch();
    const fault = gitlab.faults.add({ fault: { kind: "late", commit } });
    await post();
    expect(await list()).toEqual([]);
    release();
    await fault.settled();
    expect(await list()).toHaveLength(1);
  });

  it.each([
    ["by the clock", () => 60_000],
    ["by a promise", (until: Promise<void>) => until],
  ])("that a reset drops is settled, and is not counted: %s", async (_how, commit) => {
    const { until, release } = latch();
    const fault = gitlab.faults.add({ fault: { kind: "late", commit: commit(until) } });
    await post();
    gitlab.reset();
    release();
    await fault.settled();
    expect([fault.commits, await list()]).toEqual([0, []]);
  });

  it.each([
    ["a reset", () => gitlab.reset()],
    ["a restore", () => gitlab.restore(gitlab.backup())],
  ])("whose time or promise never comes is settled by %s, and is not counted", async (_what, drop) => {
    await gitlab.clock.set(noon);
    const { until: never, release } = latch();
    const faults = [never, 60_000].map((commit) => gitlab.faults.add({ fault: { kind: "late", commit } }));
    for (const _ of faults) await post();
    drop();
    await Promise.all(faults.map((fault) => fault.settled()));
    release();
    expect(await list()).toEqual([]);
    expect(faults.map(({ hits, commits }) => [hits, commits])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });

  it("after a reset waits for its own promise again", async () => {
    gitlab.reset();
    const { until: commit, release } = latch();
    const fault = gitlab.faults.add({ fault: { kind: "late", commit } });
    await post();
    const settled = fault.settled();
    expect(await Promise.race([settled, list()])).toEqual([]);
    release();
    await settled;
    expect(fault.commits).toBe(1);
  });

  it.each([
    ["an answer of the test", { kind: "respond", status: 502, body: "bad gateway" }],
    ["a reset", { kind: "reset" }],
    ["no answer", { kind: "hang" }],
  ] as const)("gives the client %s", async (_what, answer) => {
    await gitlab.clock.set(noon);
    gitlab.faults.add({ fault: { kind: "late", commit: 1, answer } });
    const abort = new AbortController();
    const sent = fetch(`${gitlab.url}/api/v4${collection}`, {
      method: "POST",
      headers: { "private-token": tokens.owner, "content-type": "application/json" },
      body: JSON.stringify(valid),
      signal: abort.signal,
    });
    if (answer.kind === "respond") {
      expect((await sent).status).toBe(502);
    } else {
      const lost = expect(sent).rejects.toThrow();
      await gitlab.waitFor(({ method }) => method === "POST");
      if (answer.kind === "hang") abort.abort();
      await lost;
    }
    await gitlab.clock.advance(1);
    expect(await list()).toHaveLength(1);
  });

  it("commits several requests in the order in which they are due, deletions too", async () => {
    await gitlab.clock.set(noon);
    const { body } = await post({ name: "old" });
    const late = (method: string, commit: number) =>
      gitlab.faults.add({ method, fault: { kind: "late", commit } });
    late("POST", 2_000);
    await post({ name: "second" });
    late("POST", 1_000);
    await post({ name: "first" });
    late("DELETE", 3_000);
    await ask(`${collection}/${(body as { id: number }).id}`, { method: "DELETE" });
    await gitlab.clock.advance(2_500);
    expect((await list()).map(({ name }) => name)).toEqual(["old", "first", "second"]);
    await gitlab.clock.advance(500);
    expect((await list()).map(({ name }) => name)).toEqual(["first", "second"]);
  });

  it("never happens with Infinity, or after a reset, a restore or the end", async () => {
    const fault = { kind: "late", commit: Number.POSITIVE_INFINITY } as const;
    const never = gitlab.faults.add({ method: "POST", fault });
    await post();
    await gitlab.clock.set("2999-01-01");
    expect([await list(), never.commits]).toEqual([[], 0]);

    await gitlab.clock.set(noon);
    for (const undo of [() => gitlab.reset(), () => gitlab.restore(gitlab.backup())]) {
      gitlab.faults.add({ method: "POST", fault: { kind: "late", commit: 1_000 } });
      await post();
      undo();
      await gitlab.clock.advance(10_000);
      expect(await list()).toEqual([]);
    }

    const other = await start();
    other.faults.add({ method: "POST", fault: { kind: "late", commit: 3_600_000 } });
    await ask(collection, { method: "POST", json: valid }, other);
    await other.close();
  });
});

describe("a proxy that repeats requests", () => {
  it.each([
    ["first", 1],
    ["last", 2],
  ] as const)("sends a POST twice and passes on the %s answer", async (answer, id) => {
    gitlab.faults.add({ method: "POST", fault: { kind: "repeat", answer } });
    expect(await post()).toMatchObject({ status: 201, body: { id } });
    expect(await list()).toHaveLength(2);
    const statuses = gitlab.requests.slice(0, 2).map(({ status }) => status);
    expect(statuses).toEqual(answer === "first" ? [201, undefined] : [undefined, 201]);
  });

  it("sends a DELETE twice and passes on the last answer: 404 for a token that this request deleted", async () => {
    const { id } = gitlab.createDeployToken({ project: "acme/app", ...valid });
    gitlab.faults.add({ method: "DELETE", fault: { kind: "repeat" } });
    expect((await ask(`${collection}/${id}`, { method: "DELETE" })).status).toBe(404);
    expect(await list()).toEqual([]);
  });

  it("can repeat more often and lose every answer", async () => {
    const answer = { kind: "respond", status: 502 } as const;
    gitlab.faults.add({ method: "POST", fault: { kind: "repeat", arrivals: 3, answer } });
    expect((await post()).status).toBe(502);
    expect(await list()).toHaveLength(3);
  });
});

describe("a replica that lags", () => {
  it("answers reads with the state of some time ago, and writes are not affected", async () => {
    await gitlab.clock.set(noon);
    gitlab.replica.lag = 2_000;
    const { body } = await post();
    const item = `${collection}/${(body as { id: number }).id}`;
    expect([await list(), (await ask(item)).status]).toEqual([[], 404]);
    await gitlab.clock.advance(2_000);
    expect([(await list()).length, (await ask(item)).status]).toEqual([1, 200]);
    expect((await ask(item, { method: "DELETE" })).status).toBe(204);
    expect((await ask(item)).status).toBe(200);
    await gitlab.clock.advance(2_000);
    expect((await ask(item)).status).toBe(404);
  });

  it("shows revocations, renames and deletions by hand late, too", async () => {
    await gitlab.clock.set(noon);
    const { id } = gitlab.createDeployToken({ project: "acme/app", ...valid });
    gitlab.replica.lag = 1_000;
    gitlab.revoke(id);
    gitlab.move("project", "acme/app", "acme/renamed");
    const name = async () => (await ask("/projects/1")).body as object;
    expect((await ask(`${collection}/${id}`)).body).toMatchObject({ revoked: false });
    expect(await name()).toMatchObject({ path_with_namespace: "acme/app" });
    await gitlab.clock.advance(1_000);
    expect((await ask(`${collection}/${id}`)).body).toMatchObject({ revoked: true });
    expect(await name()).toMatchObject({ path_with_namespace: "acme/renamed" });
  });

  it("is made again from a restored database, without the state before", async () => {
    const backup = gitlab.backup();
    gitlab.replica.lag = 2_000;
    await post();
    gitlab.restore(backup);
    expect(await list()).toEqual([]);
    await post();
    expect(await list()).toEqual([]);
  });

  it("stands still with Infinity, alternates with the primary, and is off with 0", async () => {
    gitlab.replica.lag = Number.POSITIVE_INFINITY;
    gitlab.replica.every = 2;
    await post();
    const seen = [await list(), await list(), await list(), await list()].map(({ length }) => length);
    expect(seen).toEqual([1, 0, 1, 0]);
    gitlab.replica.lag = 0;
    expect([(await list()).length, (await list()).length]).toEqual([1, 1]);
    expect(() => {
      gitlab.replica.lag = -1;
    }).toThrow("replica.lag is -1; wanted: 0 or more");
  });
});

describe("a database restored from a backup", () => {
  it("has lost all later changes, and ids start again", async () => {
    await post({ name: "kept" });
    const backup = gitlab.backup();
    await post({ name: "lost" });
    gitlab.restore(backup);
    expect((await list()).map(({ name }) => name)).toEqual(["kept"]);
    expect((await post({ name: "other" })).body).toMatchObject({ id: 2 });
    gitlab.restore(backup);
    expect((await list()).map(({ name }) => name)).toEqual(["kept"]);
  });

  it("has the old paths, members and variables", async () => {
    const backup = gitlab.backup();
    const variable = { method: "POST", json: { key: "KEY", value: "12345678" } };
    await ask("/projects/1/variables", variable);
    gitlab.move("project", "acme/app", "acme/renamed");
    const newer = gitlab.backup();
    gitlab.restore(backup);
    expect((await ask("/projects/1")).body).toMatchObject({ path_with_namespace: "acme/app" });
    expect((await ask("/projects/1/variables")).body).toEqual([]);
    gitlab.restore(newer);
    expect((await ask("/projects/1/variables")).body).toMatchObject([{ key: "KEY" }]);
    expect((await ask("/projects/acme%2Fapp")).status).toBe(301);
  });
});

describe("maintenance", () => {
  it("starts between two requests and ends with a reset", async () => {
    expect((await post()).status).toBe(201);
    gitlab.modes.maintenance = true;
    expect((await post()).status).toBe(503);
    gitlab.reset();
    expect((await post()).status).toBe(201);
  });

  it("refuses a late request when its time comes", async () => {
    await gitlab.clock.set(noon);
    gitlab.faults.add({ method: "POST", fault: { kind: "late", commit: 1_000 } });
    await post();
    gitlab.modes.maintenance = true;
    await gitlab.clock.advance(1_000);
    expect(await list()).toEqual([]);
  });
});

describe("the clock", () => {
  afterEach(() => void vi.useRealTimers());

  it("runs a task that is due in a month only then", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const month = 31 * 86_400_000;
    const done: number[] = [];
    const began = Date.now();
    gitlab.clock.after(month, async () => void done.push(Date.now() - began));
    await vi.advanceTimersByTimeAsync(month - 1);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toEqual([month]);
  });
});
