import { describe, expect, it } from "vitest";
import { tokens, unwrapped } from "../support/run.js";
import {
  args,
  during,
  equal,
  failureOf,
  gitlab,
  html,
  ids,
  lose,
  minute,
  opened,
  program,
  recordOf,
  stackAfterLoss,
  stackOf,
  stackWithoutToken,
  useGitLab,
} from "./lost-responses.js";

useGitLab();
const late = (commit: number) => ({ kind: "late", commit, answer: html }) as const;
const posts = () => gitlab.requests.filter(({ method }) => method === "POST").length;
const lists = () => gitlab.requests.filter(({ path }) => path.includes("per_page")).length;

describe("a request whose response is lost", () => {
  const statuses = [500, 502, 503, 504, 524, 408, 403, 302];
  const delays = [50, 1_000, 4_000];
  it.each(statuses.flatMap((status) => delays.map((delay) => [status, delay] as const)))(
    "and that GitLab completes late (answered %i, committed after %i ms) leaves one token, and a warning",
    async (status, commit) => {
      const stack = await stackAfterLoss({
        kind: "late",
        commit,
        answer: { kind: "respond", status, body: "<html>" },
      });
      await during(stack.up(program));
      await gitlab.time.pass(minute);
      await during(stack.up(program));
      expect(ids()).toEqual([stack.rows[0]?.outputs["deployTokenId"]]);
      expect(recordOf(stack)).toBeUndefined();
      expect(stack.messages.join()).toMatch(/Deploy token \d of the project 1 was deleted: it equals "pull"/);
    },
  );

  it("is searched for four times, with growing pauses, before another POST is sent", async () => {
    lose();
    const { project } = await opened();
    await during(project.create(args));
    const at = gitlab.requests
      .filter(({ path }) => path.includes("per_page"))
      .map((request) => request.at.getTime() - Date.parse("2027-01-01T00:00:00Z"));
    // The requests are a read before the first POST, four searches, and one read after the second POST.
    expect(at).toEqual([0, 0, 500, 2_000, 5_000, 5_000]);
    expect(posts()).toBe(2);
  });

  it("is recorded with a success, and only a search after five minutes clears the record", async () => {
    const stack = await stackAfterLoss();
    expect(recordOf(stack)).toEqual({ above: 0, sentAt: "2027-01-01T00:00:00.000Z" });
    expect(stack.messages).toEqual([
      expect.stringMatching(
        /was created, but the response .* until 00:05:00 UTC and leave a second token\. Each pulumi up/,
      ),
    ]);
    await gitlab.time.pass(4 * minute);
    await during(stack.up(program));
    expect(recordOf(stack)).toBeDefined();
    expect(stack.messages.at(-1)).toMatch(
      /GitLab may still complete an earlier request .* until 00:05:00 UTC/,
    );
    await gitlab.time.pass(minute);
    gitlab.clearRequests();
    await during(stack.up(program));
    expect([recordOf(stack), lists()]).toEqual([undefined, 1]);
    gitlab.clearRequests();
    await during(stack.up(program));
    expect(gitlab.requests).toEqual([]);
  });

  it("is kept by a refresh", async () => {
    const stack = await stackAfterLoss();
    const before = recordOf(stack);
    await during(stack.refresh());
    expect(recordOf(stack)).toEqual(before);
  });

  it.each([20_000, 200_000])("is waited for by destroy (committed after %i ms)", async (commit) => {
    const stack = await stackAfterLoss(late(commit));
    stack.messages.length = 0;
    await during(stack.destroy());
    expect([ids(), stack.rows]).toEqual([[], []]);
    expect(gitlab.time.now().getTime()).toBeGreaterThanOrEqual(Date.parse("2027-01-01T00:05:00Z"));
    const waiting = stack.messages.filter((text) => text.startsWith("info: Waiting until 00:05:00 UTC"));
    expect(waiting).toHaveLength(10);
  });

  it("is not waited for if destroy finds its token", async () => {
    const stack = await stackAfterLoss(late(20_000));
    await gitlab.time.pass(30_000);
    await during(stack.destroy());
    expect(ids()).toEqual([]);
    expect(stack.messages.join()).not.toContain("Waiting");
  });

  it("keeps the resource in the state if the wait is interrupted", async () => {
    const { project } = await opened();
    lose();
    const { id, outs } = await during(project.create(args));
    const { project: next } = await opened({
      deadline: 500,
      time: { ...frozen(), now: () => gitlab.time.now() },
    });
    await expect(next.delete(id, unwrapped(outs))).rejects.toThrow();
    expect(ids()).toEqual([1]);
  });

  it("is taken over by the resource's next create, so up does not wait", async () => {
    const stack = await stackWithoutToken();
    expect(stack.rows.map(({ id }) => id)).toEqual(["1:unsettled"]);
    const before = gitlab.time.elapsed();
    await during(stack.up(program));
    expect(stack.rows.map(({ id }) => id)).toEqual(["1:1"]);
    expect(recordOf(stack)).toMatchObject({ above: 0, requests: 4 });
    expect(gitlab.time.elapsed() - before).toBeLessThan(minute);
  });

  it("is not taken over by a create with another user name, which would not find its token", async () => {
    const stack = stackOf();
    lose(late(200_000));
    lose(html, { times: 3 });
    await during(failureOf(stack.up(program)));
    await during(stack.up({ pull: { ...program.pull, username: "u" } }));
    expect(ids()).toEqual([stack.rows[0]?.outputs["deployTokenId"]]);
    expect(stack.messages.join()).toMatch(/was deleted: it equals "pull"/);
  });

  it("that 0.1.0 recorded, without a time, counts as old: a token that fits is named, not deleted", async () => {
    const { project } = await opened();
    const { id, outs } = await during(project.create(args));
    const row = { ...unwrapped(outs), unsettled: { above: 1 } };
    const { project: next, messages } = await opened();
    const { outs: updated } = await during(next.update(id, row, args));
    expect(updated).not.toHaveProperty("unsettled");
    gitlab.createDeployToken(equal);
    await during(next.delete(id, row));
    expect(ids()).toEqual([2]);
    expect(messages).toEqual([expect.stringMatching(/has deploy token 2, equal to "pull" .*not deleted/)]);
  });

  it("that 0.1.0 recorded does not fail the create that takes it over", async () => {
    const row = { ...args, ownerId: "1", baseUrl: gitlab.url, unsettled: { above: 0 } };
    gitlab.createDeployToken(equal);
    gitlab.createDeployToken(equal);
    const { project, messages } = await opened();
    await project.diff("1:unsettled", row, args);
    const { id, outs } = await during(project.create(args));
    expect([id, unwrapped(outs)["unsettled"]]).toEqual(["1:3", { above: 0, named: [1, 2] }]);
    expect(messages).toContainEqual(
      expect.stringMatching(
        /Deploy token 3 .* was created, .*may have left a second token\. The next pulumi up/,
      ),
    );
    expect(messages.join()).not.toContain("still complete");
  });

  it("is taken over once, although a refresh asks for the same difference before", async () => {
    const row = { ...args, ownerId: "1", baseUrl: gitlab.url };
    const unsettled = { above: 0, sentAt: gitlab.time.now().toISOString() };
    const { project } = await opened();
    await project.diff("1:unsettled", { ...row, unsettled }, args);
    await project.diff("1:unsettled", { ...row, unsettled }, args);
    const records = [];
    for (let create = 0; create < 2; create++)
      records.push(unwrapped((await during(project.create(args))).outs)["unsettled"]);
    expect(records).toEqual([unsettled, undefined]);
  });
});

