import { describe, expect, it } from "vitest";
import type { Fault } from "../../provider/testing/index.js";
import { another, gitlab, hold, useEmulator } from "../support/emulator.js";
import { paths, run, tokens, unwrapped } from "../support/run.js";

useEmulator();

const args = { project: "1", name: "pull", scopes: ["read_registry"], __provider: "reference" };
const other = { project: "acme/app", name: "pull", scopes: ["read_registry"] };
const lose = (fault: Fault = { kind: "reset" }, when: "before" | "after" = "after", times = 1) =>
  gitlab.faults.add({ method: "POST", when, times, fault });
const down = () => gitlab.faults.add({ method: "GET", times: 99, fault: { kind: "respond", status: 503 } });
const posts = () => paths(gitlab).filter((path) => path.startsWith("POST"));
const values = () => gitlab.deployTokens().map(({ token }) => token);
/** Waits long enough for every request that nothing delays. */
const roundTrips = async () => {
  for (let count = 0; count < 5; count++) await (await fetch(gitlab.url)).text();
};

interface Partial {
  readonly id: string;
  readonly properties: Record<string, unknown>;
  readonly reasons: string[];
}
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  ) as Promise<Error & Partial>;

describe("a create whose response is lost", () => {
  const faults: [string, Fault][] = [
    ["a reset", { kind: "reset" }],
    ["a body that breaks off", { kind: "truncate" }],
    ["502", { kind: "respond", status: 502, body: "<html>" }],
    ["a page with 200", { kind: "respond", status: 200, body: "<html>" }],
    ["JSON of another shape", { kind: "respond", status: 201, body: "{}" }],
    ["malformed JSON", { kind: "respond", status: 201, body: "{" }],
  ];

  it.each(faults)(
    "after GitLab created the token (%s): the orphan is deleted, and the state's token is left",
    async (_what, fault) => {
      lose(fault);
      const { project } = await run(gitlab);
      const { outs } = await project.create(args);
      expect(values()).toEqual([unwrapped(outs)["token"]]);
      expect(posts()).toHaveLength(2);
    },
  );

  it.each(faults)("before GitLab created the token (%s): one token is created", async (_what, fault) => {
    lose(fault, "before");
    const { project } = await run(gitlab);
    const { outs } = await project.create(args);
    expect(values()).toEqual([unwrapped(outs)["token"]]);
  });

  it("leaves alone an equal token that existed before, and one of this run", async () => {
    const before = gitlab.createDeployToken(other);
    const { project, messages } = await run(gitlab);
    const first = await project.create(args);
    lose();
    const second = await project.create(args);
    expect(values()).toEqual([before.token, unwrapped(first.outs)["token"], unwrapped(second.outs)["token"]]);
    expect(messages.filter((text) => text.includes(`id ${before.id}`))).toHaveLength(2);
  });

  it("never takes a token that differs in the username only for its orphan", async () => {
    const { project } = await run(gitlab);
    await project.create({ ...args, name: "first" });
    // GitLab did not act, so any token that the search finds belongs to another.
    lose({ kind: "reset" }, "before");
    const search = hold(gitlab, { method: "GET", path: /per_page/ });
    const creating = project.create({ ...args, username: "cluster" });
    await gitlab.waitFor(
      ({ method }) =>
        method === "POST" && gitlab.requests.filter((each) => each.method === "POST").length === 2,
    );
    const others = gitlab.createDeployToken(other);
    search.release();
    const { outs } = await creating;
    expect(values()).toEqual(expect.arrayContaining([others.token, unwrapped(outs)["token"]]));
    expect(gitlab.deployTokens()).toHaveLength(3);
  });

  it("sends equal creates one after another, so that an orphan belongs to one of them", async () => {
    const { project } = await run(gitlab);
    lose({ kind: "reset" }, "after", 1);
    const made = await Promise.all([project.create(args), project.create(args), project.create(args)]);
    expect(values().sort()).toEqual(made.map(({ outs }) => unwrapped(outs)["token"]).sort());
  });

  it("deletes nothing if the orphan may be one of several: it fails with their ids, and creates no other", async () => {
    const { project } = await run(gitlab);
    await project.create({ ...args, name: "first" });
    lose({ kind: "reset" });
    const search = hold(gitlab, { method: "GET" });
    const creating = failure(project.create(args));
    await gitlab.waitFor(
      ({ method, path }) => method === "GET" && path.includes("page=1") && gitlab.deployTokens().length === 2,
    );
    gitlab.createDeployToken(other);
    search.release();
    const { id, properties, message } = await creating;
    expect(message).toMatch(
      /several new deploy tokens \(ids 2, 3\).*None was deleted.*No other token was created/,
    );
    expect(message).not.toContain("is not known");
    expect([id, properties["unsettled"]]).toMatchObject(["1:unsettled", { above: 1, named: [2, 3] }]);
    expect(gitlab.deployTokens()).toHaveLength(3);
    expect(posts()).toHaveLength(2);
  });

  it("waits for an equal create even if the project is written differently", async () => {
    const { project } = await run(gitlab);
    const held = hold(gitlab, { method: "POST", when: "after" });
    lose({ kind: "reset" }, "before");
    const creating = Promise.all([project.create({ ...args, project: "acme/app" }), project.create(args)]);
    await gitlab.waitFor(({ method }) => method === "POST");
    await roundTrips();
    expect(posts()).toHaveLength(1);
    held.release();
    const made = await creating;
    expect(values().sort()).toEqual(made.map(({ outs }) => unwrapped(outs)["token"]).sort());
  });

  it("gives up after four POSTs, with nothing left behind", async () => {
    lose({ kind: "respond", status: 500 }, "after", 99);
    const { project } = await run(gitlab);
    await expect(project.create(args)).rejects.toThrow(/^POST .* failed: 500/);
    expect(gitlab.deployTokens()).toEqual([]);
    expect(posts()).toHaveLength(4);
  });

  it("is searched for once more after a time-out: the first request may have been carried out late", async () => {
    const held = hold(gitlab, { method: "POST" });
    const { project } = await run(gitlab, { timeouts: { attempt: 1_000 } });
    const creating = project.create(args);
    await gitlab.waitFor(() => posts().length === 2);
    held.release();
    const { outs } = await creating;
    await expect.poll(values).toEqual([unwrapped(outs)["token"]]);
  });

  const late: [string, Fault][] = [
    ["504", { kind: "respond", status: 504, body: "<html>" }],
    ["Cloudflare's 524", { kind: "respond", status: 524 }],
    ["a reset", { kind: "reset" }],
  ];

  it.each(late)("is also searched for after %s", async (_what, fault) => {
    lose(fault, "before");
    const held = hold(gitlab, { method: "POST", when: "after" });
    const { project } = await run(gitlab);
    const creating = project.create(args);
    await expect.poll(values).toHaveLength(1);
    const orphan = gitlab.createDeployToken(other);
    held.release();
    const { outs } = await creating;
    expect(values()).toEqual([unwrapped(outs)["token"]]);
    expect(values()).not.toContain(orphan.token);
  });

  it.each(late)(
    "that stays open after four POSTs (%s) leaves a resource that is searched for later",
    async (_what, fault) => {
      lose(fault, "before", 4);
      const { project } = await run(gitlab);
      const { id, properties, reasons } = await failure(project.create(args));
      expect([id, posts().length]).toEqual(["1:unsettled", 4]);
      expect(reasons).toEqual([
        expect.stringContaining("GitLab may have created the token, or may still create it"),
      ]);
      gitlab.createDeployToken(other);
      const { project: next } = await run(gitlab);
      await next.delete(id, properties);
      expect(values()).toEqual([]);
    },
  );

  it("that stays open when GitLab refuses the next POST leaves a resource without a token", async () => {
    lose({ kind: "respond", status: 504 }, "before");
    lose({ kind: "respond", status: 403, body: '{"message":"403 Forbidden"}' }, "before");
    const { project } = await run(gitlab);
    expect((await failure(project.create(args))).id).toBe("1:unsettled");
  });

  it("that left two tokens is an error with their ids, and none is deleted", async () => {
    lose({ kind: "respond", status: 504 }, "before", 2);
    const held = hold(gitlab, { method: "POST", when: "after" });
    const { project, messages } = await run(gitlab);
    const creating = project.create(args);
    await expect.poll(values).toHaveLength(1);
    for (let count = 0; count < 2; count++) gitlab.createDeployToken(other);
    held.release();
    const { id, outs } = await creating;
    expect(id).toBe("1:1");
    expect(outs).toMatchObject({ unsettled: { above: 0, requests: 2, named: [2, 3] } });
    expect(messages).toEqual([
      expect.stringMatching(
        /^warning: Deploy token 1 of the project 1 \("pull"\) was created, but the response to an/,
      ),
      expect.stringMatching(/several new deploy tokens \(ids 2, 3\)/),
    ]);
    expect(messages.join()).not.toContain("No other token was created");
    expect(values()).toHaveLength(3);
  });

  it.each(late)("whose orphan was found each time (%s) leaves no resource", async (_what, fault) => {
    lose(fault, "after", 4);
    const { project } = await run(gitlab);
    const error = await failure(project.create(args));
    expect(error.id).toBeUndefined();
    expect(values()).toEqual([]);
  });
});

