import { afterEach, describe, expect, it, vi } from "vitest";
import { userRefusals } from "../../provider/testing/index.js";
import { another, gitlab, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";
import { ask, forbidden, group404, project404, valid } from "./bench.js";
import { basic } from "./clients";

useEmulator();
const list = "/projects/1/deploy_tokens";
const json = (method: string, body: object = valid) => ({ method, json: body });
const granular = (description = "Access denied: ") => ({
  status: 403,
  body: { error: "insufficient_granular_scope", error_description: expect.stringContaining(description) },
});

describe("a fine-grained access token", () => {
  const token = "glpat-fine-grained-00001";
  const grant = (...grants: { permissions: string[]; at?: string }[]) =>
    gitlab.seed({
      groups: [],
      users: [{ username: "fina", admin: true, tokens: [{ value: token, grants }] }],
    });
  const status = async (path: string, request: object = {}) =>
    (await ask(path, { token, ...request })).status;

  it("needs one permission for reading, one for creating and one for deleting", async () => {
    grant({ permissions: ["read_deploy_token"] });
    const { id } = gitlab.createDeployToken({ project: "1", ...valid });
    expect([await status(list), await status(`${list}/${id}`)]).toEqual([200, 200]);
    expect(await ask(list, { token, ...json("POST") })).toMatchObject(
      granular("project permissions: [Deploy Token: Create]."),
    );
    const deletion = await ask(`${list}/${id}`, { token, method: "DELETE" });
    expect(deletion).toMatchObject(granular("project permissions: [Deploy Token: Delete]."));
    expect(gitlab.deployTokens()).toHaveLength(1);
  });

  it("has its permissions at a boundary and everything below it", async () => {
    grant(
      { permissions: ["read_deploy_token"], at: "acme/platform" },
      { permissions: ["create_deploy_token"], at: "acme/app" },
    );
    expect(await status("/projects/3/deploy_tokens")).toBe(200);
    expect(await status("/groups/2/deploy_tokens")).toBe(200);
    expect(await status("/groups/1/deploy_tokens")).toBe(403);
    expect(await status(list)).toBe(403);
    expect(await status(list, json("POST"))).toBe(201);
    expect(await status("/projects/2/deploy_tokens", json("POST"))).toBe(403);
  });

  it("reads a project or group with a permission of its own, and nothing else", async () => {
    grant({ permissions: ["read_project"], at: "acme/app" }, { permissions: ["read_group"], at: "nowhere" });
    expect(await status("/projects/acme%2Fapp")).toBe(200);
    expect(await ask("/groups/acme", { token })).toMatchObject(granular("group permissions: [Group: Read]."));
    for (const path of ["/user", "/version", "/projects", "/deploy_tokens/x", "/projects/1/variables"]) {
      expect(await status(path)).toBe(path === "/deploy_tokens/x" ? 404 : 403);
    }
    const unsupported = "Access denied: This operation doesn't support fine-grained personal access tokens.";
    expect(await ask("/user", { token })).toMatchObject(granular(unsupported));
  });

  it("is refused after the parameters and the project, and before the role", async () => {
    gitlab.seed({
      users: [{ username: "fay", tokens: [{ value: token, grants: [{ permissions: [], at: "acme" }] }] }],
      projects: [{ path: "open/fay", visibility: "public", members: { fay: "guest" } }],
    });
    expect(await status(list, json("POST", {}))).toBe(400);
    expect(await ask(list, { token })).toMatchObject(project404);
    expect(await ask("/projects/open%2Ffay/deploy_tokens", { token })).toMatchObject(granular());
  });

  it("can be the only kind that a top-level group accepts", async () => {
    gitlab.seed({
      groups: [
        { path: "strict", enforcesFineGrainedTokens: true, members: { olivia: "owner" } },
        { path: "strict/below" },
      ],
    });
    grant({ permissions: ["read_deploy_token"] });
    expect(await ask("/groups/strict%2Fbelow/deploy_tokens")).toMatchObject(granular());
    expect(await status("/groups/strict%2Fbelow/deploy_tokens")).toBe(200);
  });
});

describe("a project marked for deletion", () => {
  it("has another path, redirects from the old one and still serves its numeric id", async () => {
    await gitlab.clock.set("2027-01-31T10:00:00Z");
    gitlab.scheduleDeletion("project", "acme/app");
    expect(await ask("/projects/1")).toMatchObject({
      status: 200,
      body: {
        path_with_namespace: "acme/app-deletion_scheduled-1",
        marked_for_deletion_on: "2027-01-31",
      },
    });
    const moved = await ask("/projects/acme%2Fapp/deploy_tokens");
    expect([moved.status, moved.headers.get("location")]).toEqual([
      301,
      `${gitlab.url}/api/v4/projects/1/deploy_tokens`,
    ]);
    const { status, body } = await ask(list, json("POST"));
    expect(status).toBe(201);
    expect((await ask(`${list}/${(body as { id: number }).id}`, { method: "DELETE" })).status).toBe(204);
    expect((await ask("/projects/2")).body).toMatchObject({ marked_for_deletion_on: null });
  });

  it("is the result of a DELETE with delayed deletion, and a second DELETE removes it", async () => {
    const emulator = await another({ delayedDeletion: true });
    const remove = async (more = "") =>
      (await ask(`/projects/1${more}`, { method: "DELETE" }, emulator)).status;
    expect(await remove()).toBe(202);
    expect((await ask("/projects/1", {}, emulator)).status).toBe(200);
    expect(await ask("/projects/1", { method: "DELETE" }, emulator)).toMatchObject({
      status: 400,
      body: { message: "Project has already been marked for deletion" },
    });
    expect(await remove("?permanently_remove=true")).toBe(202);
    expect((await ask("/projects/1", {}, emulator)).status).toBe(404);
  });

  it("can be part of the seed", async () => {
    gitlab.seed({ projects: [{ path: "acme/doomed", markedForDeletionOn: "2027-02-01" }] });
    expect((await ask("/projects/acme%2Fdoomed")).body).toMatchObject({
      marked_for_deletion_on: "2027-02-01",
    });
  });
});

it("a group marked for deletion changes its projects' paths, and its old path is not found", async () => {
  gitlab.scheduleDeletion("group", "acme");
  expect((await ask("/groups/1")).body).toMatchObject({
    full_path: "acme-deletion_scheduled-1",
    marked_for_deletion_on: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  });
  expect(await ask("/groups/acme")).toMatchObject(group404);
  expect((await ask("/projects/acme%2Fapp")).status).toBe(301);
  expect((await ask("/groups/1/deploy_tokens", json("POST"))).status).toBe(201);
});

it("groups below an archived one refuse to create and to delete tokens, and still list them", async () => {
  gitlab.seed({
    groups: [
      { path: "past", archived: true, members: { olivia: "owner" } },
      { path: "past/one" },
      { path: "past/one/two" },
    ],
    projects: [{ path: "past/one/app" }],
  });
  for (const group of ["past", "past/one", "past/one/two"]) {
    const path = `/groups/${encodeURIComponent(group)}/deploy_tokens`;
    const { id } = gitlab.createDeployToken({ group, ...valid });
    expect(await ask(path, json("POST"))).toMatchObject(forbidden);
    expect(await ask(`${path}/${id}`, { method: "DELETE" })).toMatchObject(forbidden);
    expect((await ask(`${path}/${id}`)).status).toBe(200);
  }
  expect((await ask("/projects/past%2Fone%2Fapp/deploy_tokens", json("POST"))).status).toBe(201);
});

describe("DPoP", () => {
  const token = "glpat-dpop-000000000001";
  const proof = (header: object) => [header, {}, {}].map((part) => encode(part)).join(".");
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const dpop = (value?: string) => ask(list, { token, headers: value === undefined ? {} : { dpop: value } });

  it("refuses a personal access token without a proof, or with a malformed one", async () => {
    gitlab.seed({ users: [{ username: "dora", admin: true, dpop: true, tokens: [{ value: token }] }] });
    const missing = await dpop();
    expect(missing).toMatchObject({
      status: 401,
      body: { error: "dpop_error", error_description: "DPoP validation error: DPoP header is missing" },
    });
    expect(missing.headers.get("www-authenticate")).toContain('error="dpop_error"');
    for (const bad of ["x", "a.b", "a.b.c", proof({ typ: "JWT" })]) {
      expect(await dpop(bad)).toMatchObject({ status: 401, body: { error: "dpop_error" } });
    }
    expect((await dpop(proof({ typ: "dpop+jwt" }))).status).toBe(200);
  });

  it("does not apply to OAuth tokens", async () => {
    const tokens = [{ value: "oauth-dpop-1", oauth: true }];
    gitlab.seed({ users: [{ username: "dino", admin: true, dpop: true, tokens }] });
    expect((await ask(list, { token: "oauth-dpop-1" })).status).toBe(200);
  });
});

describe("a user who may not use the API", () => {
  it.each([
    ["blocked", userRefusals.blocked(), /has been blocked/],
    ["deactivated", userRefusals.deactivated(), /deactivated/],
    ["asked for the terms of service", userRefusals.termsNotAccepted("tess"), /^You \(@tess\) must accept/],
    ["asked for a second factor", userRefusals.twoFactorMissing(), /two-factor/],
  ])("is %s", async (_what, blocked, reason) => {
    gitlab.seed({
      users: [{ username: "tess", blocked, tokens: [{ value: "glpat-tess-0000000001" }] }],
    });
    const { status, body } = await ask(list, { token: "glpat-tess-0000000001" });
    const { message } = body as { message: string };
    expect([status, message.slice(0, 16)]).toEqual([403, "403 Forbidden - "]);
    expect(message.slice(16)).toMatch(reason);
  });
});

describe("with a deploy token", () => {
  const clone = (path: string, token: Parameters<typeof basic>[0]) =>
    fetch(`${gitlab.url}/${path}.git/info/refs?service=git-upload-pack`, { headers: basic(token) });
  const make = (owner: object, ...scopes: string[]) =>
    gitlab.createDeployToken({ ...owner, name: "t", scopes });

  afterEach(() => void vi.restoreAllMocks());

  it("Git answers 401 for a project whose repository is disabled", async () => {
    gitlab.seed({ projects: [{ path: "acme/off", repositoryEnabled: false, files: { a: "b" } }] });
    const token = make({ project: "acme/off" }, "read_repository");
    expect((await clone("acme/off", token)).status).toBe(401);
  });
});

describe("GitLab's order", () => {
  it("checks maintenance, read-only mode and malformed text before the rate limit", async () => {
    const emulator = await another({ rateLimit: { limit: 1, period: 3600 } });
    const post = async () => (await ask(list, json("POST"), emulator)).status;
    expect([await post(), await post()]).toEqual([201, 429]);
    expect((await ask(`${list}?page=%00`, {}, emulator)).status).toBe(400);
    emulator.modes.maintenance = true;
    expect(await post()).toBe(503);
    emulator.modes.maintenance = false;
    emulator.modes.readOnly = true;
    expect(await post()).toBe(403);
  });

  it("checks the rate limit before malformed JSON and the routes", async () => {
    const emulator = await another({ rateLimit: { limit: 1, period: 3600 } });
    const broken = { method: "POST", body: "{", headers: { "content-type": "application/json" } };
    expect((await ask(list, broken, emulator)).status).toBe(400);
    expect((await ask(list, broken, emulator)).status).toBe(429);
    expect((await ask("/nowhere", {}, emulator)).status).toBe(429);
    expect((await ask("/version", { token: tokens.maintainer }, emulator)).status).toBe(200);
  });
});