/** Time that does not pass. A sleep ends with its signal. */
function frozen() {
  return {
    elapsed: () => gitlab.time.elapsed(),
    sleep: (milliseconds: number, signal?: AbortSignal) =>
      milliseconds < 50
        ? Promise.resolve()
        : new Promise<void>((_resolve, reject) => {
            signal?.addEventListener("abort", () => reject(signal.reason as Error));
          }),
  };
}

describe("the token of an open request", () => {
  it("is never another stack's that was created before the request was sent", async () => {
    const { project } = await opened();
    const { project: other } = await opened();
    // The first create of this run reads the list, and the second is sent much later.
    await during(project.create({ ...args, name: "first" }));
    await gitlab.time.pass(10_000);
    const { outs } = await during(other.create(args));
    gitlab.clearRequests();
    lose({ kind: "respond", status: 502, body: "<html>" });
    await during(project.create(args));
    expect(ids()).toContain(unwrapped(outs)["deployTokenId"]);
    expect(gitlab.requests[0]?.path).toContain("per_page");
  });

  it("takes no further request if nothing fails and the last look is recent", async () => {
    const { project } = await opened();
    await during(Promise.all([1, 2, 3, 4].map((number) => project.create({ ...args, name: `n${number}` }))));
    expect([lists(), posts()]).toEqual([1, 4]);
  });

  it("is read twice, a second apart: a second candidate that appears then saves both", async () => {
    const { project, messages } = await opened();
    lose({ kind: "reset" }, { when: "after" });
    const creating = failureOf(project.create(args));
    const watching = (async () => {
      await gitlab.waitFor(({ method }) => method === "POST");
      await gitlab.time.sleep(400);
      gitlab.createDeployToken(equal);
    })();
    const error = await during(creating);
    await watching;
    expect(error?.message).toMatch(/several new deploy tokens \(ids 1, 2\).*None was deleted/);
    expect([ids(), messages]).toEqual([[1, 2], []]);
  });

  it("is never deleted once a message named several, and the record is cleared once one is left", async () => {
    const stack = stackOf();
    lose({ kind: "reset" }, { when: "after" });
    const failing = during(failureOf(stack.up(program)));
    await gitlab.waitFor(({ method }) => method === "POST");
    // A person uses this token.
    gitlab.createDeployToken(equal);
    await failing;
    expect(recordOf(stack)).toMatchObject({ named: [1, 2] });
    await during(stack.up(program));
    expect(stack.messages.at(-1)).toMatch(/several new deploy tokens \(ids 1, 2\)/);
    expect([ids(), recordOf(stack)]).toMatchObject([[1, 2, 3], { named: [1, 2] }]);
    gitlab.deleteDeployToken(1);
    await during(stack.up(program));
    expect(ids()).toEqual([2, 3]);
    await gitlab.time.pass(6 * minute);
    await during(stack.up(program));
    expect([ids(), recordOf(stack)]).toEqual([[2, 3], undefined]);
    await during(stack.destroy());
    expect(ids()).toEqual([2]);
  });

  it.each(["up", "destroy"] as const)(
    "is not deleted for the row of a first failure once a second one named it: %s",
    async (command) => {
      const stack = await stackWithoutToken();
      const posts = gitlab.requests.length;
      lose({ kind: "reset" }, { when: "after" });
      const failing = during(failureOf(stack.up(program)));
      await gitlab.waitFor((request) => request.method === "POST" && gitlab.requests.length > posts);
      gitlab.createDeployToken(equal);
      expect((await failing)?.message).toMatch(/several new deploy tokens \(ids 1, 2\)/);
      gitlab.deleteDeployToken(1);
      await during(command === "up" ? stack.up(program) : stack.destroy());
      expect(ids()).toContain(2);
    },
  );

  it("is not deleted while several of the named tokens are left: each up says so", async () => {
    const stack = await stackAfterLoss();
    gitlab.createDeployToken(equal);
    gitlab.createDeployToken(equal);
    for (let round = 0; round < 2; round++) {
      const error = await during(failureOf(stack.up(program)));
      expect(error?.message).toMatch(/several new deploy tokens \(ids 2, 3\)/);
      await gitlab.time.pass(4 * minute);
    }
    expect(ids()).toEqual([1, 2, 3]);
    gitlab.deleteDeployToken(3);
    await during(stack.up(program));
    expect([ids(), recordOf(stack)]).toEqual([[1, 2], undefined]);
  });

  it("a late candidate is only named if others keep equal tokens", async () => {
    gitlab.createDeployToken(equal);
    const stack = await stackAfterLoss(late(20_000));
    await gitlab.time.pass(minute);
    stack.messages.length = 0;
    await during(stack.up(program));
    expect(ids()).toEqual([1, 2, 3]);
    expect(stack.messages).toEqual([
      expect.stringMatching(/has deploy token 3, equal to "pull" .*not deleted/),
    ]);
    await gitlab.time.pass(5 * minute);
    await during(stack.up(program));
    expect([ids(), recordOf(stack)]).toEqual([[1, 2, 3], undefined]);
  });

  it("a candidate that is first seen hours later is only named", async () => {
    const stack = await stackAfterLoss(late(20_000));
    await gitlab.time.pass(120 * minute);
    await during(stack.up(program));
    expect(ids()).toEqual([1, 2]);
    expect(stack.messages.at(-1)).toMatch(/has deploy token 2, equal to "pull"/);
  });

  it.each([
    [
      "another's arguments",
      { id: 77, name: "another", username: "x", scopes: ["read_registry"], expires_at: null },
    ],
    [
      "an id that is older than the request",
      { id: 1, name: "pull", username: "gitlab+deploy-token-1", scopes: ["read_registry"], expires_at: null },
    ],
  ])("a 201 with %s does not count: the request stays open", async (_what, body) => {
    gitlab.createDeployToken({ ...equal, name: "older" });
    const { project } = await opened();
    const wire = JSON.stringify({
      ...body,
      revoked: false,
      expired: false,
      token: "gldt-another-0000000000",
    });
    lose({ kind: "respond", status: 201, body: wire }, { when: "after" });
    const { outs } = await during(project.create(args));
    expect(unwrapped(outs)["token"]).not.toBe("gldt-another-0000000000");
    expect(ids()).toEqual([1, unwrapped(outs)["deployTokenId"]]);
  });

  it("another token with the same id, after a restore, is neither read, replaced nor deleted", async () => {
    const backup = gitlab.backup();
    const stack = stackOf();
    await during(stack.up(program));
    gitlab.restore(backup);
    const foreign = gitlab.createDeployToken({ ...equal, name: "another", username: "somebody" });
    const before = structuredClone(stack.rows[0]?.outputs);
    for (const command of [() => stack.refresh(), () => stack.destroy()]) {
      const error = await during(failureOf(command()));
      expect(error?.message).toMatch(
        /^Deploy token 1 of the project 1 is not the one in the state: name is "another", not "pull"; username is .*restored from a backup.*pulumi state delete/,
      );
    }
    expect(stack.rows[0]?.outputs).toEqual(before);
    expect(ids()).toEqual([foreign.id]);
  });

  it("ids in the state do not raise the bound: a restored GitLab assigns them again", async () => {
    const { project } = await opened();
    const row = {
      ...args,
      ownerId: "1",
      baseUrl: gitlab.url,
      deployTokenId: 1_000,
      username: "x",
      token: "gldt-0",
    };
    await project.diff("1:1000", row, args);
    lose({ kind: "reset" }, { when: "after" });
    const { outs } = await during(project.create({ ...args, name: "new" }));
    expect(ids()).toEqual([unwrapped(outs)["deployTokenId"]]);
  });
});