describe("a resource with a token and an open request", () => {
  const row = async () => {
    const { project } = await run(gitlab);
    await project.create({ ...args, name: "first" });
    const { id, outs } = await project.create(args);
    const late = gitlab.createDeployToken(other);
    // The request can no longer complete, and is recent.
    const sentAt = new Date(Date.now() - 360_000).toISOString();
    return { id, row: { ...unwrapped(outs), unsettled: { above: 1, sentAt } }, late };
  };
  const names = () => gitlab.deployTokens().map(({ name }) => name);

  it("is destroyed with the orphan of the request", async () => {
    const { id, row: properties } = await row();
    const { project } = await run(gitlab);
    await project.delete(id, properties);
    expect(names()).toEqual(["first"]);
  });

  it("is kept by a refresh even if its token is gone: the next up settles it", async () => {
    const { id, row: properties } = await row();
    gitlab.deleteDeployToken(Number(properties["deployTokenId" as never]));
    const { project } = await run(gitlab);
    const read = await project.read(id, properties);
    expect(read.id).toBe(id);
    expect(read.props).toMatchObject({ unsettled: { above: 1 } });
    expect(Object.keys(read.props ?? {})).not.toContain("token");
    const props = unwrapped(read.props);
    expect(await project.diff(id, props, args)).toEqual({ changes: true, replaces: ["project"] });
    await project.delete(id, props);
    expect(names()).toEqual(["first"]);
  });

  it("never takes a token that the program adopts for its orphan", async () => {
    const { id, row: properties, late: adopted } = await row();
    const { project } = await run(gitlab);
    await project.check({}, { ...args, adopt: { deployTokenId: adopted.id, token: adopted.token } });
    await project.delete(id, properties);
    expect(values()).toContain(adopted.token);
  });

  it("is deleted although adopt of another resource, which has its own token, names it", async () => {
    const { late } = await row();
    const { project } = await run(gitlab);
    const olds = { project: "1", name: "pull", scopes: ["read_registry"] };
    await project.check(olds, { ...args, adopt: { deployTokenId: late.id } });
    const owner = { ownerId: "1", baseUrl: gitlab.url, revoked: false };
    await project.delete(`1:${late.id}`, { ...args, ...owner, deployTokenId: late.id, token: late.token });
    expect(values()).not.toContain(late.token);
  });

  it("is settled after an equal create that is in progress, not at the same time", async () => {
    const { id, row: properties, late } = await row();
    const { project } = await run(gitlab);
    const held = hold(gitlab, { method: "POST", when: "after" });
    const creating = project.create(args);
    await expect.poll(values).toHaveLength(4);
    gitlab.deleteDeployToken(late.id);
    gitlab.clearRequests();
    const updating = project.update(id, properties, args);
    await roundTrips();
    expect(paths(gitlab).filter((path) => path.includes("deploy_tokens"))).toEqual([]);
    held.release();
    const { outs } = await creating;
    await updating;
    expect(values()).toContain(unwrapped(outs)["token"]);
  });
});

