import { afterEach, describe, expect, it } from "vitest";
import { profile } from "../support/profile.js";
import { tokens } from "../support/run.js";
import { raw } from "./raw.js";
import { body, emulatorOnly, isReal, routeNotFound, useTarget } from "./target.js";

const used = useTarget();
const valid = body({ name: "a", scopes: ["read_registry"] });
const forbidden = { status: 403, body: { message: "403 Forbidden" } };
const project404 = { status: 404, body: { message: "404 Project Not Found" } };
const group404 = { status: 404, body: { message: "404 Group Not Found" } };
const unauthorized = { status: 401, body: { message: "401 Unauthorized" } };
const invalidToken = { status: 401, body: { error: "invalid_token" } };
const tooSmall = { status: 403, body: { error: "insufficient_scope", scope: "api read_api" } };

describe("routes", () => {
  it.each([
    ["GET", "/projects/1/deploy_token", 404],
    ["GET", "/projects/acme/app/deploy_tokens", 404],
    ["PUT", "/projects/1/deploy_tokens/1", 404],
    ["PATCH", "/projects/1/deploy_tokens/1", 404],
  ])("%s %s answers that there is no such route", async (method, path, status) => {
    const answer = await raw(used.target, path, { method, json: method === "GET" ? undefined : {} });
    expect(answer).toMatchObject({ status, body: { error: "404 Not Found" } });
  });

  it.each([
    ["/projects/bad_id/deploy_tokens", project404],
    ["/projects/a%252Fb/deploy_tokens", project404],
    ["/projects/-1/deploy_tokens", project404],
    ["/groups/bad_id/deploy_tokens", group404],
  ])("%s answers that there is no such owner", async (path, expected) => {
    expect(await raw(used.target, path)).toMatchObject(expected);
  });

  it("answer HEAD without a body, and OPTIONS with the verbs", async () => {
    const path = `/projects/${used.target.project.id}/deploy_tokens`;
    expect(await raw(used.target, path, { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
    const { status, headers } = await raw(used.target, path, { method: "OPTIONS" });
    expect(status).toBe(204);
    expect(headers.get("allow")).toBe("OPTIONS, GET, POST, HEAD");
  });

  it("carry these headers, and a deletion has no content", async () => {
    const path = `/projects/${used.target.project.id}/deploy_tokens`;
    const { body: created, headers } = await raw(used.target, path, { method: "POST", json: valid });
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const gone = await raw(used.target, `${path}/${(created as { id: number }).id}`, { method: "DELETE" });
    expect([gone.status, gone.body, gone.headers.get("content-type")]).toEqual([204, "", null]);
  });

  it("check parameters before they identify the caller", async () => {
    const answer = await raw(used.target, "/projects/1/deploy_tokens", {
      method: "POST",
      json: body({}),
      token: null,
    });
    expect(answer).toMatchObject({ status: 400, body: { error: "name is missing, scopes is missing" } });
  });
});

describe.skipIf(isReal)(emulatorOnly("who may do what", "it needs users of each role"), () => {
  afterEach(() => used.emulator.reset());

  const all = (refusal: object) =>
    Object.fromEntries(
      ["instance", "get", "post", "delete", "groupGet", "groupPost", "groupDelete", "closed", "open"].map(
        (request) => [request, refusal],
      ),
    );
  const ofProject = { get: project404, post: project404, delete: project404, closed: project404 };
  const ofGroup = { groupGet: group404, groupPost: group404, groupDelete: group404 };
  const closed = project404;
  const matrix: [string, string | null, Record<string, object>][] = [
    ["administrator", tokens.administrator, {}],
    ["owner", tokens.owner, { instance: forbidden, closed }],
    [
      "maintainer",
      tokens.maintainer,
      { instance: forbidden, groupPost: forbidden, groupDelete: forbidden, closed, open: forbidden },
    ],
    ["developer", tokens.developer, { ...all(forbidden), closed }],
    ["outsider", tokens.outsider, { ...all(forbidden), ...ofProject, ...ofGroup }],
    ["anonymous", null, { ...ofProject, ...ofGroup, instance: unauthorized, open: forbidden }],
    [
      "read_api only",
      tokens.readApi,
      {
        instance: forbidden,
        post: tooSmall,
        delete: tooSmall,
        groupPost: tooSmall,
        groupDelete: tooSmall,
        closed,
      },
    ],
    ["read_user only", tokens.readUser, all(tooSmall)],
    ["expired", tokens.expired, all(invalidToken)],
    ["revoked", tokens.revoked, all(invalidToken)],
    ["unknown", "glpat-nobody", all(unauthorized)],
  ];

  it.each(matrix)("%s", async (who, token, refusals) => {
    const { emulator } = used;
    const project = emulator.createDeployToken({ project: "acme/app", name: "a", scopes: ["read_registry"] });
    const group = emulator.createDeployToken({ group: "acme", name: "a", scopes: ["read_registry"] });
    const requests: Record<string, [string, string, number]> = {
      instance: ["GET", "/deploy_tokens", 200],
      get: ["GET", `/projects/1/deploy_tokens/${project.id}`, 200],
      post: ["POST", "/projects/1/deploy_tokens", 201],
      delete: ["DELETE", `/projects/1/deploy_tokens/${project.id}`, 204],
      groupGet: ["GET", `/groups/1/deploy_tokens/${group.id}`, 200],
      groupPost: ["POST", "/groups/1/deploy_tokens", 201],
      groupDelete: ["DELETE", `/groups/1/deploy_tokens/${group.id}`, 204],
      closed: ["GET", "/projects/closed%2Fvault/deploy_tokens", 200],
      open: ["GET", "/projects/open%2Fdocs/deploy_tokens", 200],
    };
    for (const [what, [method, path, status]] of Object.entries(requests)) {
      const answer = await raw(used.target, path, {
        method,
        token,
        ...(method === "POST" ? { json: valid } : {}),
      });
      const isUnknown = !profile.getsOne && ["get", "groupGet"].includes(what);
      const mayWrite =
        profile.maintainersWriteGroups && who === "maintainer" && ["groupPost", "groupDelete"].includes(what);
      const refused = isUnknown ? routeNotFound : refusals[what];
      expect(answer, what).toMatchObject(mayWrite ? { status } : (refused ?? { status }));
    }
  });

  it.each(["guest", "planner", "reporter", "security_manager", "developer"] as const)(
    "a %s reads the project or group and none of its deploy tokens: 403",
    async (role) => {
      const { emulator } = used;
      const token = "glpat-some-role-0000001";
      emulator.seed({
        users: [{ username: "rae", tokens: [{ value: token }] }],
        groups: [{ path: "roles", members: { olivia: "owner", rae: role } }],
        projects: [{ path: "roles/app" }],
      });
      for (const [kind, id] of [
        ["project", "roles/app"],
        ["group", "roles"],
      ] as const) {
        const row = emulator.createDeployToken({ [kind]: id, name: "a", scopes: ["read_registry"] });
        const owner = `/${kind}s/${encodeURIComponent(id)}`;
        const list = `${owner}/deploy_tokens`;
        expect((await raw(used.target, owner, { token })).status).toBe(200);
        expect(await raw(used.target, list, { token })).toMatchObject(forbidden);
        expect(await raw(used.target, list, { token, method: "POST", json: valid })).toMatchObject(forbidden);
        const item = `${list}/${row.id}`;
        const read = await raw(used.target, item, { token });
        expect(read).toMatchObject(profile.getsOne ? forbidden : routeNotFound);
        expect(await raw(used.target, item, { token, method: "DELETE" })).toMatchObject(forbidden);
      }
      expect(emulator.deployTokens()).toHaveLength(2);
    },
  );

  it("credentials are taken from each place; job tokens are not, and deploy tokens are unknown", async () => {
    const ask = (path: string, headers: Record<string, string> = {}) =>
      raw(used.target, path, { token: null, headers });
    const list = "/projects/1/deploy_tokens";
    expect((await ask(list, { "private-token": tokens.owner })).status).toBe(200);
    expect((await ask(`${list}?private_token=${tokens.owner}`)).status).toBe(200);
    expect((await ask(`${list}?access_token=${tokens.owner}`)).status).toBe(200);
    expect(await ask(list, { "job-token": "glcbt-1" })).toMatchObject(project404);
    expect(await ask(list, { "private-token": "glcbt-1" })).toMatchObject(project404);
    expect(await ask("/projects/open%2Fdocs/deploy_tokens", { "private-token": "glcbt-1" })).toMatchObject(
      forbidden,
    );
    expect(await ask(list, { "private-token": "gldt-aaaaaaaaaaaaaaaaaaaa" })).toMatchObject(unauthorized);
  });

  it("a blocked user gets the reason", async () => {
    expect(await raw(used.target, "/projects/1/deploy_tokens", { token: tokens.blocked })).toMatchObject({
      status: 403,
      body: { message: "403 Forbidden - Your account has been blocked." },
    });
  });

  it("a user owns the projects of their namespace, and a user's namespace is no group", async () => {
    expect((await raw(used.target, "/projects/olivia%2Fnotes/deploy_tokens")).status).toBe(200);
    expect(await raw(used.target, "/groups/olivia/deploy_tokens")).toMatchObject(group404);
  });
});
