import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  getGroupDeployToken,
  getGroupDeployTokens,
  getInstanceDeployTokens,
  getProjectDeployToken,
  getProjectDeployTokenOutput,
  getProjectDeployTokens,
} from "../../provider/index.js";
import { another, gitlab, useEmulator } from "../support/emulator.js";
import { known, setMocks } from "../support/pulumi.js";
import { paths, tokens } from "../support/run.js";

const now = "2026-11-24T12:00:00.000Z";
useEmulator({ time: now });
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function configure(token: string = tokens.owner, url = gitlab.url): void {
  vi.stubEnv("GITLAB_BASE_URL", url);
  vi.stubEnv("GITLAB_TOKEN", token);
  vi.stubEnv("GITLAB_RETRIES", "1");
  vi.stubEnv("GITLAB_TESTING_TIME", now);
}

beforeEach(() => configure());

const make = (name: string, more: object = {}) =>
  gitlab.createDeployToken({ project: "acme/app", name, scopes: ["read_registry"], ...more });

describe("one token", () => {
  it("is found by its id and by its name, without its value", async () => {
    const { id, token } = make("pull", { username: "cluster", expiresAt: "2027-01-31" });
    const wanted = {
      deployTokenId: id,
      name: "pull",
      username: "cluster",
      scopes: ["read_registry"],
      expiresAt: "2027-01-31T00:00:00.000Z",
      expired: false,
      revoked: false,
      active: true,
    };
    const byId = await getProjectDeployToken({ project: "acme/app", deployTokenId: id });
    expect(byId).toEqual(wanted);
    expect(await getProjectDeployToken({ project: "acme/app", name: "pull" })).toEqual(wanted);
    expect(JSON.stringify(byId)).not.toContain(token);
  });

  it("is found for a group in the same way", async () => {
    const { id } = gitlab.createDeployToken({ group: "acme", name: "ci", scopes: ["read_repository"] });
    expect(await getGroupDeployToken({ group: "acme", name: "ci" })).toMatchObject({ deployTokenId: id });
    expect(await getGroupDeployToken({ group: "acme", deployTokenId: id })).toMatchObject({ name: "ci" });
  });

  it("counts as expired to the instant, and as revoked if GitLab says so", async () => {
    make("old", { expiresAt: now });
    const { id } = make("revoked");
    gitlab.revoke(id);
    const get = (name: string) => getProjectDeployToken({ project: "acme/app", name });
    expect(await get("old")).toMatchObject({ expired: true, revoked: false, active: false });
    expect(await get("revoked")).toMatchObject({ expired: false, revoked: true, active: false });
  });

  it("that does not exist: the error lists the existing tokens", async () => {
    const { id } = make("pull");
    await expect(getProjectDeployToken({ project: "acme/app", name: "push" })).rejects.toMatchObject({
      code: "deploy_token_not_found",
      message: `The project acme/app has no deploy token named "push". It has: ${id} (pull).`,
    });
    gitlab.reset();
    await expect(getProjectDeployToken({ project: "acme/app", name: "push" })).rejects.toThrow(
      /It has: none/,
    );
  });

  it("whose name several tokens have: the error lists them, or the newest of many", async () => {
    const ids = Array.from({ length: 25 }, () => make("pull").id);
    const asked = getProjectDeployToken({ project: "acme/app", name: "pull" });
    await expect(asked).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(asked).rejects.toThrow(
      `which 25 deploy tokens of the project acme/app have: 5 older ones, ${ids[5]} (pull)`,
    );
    await expect(asked).rejects.toThrow(
      /wanted: deployTokenId, or newest: true for the newest one that works$/,
    );
  });

  it("found by name is the newest active one during a rotation's overlap", async () => {
    const before = make("turn", { expiresAt: "2027-01-31" });
    const current = make("turn", { expiresAt: "2027-04-30" });
    const revoked = make("turn");
    make("other");
    gitlab.revoke(revoked.id);
    const newest = () => getProjectDeployToken({ project: "acme/app", name: "turn", newest: true });
    expect(await newest()).toMatchObject({ deployTokenId: current.id, active: true });
    gitlab.deleteDeployToken(current.id);
    expect(await newest()).toMatchObject({ deployTokenId: before.id });
    gitlab.deleteDeployToken(before.id);
    await expect(newest()).rejects.toMatchObject({
      code: "deploy_token_not_found",
      message: `The project acme/app has no deploy token named "turn" that works. Expired or revoked: ${revoked.id} (turn).`,
    });
    const none = getProjectDeployToken({ project: "acme/app", name: "none", newest: true });
    await expect(none).rejects.toThrow('has no deploy token named "none". It has: ');
    const group = gitlab.createDeployToken({ group: "acme", name: "g", scopes: ["read_registry"] });
    const found = await getGroupDeployToken({ group: "acme", name: "g", newest: true });
    expect(found.deployTokenId).toBe(group.id);
  });

  it.each([
    [{ project: "acme/app" }, "deployTokenId is undefined and name is undefined; wanted: one of the two"],
    [{ project: "acme/app", deployTokenId: 1, name: "x" }, "wanted: one of the two"],
    [{ project: "acme/app", deployTokenId: 1, newest: true }, "newest is true with deployTokenId"],
    [{ project: "acme/app", name: "x", newest: "yes" as never }, 'newest is "yes"; wanted: true or false'],
    [{ project: "acme/app", deployTokenId: 0 }, "deployTokenId is 0; wanted: a deploy token's id"],
    [{ project: "", name: "x" }, 'project is ""; wanted: the project\'s numeric id or its full path'],
  ])("refuses %j", async (args, message) => {
    await expect(getProjectDeployToken(args)).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(getProjectDeployToken(args)).rejects.toThrow(message);
    expect(gitlab.requests).toEqual([]);
  });
});

