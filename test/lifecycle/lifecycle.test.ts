import { describe, expect, it } from "vitest";
import { another, gitlab, useEmulator } from "../support/emulator.js";
import { secretMark } from "../support/pulumi.js";
import { paths, run, tokens, unwrapped } from "../support/run.js";

useEmulator();

const args = { project: "acme/app", name: "pull", scopes: ["read_registry"], __provider: "reference" };

/** A refresh also looks once whether the owner is marked for deletion. */
const isOfTokens = (path: string) => path.includes("/deploy_tokens");

describe.each([
  {
    kind: "project",
    owner: "acme/app",
    collection: "/projects/1/deploy_tokens",
    lookup: "GET /projects/acme%2Fapp",
  },
  {
    kind: "group",
    owner: "acme",
    collection: "/groups/1/deploy_tokens",
    lookup: "GET /groups/acme?with_projects=false",
  },
] as const)("a $kind's token", ({ kind, owner, collection, lookup }) => {
  const inputs = { [kind]: owner, name: "pull", scopes: ["read_registry"], __provider: "reference" };
  const create = async (more = {}) => {
    const { [kind]: provider, messages } = await run(gitlab);
    const { id, outs } = await provider.create({ ...inputs, ...more });
    return { id, outs, state: unwrapped(outs), provider, messages };
  };

  it("is created by one POST, its value a secret on the wire", async () => {
    const { id, outs } = await create({ expiresAt: "2031-01-31T00:00:00.000Z" });
    const [token] = gitlab.deployTokens();
    expect(id).toBe(`${owner}:${token?.id}`);
    expect(outs).toEqual({
      ...inputs,
      expiresAt: "2031-01-31T00:00:00.000Z",
      username: `gitlab+deploy-token-${token?.id}`,
      deployTokenId: token?.id,
      ownerId: "1",
      baseUrl: gitlab.url,
      revoked: false,
      token: { ...secretMark, value: token?.token },
    });
    expect(paths(gitlab)).toEqual([lookup, `GET ${collection}?per_page=100&page=1`, `POST ${collection}`]);
    expect(gitlab.requests.at(-1)?.body).toEqual({
      name: "pull",
      scopes: ["read_registry"],
      username: "",
      expires_at: "2031-01-31T00:00:00.000Z",
    });
    expect(gitlab.requests.every(({ headers }) => headers["content-type"] === "application/json")).toBe(true);
  });

  it("costs two more GETs per owner and run, and no GET per token", async () => {
    const { [kind]: provider } = await run(gitlab);
    await Promise.all(["a", "b", "c"].map((name) => provider.create({ ...inputs, name })));
    expect(paths(gitlab).filter((path) => path.startsWith("GET"))).toHaveLength(2);
    expect(paths(gitlab).filter((path) => path.startsWith("POST"))).toHaveLength(3);
  });

  it("is read by its owner's numeric id, with the arguments as inputs and the value kept", async () => {
    const { id, state, outs } = await create({ username: "cluster" });
    gitlab.clearRequests();
    const { [kind]: provider } = await run(gitlab);
    const result = await provider.read(id, state);
    expect(result).toEqual({
      id,
      props: { ...outs, __provider: "reference" },
      inputs: { ...inputs, username: "cluster", __provider: undefined },
    });
    expect(paths(gitlab).filter(isOfTokens)).toEqual([`GET ${collection}?per_page=100&page=1`]);
  });

  it("is read together with others of its owner by one request, and once more alone if it was deleted", async () => {
    const made = await Promise.all(["a", "b", "c"].map((name) => create({ name })));
    gitlab.clearRequests();
    gitlab.revoke(Number(made[1]?.state["deployTokenId"]));
    const { [kind]: provider } = await run(gitlab);
    const results = await Promise.all(made.map(({ id, state }) => provider.read(id, state)));
    expect(results.map(({ id, props }) => [id, (props as { revoked?: unknown }).revoked])).toEqual(
      made.map(({ id }, index) => [id, index === 1]),
    );
    expect(paths(gitlab).filter(isOfTokens)).toEqual([`GET ${collection}?per_page=100&page=1`]);
    const [first] = made;
    await provider.delete(String(first?.id), first?.state ?? {});
    expect(await provider.read(String(first?.id), first?.state ?? {})).toEqual({ id: "", props: {} });
    expect(paths(gitlab).at(-1)).toBe(`GET ${collection}/${first?.state["deployTokenId"]}`);
  });

  it("shows a revocation, after which the next diff replaces", async () => {
    const { id, state, provider } = await create();
    gitlab.revoke(Number(state["deployTokenId"]));
    const { props } = await provider.read(id, state);
    expect(props).toMatchObject({ revoked: true });
    expect(await provider.diff(id, unwrapped(props), inputs)).toEqual({
      changes: true,
      replaces: ["revoked"],
    });
  });

  it("is gone if GitLab says so of the token itself", async () => {
    const { id, state, provider } = await create();
    gitlab.store.deployTokens.clear();
    expect(await provider.read(id, state)).toEqual({ id: "", props: {} });
    await provider.delete(id, state);
  });

  it("is deleted by one DELETE, after the owner's list was compared with the state", async () => {
    const { id, state, provider } = await create();
    gitlab.clearRequests();
    await provider.delete(id, state);
    expect(paths(gitlab)).toEqual([
      `GET ${collection}?per_page=100&page=1`,
      `DELETE ${collection}/${state["deployTokenId"]}`,
    ]);
    expect(gitlab.deployTokens()).toEqual([]);
  });

  it("keeps everything in an update", async () => {
    const { id, state, outs, provider } = await create();
    const result = await provider.update(id, state, { ...inputs, validatePastExpirationDate: false });
    expect(result.outs).toEqual({ ...outs, __provider: "reference", validatePastExpirationDate: false });
  });

  it("is read by .get() without a value, and a missing one causes a clear error", async () => {
    const { id, state, provider } = await create();
    const { props } = await provider.read(id, { __provider: "reference" });
    expect(props).toMatchObject({ [kind]: owner, name: "pull", scopes: ["read_registry"], revoked: false });
    expect(props).not.toHaveProperty("token");
    await expect(provider.read(`${owner}:999`, { __provider: "reference" })).rejects.toThrow(
      `The ${kind} ${owner} has no deploy token 999.`,
    );
    await expect(provider.read("nonsense", { __provider: "reference" })).rejects.toThrow(
      /^id is "nonsense"; wanted: /,
    );
    expect(state["token"]).toBeDefined();
  });
});