describe("an absence", () => {
  const created = async () => {
    const { project } = await opened();
    const { id, outs } = await during(project.create(args));
    return { id, row: unwrapped(outs) };
  };

  it("is confirmed two seconds later before a resource leaves the state", async () => {
    const { id, row } = await created();
    const notFound = { kind: "respond", status: 404, body: '{"message":"404 Not found"}' } as const;
    gitlab.faults.add({
      method: "GET",
      path: /per_page/,
      fault: { kind: "respond", status: 200, body: "[]" },
    });
    gitlab.faults.add({ method: "GET", path: /deploy_tokens\/1$/, fault: notFound });
    const { project } = await opened();
    const before = gitlab.time.elapsed();
    expect((await during(project.read(id, row))).id).toBe(id);
    expect(gitlab.time.elapsed() - before).toBeGreaterThanOrEqual(2_000);
    gitlab.deleteDeployToken(1);
    const { project: next } = await opened();
    expect((await during(next.read(id, row))).id).toBe("");
    await during(next.delete(id, row));
  });

  it("on a lagging replica drops nothing", async () => {
    gitlab.replica.lag = 1_500;
    const stack = stackOf();
    await during(stack.up(program));
    await during(stack.refresh());
    expect(stack.rows).toHaveLength(1);
    await during(stack.destroy());
    expect(ids()).toEqual([]);
  });

  it("of an open request's project is confirmed two seconds later before its resource leaves the state", async () => {
    const stack = stackOf();
    lose(late(200_000));
    lose(html, { times: 3 });
    await during(failureOf(stack.up(program)));
    const { id = "", outputs = {} } = stack.rows[0] ?? {};
    const notFound = { kind: "respond", status: 404, body: '{"message":"404 Project Not Found"}' } as const;
    gitlab.faults.add({ method: "GET", path: /projects\/1\/deploy_tokens/, fault: notFound });
    const { project } = await opened({ token: tokens.administrator });
    await during(project.delete(id, outputs));
    await gitlab.time.pass(4 * minute);
    expect(ids()).toEqual([]);
  });

  it("of an open request's token is proven by the instance's list, whichever other tokens are on it", async () => {
    const stack = await stackWithoutToken();
    const { id = "", outputs = {} } = stack.rows[0] ?? {};
    gitlab.createDeployToken({ ...equal, project: "acme/tools", name: "unrelated" });
    gitlab.deleteOwner("project", "1");
    const { project } = await opened({ token: tokens.administrator });
    await during(project.delete(id, outputs));
    gitlab.createDeployToken({ ...equal, project: "acme/tools" });
    await expect(during(project.delete(id, outputs))).rejects.toThrow(
      "The instance's list still contains it",
    );
  });
});

it.each([[202], [200], [203], [310]])(
  "an equal token of a killed run is named among %i tokens",
  async (count) => {
    const surplus = count - 4;
    for (let index = 1; index <= count; index++) {
      gitlab.createDeployToken(index === surplus ? equal : { ...equal, name: `other ${index}` });
    }
    const { project, messages } = await opened();
    await during(project.create(args));
    expect(messages).toEqual([
      expect.stringContaining(`equal to the one created now ("pull"): id ${surplus}.`),
    ]);
  },
);