describe("all tokens of an owner", () => {
  it("are listed through all pages, 100 a page, in GitLab's order", async () => {
    const ids = Array.from({ length: 205 }, (_, index) => make(`t${index}`).id);
    const { tokens: found } = await getProjectDeployTokens({ project: "acme/app" });
    expect(found.map(({ deployTokenId }) => deployTokenId)).toEqual(ids);
    expect(paths(gitlab)).toEqual(
      [1, 3, 2, 1].map((page) => `GET /projects/acme%2Fapp/deploy_tokens?per_page=100&page=${page}`),
    );
  });

  it("are filtered by the client: active ones, inactive ones", async () => {
    make("good");
    make("dead", { expiresAt: now });
    gitlab.revoke(make("revoked").id);
    const names = async (active: boolean) =>
      (await getProjectDeployTokens({ project: "acme/app", active })).tokens.map(({ name }) => name);
    expect(await names(true)).toEqual(["good"]);
    expect(await names(false)).toEqual(["dead", "revoked"]);
    await expect(
      getProjectDeployTokens({ project: "acme/app", active: "yes" as unknown as boolean }),
    ).rejects.toThrow('active is "yes"; wanted: true, false');
  });

  it("are an error instead of half a list", async () => {
    for (let index = 0; index < 101; index++) make(`t${index}`);
    gitlab.faults.add({ path: /[?&]page=2/, times: Infinity, fault: { kind: "respond", status: 500 } });
    await expect(getProjectDeployTokens({ project: "acme/app" })).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  it("are found under a project's old path", async () => {
    make("pull");
    gitlab.move("project", "acme/app", "acme/renamed");
    const { tokens: found } = await getProjectDeployTokens({ project: "acme/app" });
    expect(found).toHaveLength(1);
  });

  it("are listed for a group, and a missing one is an error", async () => {
    gitlab.createDeployToken({ group: "acme", name: "ci", scopes: ["read_repository"] });
    expect((await getGroupDeployTokens({ group: "acme" })).tokens).toHaveLength(1);
    await expect(getGroupDeployTokens({ group: "nowhere" })).rejects.toMatchObject({
      code: "owner_not_found",
    });
  });
});

describe("the whole instance", () => {
  it("is listed for an administrator", async () => {
    configure(tokens.administrator);
    make("pull");
    gitlab.createDeployToken({ group: "acme", name: "ci", scopes: ["read_repository"] });
    const { tokens: found } = await getInstanceDeployTokens();
    expect(found.map(({ name }) => name)).toEqual(["pull", "ci"]);
  });

  it("is refused to everyone else, with a hint at what works", async () => {
    await expect(getInstanceDeployTokens()).rejects.toMatchObject({ code: "forbidden" });
    await expect(getInstanceDeployTokens()).rejects.toThrow(
      /Only an administrator may list .* Otherwise list them by group: getGroupDeployTokens, or/,
    );
  });
});

it("warns once that an old GitLab does not report revocation", async () => {
  const old = await another({ profile: "13.0" });
  configure(tokens.owner, old.url);
  const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  for (const name of ["a", "b"]) {
    const { id } = old.createDeployToken({ project: "acme/app", name, scopes: ["read_registry"] });
    expect(await getProjectDeployToken({ project: "acme/app", deployTokenId: id })).toMatchObject({
      revoked: false,
    });
  }
  expect(warn.mock.calls.map(([message]) => message)).toEqual([expect.stringContaining("before 13.12")]);
});

describe("under Pulumi's mocks", () => {
  it("use the mocks' call, in both forms", async () => {
    const calls: pulumi.runtime.MockCallArgs[] = [];
    await pulumi.runtime.setMocks({
      newResource: ({ inputs }) => ({ id: "1", state: inputs }),
      call: (args) => {
        calls.push(args);
        return { deployTokenId: 4, name: "pull" };
      },
    });
    expect(await getProjectDeployToken({ project: "acme/app", name: "pull" })).toEqual({
      deployTokenId: 4,
      name: "pull",
    });
    const output = getProjectDeployTokenOutput({ project: pulumi.output("acme/app"), name: "pull" });
    expect(await known(output.name)).toBe("pull");
    expect(calls.map(({ token, inputs }) => [token, inputs])).toEqual(
      Array(2).fill([
        "gitlab-deploy-tokens:index:getProjectDeployToken",
        { project: "acme/app", name: "pull" },
      ]),
    );
    expect(gitlab.requests).toEqual([]);
  });

  it.each([
    [
      "getProjectDeployToken",
      () => getProjectDeployToken({ project: "acme/app", name: "pull" }),
      "deployTokenId",
    ],
    ["getGroupDeployTokens", () => getGroupDeployTokens({ group: "acme" }), "tokens"],
    ["getInstanceDeployTokens", () => getInstanceDeployTokens(), "tokens"],
  ])("%s names the fields that mocks do not return", async (name, lookUp, missing) => {
    await setMocks();
    await expect(lookUp()).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(
        new RegExp(
          `^${name}: the mocks of this test return no result. Wanted: ${missing}.* for the token "gitlab-deploy-tokens:index:${name}".$`,
        ),
      ),
    });
  });
});