describe("what does not prove that a token is gone", () => {
  const made = async () => {
    const { project } = await run(gitlab);
    const { id, outs } = await project.create(args);
    return { id, state: unwrapped(outs) };
  };

  it("is a 404 for the project or group", async () => {
    const { id, state } = await made();
    const { project } = await run(gitlab, { token: tokens.outsider });
    await expect(project.read(id, state)).rejects.toThrow(
      /^GET \/projects\/1\/deploy_tokens\/1 failed: 404 Project Not Found\./,
    );
    await expect(project.delete(id, state)).rejects.toThrow(
      /does not prove that deploy token 1 is gone.*gitlab-deploy-tokens:deletedProjects/,
    );
    expect(gitlab.deployTokens()).toHaveLength(1);
  });

  it("except if the instance's list, which administrators see, lacks the token", async () => {
    const { id, state } = await made();
    gitlab.store.delete(gitlab.store.find("project", "1") as never, true);
    const owner = await run(gitlab);
    await expect(owner.project.delete(id, state)).rejects.toThrow("does not prove");
    const administrator = await run(gitlab, { token: tokens.administrator });
    expect(await administrator.project.read(id, state)).toEqual({ id: "", props: {} });
    await administrator.project.delete(id, state);
  });

  it("is a deleted project whose token is still on the instance's list", async () => {
    const { id, state } = await made();
    gitlab.store.delete(gitlab.store.find("project", "1") as never, false);
    const { project } = await run(gitlab, { token: tokens.administrator });
    await expect(project.delete(id, state)).rejects.toThrow("The instance's list still contains it.");
  });

  it.each([
    ["an id", "1"],
    ["a list", '["acme/other", 1]'],
  ])("except if a person confirms by %s that the project is deleted", async (_what, deletedProjects) => {
    const { id, state } = await made();
    gitlab.store.delete(gitlab.store.find("project", "1") as never, true);
    const { project } = await run(gitlab, {
      config: { "gitlab-deploy-tokens:deletedProjects": deletedProjects },
    });
    expect(await project.read(id, state)).toEqual({ id: "", props: {} });
    await project.delete(id, state);
  });

  it("is a path in the setting if the numeric id is recorded: the path may be another project's", async () => {
    const { id, state } = await made();
    gitlab.store.delete(gitlab.store.find("project", "1") as never, true);
    const { project } = await run(gitlab, {
      config: { "gitlab-deploy-tokens:deletedProjects": "acme/app" },
    });
    await expect(project.read(id, state)).rejects.toThrow("does not prove that deploy token 1 is gone");
    await expect(project.delete(id, state)).rejects.toThrow("does not prove that deploy token 1 is gone");
  });

  it.each([
    tokens.expired,
    tokens.revoked,
    "glpat-unknown",
    tokens.readUser,
    tokens.developer,
    tokens.blocked,
  ])("is a refusal of the access token (%s)", async (token) => {
    const { id, state } = await made();
    const { project } = await run(gitlab, { token });
    await expect(project.read(id, state)).rejects.toThrow(/ failed: 40[13]/);
    await expect(project.delete(id, state)).rejects.toThrow(/ failed: 40[13]/);
    expect(gitlab.deployTokens()).toHaveLength(1);
  });
});

