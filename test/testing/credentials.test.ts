import { describe, expect, it } from "vitest";
import { another, gitlab, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";
import { ask, forbidden, group404, project404, valid } from "./bench.js";

useEmulator();
const list = "/projects/1/deploy_tokens";
const unauthorized = { status: 401, body: { message: "401 Unauthorized" } };

describe("access tokens", () => {
  it("of a project and of a group have their role there and nowhere else", async () => {
    gitlab.seed({
      groups: [{ path: "bots", tokens: [{ value: "glpat-group-bot-0000001", role: "owner" }] }],
      projects: [
        { path: "bots/one", tokens: [{ value: "glpat-project-bot-00001" }] },
        { path: "bots/two", tokens: [{ value: "glpat-project-dev-00001", role: "developer" }] },
      ],
    });
    const status = async (path: string, token: string) => (await ask(path, { token })).status;
    expect(await status("/groups/bots/deploy_tokens", "glpat-group-bot-0000001")).toBe(200);
    expect(await status("/projects/bots%2Ftwo/deploy_tokens", "glpat-group-bot-0000001")).toBe(200);
    expect(await status("/projects/bots%2Fone/deploy_tokens", "glpat-project-bot-00001")).toBe(200);
    expect(await status("/projects/bots%2Ftwo/deploy_tokens", "glpat-project-bot-00001")).toBe(404);
    expect(await status("/projects/bots%2Ftwo/deploy_tokens", "glpat-project-dev-00001")).toBe(403);
    expect(await status("/groups/bots/deploy_tokens", "glpat-project-bot-00001")).toBe(403);
    expect((await ask("/user", { token: "glpat-project-bot-00001" })).body).toMatchObject({
      username: "project_7_bot_1",
    });
  });

  it("of OAuth are taken as Bearer and access_token, not as PRIVATE-TOKEN", async () => {
    gitlab.seed({
      users: [{ username: "oa", admin: true, tokens: [{ value: "oauth-value-1", oauth: true }] }],
    });
    expect((await ask(list, { token: "oauth-value-1" })).status).toBe(200);
    expect((await ask(`${list}?access_token=oauth-value-1`, { token: null })).status).toBe(200);
    const headers = { "private-token": "oauth-value-1" };
    expect(await ask(list, { token: null, headers })).toMatchObject(unauthorized);
    expect(await ask(`${list}?private_token=oauth-value-1`, { token: null })).toMatchObject(unauthorized);
  });

  it.each([
    ["expired", "Token is expired. You can either do re-authorization or token refresh."],
    ["revoked", "Token was revoked. You have to re-authorize from the user."],
    ["impersonation", "Token is an impersonation token but impersonation was disabled."],
  ] as const)("that are %s are refused by name, with a challenge", async (state, error_description) => {
    gitlab.seed({ users: [{ username: "dead", tokens: [{ value: "dead-token", state }] }] });
    const { status, body, headers } = await ask(list, { token: "dead-token" });
    expect([status, body]).toEqual([401, { error: "invalid_token", error_description }]);
    expect(headers.get("www-authenticate")).toBe(
      `Bearer realm="Protected by OAuth 2.0", error="invalid_token", error_description="${error_description}"`,
    );
  });

  it("with too small a scope are refused without a challenge; read_user is enough for the own user", async () => {
    const { headers } = await ask(list, { token: tokens.readUser });
    expect(headers.get("www-authenticate")).toBeNull();
    expect((await ask("/user", { token: tokens.readUser })).status).toBe(200);
    expect((await ask("/version", { token: tokens.readUser })).status).toBe(200);
  });

  it("may be sent in a body too", async () => {
    const json = { ...valid, private_token: tokens.owner };
    expect((await ask(list, { method: "POST", token: null, json })).status).toBe(201);
    expect(JSON.stringify(gitlab.requests)).not.toContain(tokens.owner);
  });

  it("do not count if they are empty, of another scheme or of a CI job", async () => {
    for (const headers of [
      { "private-token": "" },
      { authorization: "Basic b2xpdmlhOng=" },
      { authorization: "Bearer glcbt-64_abcdefghij" },
    ]) {
      expect(await ask(list, { token: null, headers })).toMatchObject(project404);
    }
    const both = { "private-token": "", authorization: `Bearer ${tokens.owner}` };
    expect((await ask(list, { token: null, headers: both })).status).toBe(200);
  });
});

it("Admin Mode takes an administrator's powers from a token without its scope, everywhere", async () => {
  const seed = {
    users: [
      {
        username: "root",
        admin: true,
        tokens: [{ value: "plain" }, { value: "admin", scopes: ["api", "admin_mode"] }],
      },
    ],
    groups: [{ path: "g" }],
    projects: [{ path: "g/p" }],
  };
  const emulator = await another({ adminMode: true, seed });
  const as = (token: string, path: string) => ask(path, { token }, emulator);
  expect(await as("plain", "/projects/1/deploy_tokens")).toMatchObject(project404);
  expect(await as("plain", "/groups/1/deploy_tokens")).toMatchObject(group404);
  for (const path of ["/license", "/deploy_tokens"]) expect(await as("plain", path)).toMatchObject(forbidden);
  expect((await as("plain", "/user")).body).toMatchObject({ is_admin: true });
  for (const path of ["/projects/1/deploy_tokens", "/groups/1/deploy_tokens", "/deploy_tokens", "/license"]) {
    expect((await as("admin", path)).status).toBe(200);
  }
});

it("an anonymous request to a public project or group is 403", async () => {
  for (const path of ["/projects/open%2Fdocs/deploy_tokens", "/groups/open/deploy_tokens"]) {
    expect(await ask(path, { token: null })).toMatchObject(forbidden);
    expect(await ask(path, { token: null, method: "POST", json: valid })).toMatchObject(forbidden);
  }
});

it("answers in GitLab's order: parameters, then the caller, the owner, the role, and last the token", async () => {
  const bad = { ...valid, scopes: [] };
  const post = (json: object, token: string | null) => ask(list, { method: "POST", json, token });
  expect((await post({}, "glpat-nobody")).body).toEqual({ error: "name is missing, scopes is missing" });
  expect(await post(bad, "glpat-nobody")).toMatchObject(unauthorized);
  expect(await post(bad, tokens.outsider)).toMatchObject(project404);
  expect(await post(bad, tokens.developer)).toMatchObject(forbidden);
  expect((await post(bad, tokens.maintainer)).body).toEqual({ message: "Scopes can't be blank" });
  expect((await ask(`${list}/x`, { token: "glpat-nobody" })).body).toEqual({ error: "token_id is invalid" });
  expect(await ask(`${list}/9`, { token: tokens.developer })).toMatchObject(forbidden);
  expect((await ask(`${list}/9`)).body).toEqual({ message: "404 Not found" });
  expect((await ask("/projects/bad_id/deploy_tokens/1", { method: "DELETE" })).body).toEqual(project404.body);
});