describe("while GitLab stays down", () => {
  const unsettledRow = async (acted: "before" | "after") => {
    const { project } = await run(gitlab, { config: { "gitlab:retries": "0" } });
    await project.create({ ...args, name: "first" });
    lose({ kind: "reset" }, acted);
    down();
    const error = await failure(project.create(args));
    gitlab.faults.clear();
    return error;
  };

  it.each(["before", "after"] as const)(
    "the failure leaves a resource with the data to search later (%s GitLab acted)",
    async (acted) => {
      const { id, properties, reasons } = await unsettledRow(acted);
      expect(id).toBe("1:unsettled");
      expect(properties).toMatchObject({
        ...args,
        ownerId: "1",
        baseUrl: gitlab.url,
        unsettled: { above: 1 },
      });
      expect(reasons).toEqual([
        expect.stringMatching(/^POST .*GitLab may have created the token, or may still create it/),
      ]);
      const { project } = await run(gitlab);
      expect((await project.read(id, properties)).id).toBe(id);
      expect(await project.diff(id, properties, args)).toEqual({ changes: true, replaces: ["project"] });
    },
  );

  it.each(["before", "after"] as const)(
    "the next up creates the token and settles the resource (%s)",
    async (acted) => {
      const { id, properties } = await unsettledRow(acted);
      const { project, messages } = await run(gitlab);
      await project.diff(id, properties, args);
      const { outs } = await project.create(args);
      await project.delete(id, properties);
      expect(gitlab.deployTokens().map(({ name, token }) => [name, token])).toEqual([
        ["first", expect.any(String)],
        ["pull", unwrapped(outs)["token"]],
      ]);
      // The message reports the deletion of the orphan, or the open request.
      expect(messages).toEqual([
        expect.stringContaining(acted === "after" ? "was deleted" : "was created, but"),
      ]);
      expect("unsettled" in outs).toBe(acted === "before");
    },
  );

  it.each(["before", "after"] as const)("destroy settles it too (%s)", async (acted) => {
    const { id, properties } = await unsettledRow(acted);
    const { project } = await run(gitlab);
    await project.delete(id, properties);
    expect(gitlab.deployTokens().map(({ name }) => name)).toEqual(["first"]);
  });

  it("a resource with an open request and a deleted project is settled once a person confirms the deletion", async () => {
    const { id, properties } = await unsettledRow("after");
    gitlab.store.delete(gitlab.store.find("project", "1") as never, true);
    const { project } = await run(gitlab);
    await expect(project.delete(id, properties)).rejects.toThrow(
      "does not prove that the deploy token is gone",
    );
    const told = await run(gitlab, { config: { "gitlab-deploy-tokens:deletedProjects": "1" } });
    await told.project.delete(id, properties);
  });

  it("a resource that is settled after a crash never takes a live token for its orphan", async () => {
    const { id, properties } = await unsettledRow("before");
    const crashed = await run(gitlab);
    const made = await crashed.project.create(args);
    const next = await run(gitlab);
    expect(await next.project.diff(made.id, unwrapped(made.outs), args)).toEqual({ changes: false });
    await next.project.delete(id, properties);
    expect(values()).toContain(unwrapped(made.outs)["token"]);
  });

  it("a create that succeeds after an open request records the request, and the next update settles it", async () => {
    const { project, messages } = await run(gitlab, { config: { "gitlab:retries": "0" } });
    lose({ kind: "respond", status: 504 }, "before");
    const held = hold(gitlab, { method: "POST", when: "after" });
    const creating = project.create(args);
    await expect.poll(values).toHaveLength(1);
    // The search after the POST fails.
    down();
    held.release();
    const { id, outs } = await creating;
    gitlab.faults.clear();
    expect(messages).toEqual([
      expect.stringMatching(
        /^warning: Deploy token 1 of the project 1 \("pull"\) was created, but the response to an earlier request .* until \d\d:\d\d:\d\d UTC/,
      ),
    ]);
    const row = unwrapped(outs);
    expect(row["unsettled"]).toEqual({ above: 0, sentAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    const late = gitlab.createDeployToken(other);
    const { project: next, messages: told } = await run(gitlab);
    expect(await next.diff(id, row, args)).toEqual({ changes: true });
    const { outs: updated } = await next.update(id, row, args);
    expect(updated).not.toHaveProperty("unsettled");
    expect(values()).toContain(row["token"]);
    expect(values()).not.toContain(late.token);
    expect(told).toEqual([
      expect.stringMatching(/^warning: Deploy token 2 of the project 1 was deleted: it equals "pull"/),
    ]);
  });
});

it("an equal token of an earlier run that was killed is named", async () => {
  gitlab.createDeployToken(other);
  gitlab.createDeployToken(other);
  const { project, messages } = await run(gitlab);
  await project.create(args);
  expect(messages).toEqual([
    expect.stringMatching(
      /^warning: The project 1 already had deploy tokens equal to the one created now \("pull"\): id 1, 2\. If this run replaces them, there is nothing to do\. Otherwise an earlier run may have been killed/,
    ),
  ]);
});

describe("GitLab 12.9", () => {
  it("may set its own username, with one warning, and its tokens are read from the list", async () => {
    const old = await another({ profile: "12.9" });
    const { project, messages } = await run(old);
    const inputs = { ...args, username: "cluster" };
    const { id, outs } = await project.create(inputs);
    const row = unwrapped(outs);
    expect(row).toMatchObject({ username: "gitlab+deploy-token-1", requestedUsername: "cluster" });
    expect(messages).toEqual([expect.stringContaining('GitLab ignored the username "cluster"')]);
    expect(await project.diff(id, row, inputs)).toEqual({ changes: false });
    const read = await project.read(id, row);
    expect(read).toMatchObject({ id, inputs: { username: "cluster" } });
    await expect(project.read("1:99", { __provider: "x" })).rejects.toThrow(
      "The project 1 has no deploy token 99.",
    );
    old.store.deployTokens.clear();
    const next = await run(old);
    expect((await next.project.read(id, row)).id).toBe("");
  });
});

describe("a resource of the official provider", () => {
  const foreign = (more = {}) => ({
    project: "acme/app",
    name: "pull",
    scopes: ["read_registry"],
    username: "gitlab+deploy-token-1",
    token: "gldt-official-000000000",
    expired: false,
    revoked: false,
    validatePastExpirationDate: false,
    id: "acme/app:1",
    ...more,
  });

  it.each([["acme/app:1"], ["project:acme/app:1"], ["1"]])(
    "is taken over with its value and without a request (id %s)",
    async (id) => {
      gitlab.createDeployToken(other);
      const { project } = await run(gitlab);
      const news = { ...args, project: "acme/app" };
      expect(await project.diff(id, foreign(), news)).toEqual({ changes: true });
      const { outs } = await project.update(id, foreign(), news);
      const row = unwrapped(outs);
      expect(row).toMatchObject({
        deployTokenId: 1,
        project: "acme/app",
        token: "gldt-official-000000000",
        baseUrl: gitlab.url,
      });
      expect(gitlab.requests).toEqual([]);
      expect(await project.diff(id, row, news)).toEqual({ changes: false });
      expect((await project.read(id, row)).props).toMatchObject({ ownerId: "1" });
      await project.delete(id, row);
      expect(gitlab.deployTokens()).toEqual([]);
    },
  );

  it("takes changed arguments in the next up", async () => {
    const { project, messages } = await run(gitlab);
    const news = { ...args, project: "acme/app", name: "changed" };
    const { outs } = await project.update("acme/app:1", foreign(), news);
    expect(messages).toEqual([expect.stringContaining("follow in the next pulumi up")]);
    expect(await project.diff("acme/app:1", unwrapped(outs), news)).toEqual({
      changes: true,
      replaces: ["name"],
    });
  });

  it("of a deleted project is dropped once a person confirms it, or if it is not on an administrator's list", async () => {
    const { project } = await run(gitlab);
    const row = unwrapped(
      (await project.update("acme/app:1", foreign(), { ...args, project: "acme/app" })).outs,
    );
    gitlab.store.delete(gitlab.store.find("project", "1") as never, true);
    await expect(project.delete("acme/app:1", row)).rejects.toThrow("gitlab-deploy-tokens:deletedProjects");
    const told = await run(gitlab, { config: { "gitlab-deploy-tokens:deletedProjects": "acme/app" } });
    await told.project.delete("acme/app:1", row);
    expect((await told.project.read("acme/app:1", row)).id).toBe("");
    const administrator = await run(gitlab, { token: tokens.administrator });
    await administrator.project.delete("acme/app:1", row);
  });

  it("of a project that is written as its numeric id is dropped when GitLab says that the token is gone", async () => {
    const { project } = await run(gitlab);
    const numeric = foreign({ project: "1", id: "1:1" });
    const row = unwrapped((await project.update("1:1", numeric, { ...args, project: "1" })).outs);
    expect((await project.read("1:1", row)).id).toBe("");
    await project.delete("1:1", row);
  });

  it("of a path that is another project's now is dropped once a person confirms that its own was deleted", async () => {
    const told = await run(gitlab, { config: { "gitlab-deploy-tokens:deletedProjects": "acme/app" } });
    const { outs } = await told.project.update("acme/app:1", foreign(), { ...args, project: "acme/app" });
    await told.project.delete("acme/app:1", unwrapped(outs));
  });

  it("is not dropped by a 404 before the owner's numeric id is known: the path may be another project's now", async () => {
    const { project } = await run(gitlab);
    const { outs } = await project.update("acme/app:1", foreign(), { ...args, project: "acme/app" });
    await expect(project.read("acme/app:1", unwrapped(outs))).rejects.toThrow(
      "does not prove that deploy token 1 is gone",
    );
    const administrator = await run(gitlab, { token: tokens.administrator });
    expect((await administrator.project.read("acme/app:1", unwrapped(outs))).id).toBe("");
  });
});