describe("a path that goes to another project", () => {
  it("does not endanger a token that was created by it", async () => {
    const { project } = await run(gitlab);
    const { id, outs } = await project.create(args);
    const state = unwrapped(outs);
    gitlab.move("project", "acme/app", "acme/renamed");
    gitlab.seed({ projects: [{ path: "acme/app" }] });
    const taken = gitlab.createDeployToken({ project: "acme/app", name: "pull", scopes: ["read_registry"] });
    // A later run has not resolved the path.
    const { project: later } = await run(gitlab);
    expect(await later.diff(id, state, args)).toEqual({ changes: false });
    expect((await later.read(id, state)).id).toBe(id);
    await later.delete(id, state);
    expect(gitlab.deployTokens()).toEqual([taken]);
  });

  it("leads from a moved project's old path to its numeric id", async () => {
    gitlab.move("project", "acme/app", "acme/renamed");
    const { project } = await run(gitlab);
    const { outs } = await project.create(args);
    expect(outs).toMatchObject({ ownerId: "1", project: "acme/app" });
    expect(gitlab.deployTokens()[0]?.ownerId).toBe(1);
  });

  it("is an error for a group's old path, which GitLab does not follow", async () => {
    gitlab.move("group", "acme", "acme2");
    const { group } = await run(gitlab);
    await expect(group.create({ group: "acme", name: "x", scopes: ["read_registry"] })).rejects.toThrow(
      /^GET \/groups\/acme failed: 404 Group Not Found\. Either it does not exist or/,
    );
  });
});

describe("another GitLab than the one that made the token", () => {
  const made = async () => {
    const { project } = await run(gitlab);
    const { id, outs } = await project.create(args);
    const other = await another();
    return { id, state: unwrapped(outs), other, ...(await run(other)) };
  };

  it("gets no request, and nothing is forgotten", async () => {
    const { id, state, other, project } = await made();
    expect(await project.diff(id, state, args)).toEqual({ changes: true });
    for (const failing of [project.read(id, state), project.delete(id, state)]) {
      await expect(failing).rejects.toThrow(
        new RegExp(`created on ${gitlab.url}, but ${other.url} is configured`),
      );
    }
    expect(other.requests).toEqual([]);
  });

  it("fails an update with both addresses if it has no such token or another one", async () => {
    const { id, state, other, project } = await made();
    await expect(project.update(id, state, args)).rejects.toThrow(
      new RegExp(`created on ${gitlab.url}, but ${other.url}.* not the same GitLab: GET .* 404 Not found`),
    );
    other.createDeployToken({ project: "acme/app", name: "other", scopes: ["read_registry"] });
    await expect(project.update(id, state, args)).rejects.toThrow('name is "other", not "pull"');
  });

  it("is not confused with a GitLab that cannot be reached", async () => {
    const { id, state, other, project } = await made();
    other.faults.add({ times: 9, fault: { kind: "respond", status: 503 } });
    await expect(project.update(id, state, args)).rejects.toThrow(
      "it cannot be checked whether it is the same GitLab: GET",
    );
  });

  it("can be the same GitLab at a new address: the state is updated, and changed arguments follow", async () => {
    const { id, state, other, project, messages } = await made();
    other.createDeployToken({ project: "acme/app", name: "pull", scopes: ["read_registry"] });
    const news = { ...args, name: "changed" };
    const { outs } = await project.update(id, state, news);
    expect(outs).toMatchObject({ name: "pull", baseUrl: other.url });
    expect(messages).toEqual([expect.stringContaining("the changed arguments follow in the next pulumi up")]);
    expect(await project.diff(id, unwrapped(outs), news)).toEqual({ changes: true, replaces: ["name"] });
  });
});

describe("adopt", () => {
  const value = "gldt-by-hand-0000000000";
  const byHand = (more = {}) =>
    gitlab.createDeployToken({ project: "acme/app", name: "pull", scopes: ["read_registry"], ...more });

  it("adopts an existing token with its value and creates no token", async () => {
    const { id: deployTokenId } = byHand({ expiresAt: "2020-01-01", username: "u" });
    const { project, messages } = await run(gitlab);
    const inputs = {
      ...args,
      username: "u",
      expiresAt: "2020-01-01T00:00:00.000Z",
      adopt: { deployTokenId, token: value },
    };
    const { id, outs } = await project.create(inputs);
    expect(id).toBe(`acme/app:${deployTokenId}`);
    expect(unwrapped(outs)).toMatchObject({ deployTokenId, token: value, username: "u" });
    expect(outs).not.toHaveProperty("adopt");
    expect(messages).toEqual([]);
    expect(paths(gitlab).filter((path) => !path.startsWith("GET"))).toEqual([]);
    const { adopt: _, ...without } = inputs;
    expect(await project.diff(id, unwrapped(outs), without)).toEqual({ changes: false });
  });

  it("in another resource keeps the token of a removed resource, with a message", async () => {
    const { project, messages } = await run(gitlab);
    const { id, outs } = await project.create({ ...args, name: "pull" });
    const adopt = { deployTokenId: Number(unwrapped(outs)["deployTokenId"]) };
    await project.check({}, { ...args, name: "pull", adopt });
    await project.delete(id, unwrapped(outs));
    expect(gitlab.deployTokens()).toHaveLength(1);
    expect(messages).toEqual([
      expect.stringMatching(/^info: Deploy token 1 of the project 1 was not deleted/),
    ]);
  });

  it("refuses a token that differs, with the list of the differences", async () => {
    const { id: deployTokenId } = byHand({ username: "u", expiresAt: "2031-01-01" });
    const { project } = await run(gitlab);
    const inputs = { ...args, name: "other", scopes: ["read_repository"], adopt: { deployTokenId } };
    await expect(project.create(inputs)).rejects.toThrow(
      'name is "pull", not "other"; scopes are ["read_registry"], not ["read_repository"]; ' +
        'username is "u", not "gitlab+deploy-token-1"; expiresAt is "2031-01-01T00:00:00.000Z", not never. To adopt it, change',
    );
  });

  it("refuses the default username if the program gives another: only GitLab 12.9 ignores it", async () => {
    const { id: deployTokenId } = byHand();
    const { project } = await run(gitlab);
    await expect(project.create({ ...args, username: "cluster", adopt: { deployTokenId } })).rejects.toThrow(
      'username is "gitlab+deploy-token-1", not "cluster"',
    );
  });

  it("mentions import if the program uses it, and has the message of .get for a missing token", async () => {
    const { id: deployTokenId } = byHand();
    const { project, group, messages } = await run(gitlab);
    const imported = (importId: string, more = {}) =>
      project.create({
        ...args,
        ...more,
        adopt: { deployTokenId: Number(importId.split(":")[1]), import: importId },
      });
    await expect(imported("acme/app:99")).rejects.toThrow(/^The project acme\/app has no deploy token 99\.$/);
    await expect(project.create({ ...args, adopt: { deployTokenId: 98 } })).rejects.toThrow(
      /^The project acme\/app has no deploy token 98\.$/,
    );
    const { project: _, ...ofGroup } = args;
    await expect(group.create({ ...ofGroup, group: "acme", adopt: { deployTokenId: 98 } })).rejects.toThrow(
      "The group acme has no deploy token 98.",
    );
    await expect(imported("acme/app:1", { name: "other" })).rejects.toThrow(
      "To import it, change the arguments to the token's. To create a new token, remove import.",
    );
    await expect(imported("acme/tools:1")).rejects.toThrow(
      'import is "acme/tools:1", which names the project acme/tools, but the resource\'s project is acme/app.',
    );
    // The same project by its numeric id.
    const { id } = await imported("1:1");
    expect(id).toBe(`acme/app:${deployTokenId}`);
    expect(messages).toEqual([expect.stringContaining("is imported without its value")]);
  });

  it("works without a value, which a later update adds", async () => {
    const { id: deployTokenId } = byHand();
    const { project, messages } = await run(gitlab);
    const { id, outs } = await project.create({ ...args, adopt: { deployTokenId } });
    expect(outs).not.toHaveProperty("token");
    expect(messages).toEqual([expect.stringContaining("adopted without its value")]);
    const news = { ...args, adopt: { deployTokenId, token: value } };
    expect(await project.diff(id, unwrapped(outs), news)).toEqual({ changes: true });
    const updated = await project.update(id, unwrapped(outs), news);
    expect(unwrapped(updated.outs)["token"]).toBe(value);
  });

  it("keeps the token when an older resource with it is deleted, in the same run or after a crash", async () => {
    const { id: deployTokenId } = byHand();
    const inputs = { ...args, adopt: { deployTokenId, token: value } };
    const first = await run(gitlab);
    const older = unwrapped((await first.project.create(inputs)).outs);
    const second = await run(gitlab);
    const { id, outs } = await second.project.create(inputs);
    await second.project.delete(id, older);
    const third = await run(gitlab);
    await third.project.diff(id, unwrapped(outs), inputs);
    await third.project.delete(id, older);
    expect(gitlab.deployTokens()).toHaveLength(1);
    await third.project.delete(id, unwrapped(outs));
    expect(gitlab.deployTokens()).toEqual([]);
  });

  it("must be removed before the adopted token can be replaced", async () => {
    const { id: deployTokenId } = byHand();
    const inputs = { ...args, adopt: { deployTokenId, token: value } };
    const { project } = await run(gitlab);
    const { id, outs } = await project.create(inputs);
    await expect(project.diff(id, unwrapped(outs), { ...inputs, name: "new" })).rejects.toThrow(
      /^adopt names deploy token 1, which this resource already has.*\(name changed\)\. Remove adopt/,
    );
    await expect(project.diff(id, { ...unwrapped(outs), revoked: true }, inputs)).rejects.toThrow(
      "revoked changed",
    );
  });
});
