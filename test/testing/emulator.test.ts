import { describe, expect, it } from "vitest";
import { start } from "../../provider/testing/index.js";
import { another, gitlab, hold, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";
import { ask, project404, valid } from "./bench.js";

useEmulator();

describe("a moved project's old path", () => {
  it("redirects in any case of letters, and is hidden from an outsider", async () => {
    gitlab.move("project", "acme/app", "acme/renamed");
    const { status, headers } = await ask("/projects/ACME%2Fapp/deploy_tokens?page=2");
    const location = `${gitlab.url}/api/v4/projects/1/deploy_tokens?page=2`;
    expect([status, headers.get("location")]).toEqual([301, location]);
    expect(await ask("/projects/acme%2Fapp/deploy_tokens", { token: tokens.outsider })).toMatchObject(
      project404,
    );
  });

  it("leads to a new project at that path, and nowhere after the project is deleted", async () => {
    gitlab.move("project", "acme/app", "acme/renamed");
    gitlab.seed({ projects: [{ path: "acme/app" }] });
    expect((await ask("/projects/acme%2Fapp")).body).toMatchObject({ id: 7 });
    gitlab.move("project", "acme/renamed", "acme/again");
    await ask("/projects/1", { method: "DELETE" });
    expect(await ask("/projects/acme%2Frenamed")).toMatchObject(project404);
  });

  it("is a plain 404 for a group, whose projects' old paths redirect", async () => {
    gitlab.move("group", "acme", "acme2");
    expect(await ask("/groups/acme")).toMatchObject({
      status: 404,
      body: { message: "404 Group Not Found" },
    });
    expect((await ask("/projects/acme%2Fapp")).status).toBe(301);
    expect((await ask("/projects/acme2%2Fplatform%2Fimages")).status).toBe(200);
  });
});

describe("owners out of sight", () => {
  it("are 404 if they are being deleted or closed to this address", async () => {
    Object.assign(gitlab.store.find("project", "1") ?? {}, { pendingDelete: true });
    expect(await ask("/projects/1/deploy_tokens")).toMatchObject(project404);
    gitlab.seed({ groups: [{ path: "vpn", restricted: true, members: { olivia: "owner" } }] });
    expect((await ask("/groups/vpn/deploy_tokens")).status).toBe(404);
  });

  it("an archived group's tokens are read, not written; an archived project's are both", async () => {
    gitlab.seed({
      groups: [{ path: "old", archived: true, members: { olivia: "owner" } }],
      projects: [{ path: "olivia/old", archived: true }],
    });
    expect((await ask("/groups/old/deploy_tokens")).status).toBe(200);
    expect((await ask("/groups/old/deploy_tokens", { method: "POST", json: valid })).status).toBe(403);
    expect((await ask("/projects/olivia%2Fold/deploy_tokens", { method: "POST", json: valid })).status).toBe(
      201,
    );
  });

  it("are deleted with their tokens; before 17.3 the instance's list kept these", async () => {
    for (const [profile, left] of [
      ["latest", 0],
      ["14.8", 2],
    ] as const) {
      const emulator = await another({ profile });
      emulator.createDeployToken({ group: "acme", name: "g", scopes: ["read_registry"] });
      emulator.createDeployToken({ project: "acme/platform/images", name: "p", scopes: ["read_registry"] });
      expect((await ask("/groups/1", { method: "DELETE" }, emulator)).status).toBe(202);
      expect(await ask("/projects/acme%2Fapp", {}, emulator)).toMatchObject(project404);
      const all = await ask("/deploy_tokens", { token: tokens.administrator }, emulator);
      expect(all.body).toHaveLength(left);
    }
  });
});

describe("expiry and revocation", () => {
  it("a token that expires today is not yet `expired`, but no longer active", async () => {
    await gitlab.clock.set("2027-01-31T00:00:01Z");
    const { id } = gitlab.createDeployToken({ project: "acme/app", ...valid, expiresAt: "2027-01-31" });
    const one = () => ask(`/projects/1/deploy_tokens/${id}`);
    expect((await one()).body).toMatchObject({ expired: false });
    expect((await ask("/projects/1/deploy_tokens?active=true")).body).toEqual([]);
    expect((await ask("/projects/1/deploy_tokens?active=false")).body).toHaveLength(1);
    await gitlab.clock.advance(86_400_000);
    expect((await one()).body).toMatchObject({ expired: true });
  });

  it("the clock stops at a given time, or runs", async () => {
    expect(() => gitlab.clock.set("soon")).toThrow(RangeError);
    await gitlab.clock.set(undefined);
    expect(Math.abs(gitlab.clock.now().getTime() - Date.now())).toBeLessThan(60_000);
  });
});

describe("modes", () => {
  it("maintenance answers 503 to writes, and reads work", async () => {
    gitlab.modes.maintenance = true;
    const refused = { status: 503, body: { message: "GitLab Maintenance: system is in maintenance mode" } };
    expect(await ask("/projects/1/deploy_tokens", { method: "POST", json: valid })).toMatchObject(refused);
    expect((await ask("/projects/1/deploy_tokens")).status).toBe(200);
  });

  it("a read-only instance answers 403 to JSON", async () => {
    gitlab.modes.readOnly = true;
    const path = "/projects/1/deploy_tokens/1";
    expect(
      await ask(path, { method: "DELETE", headers: { "content-type": "application/json" } }),
    ).toMatchObject({
      status: 403,
      body: { message: "You cannot perform write operations on a read-only instance" },
    });
  });
});

describe("the rate limit", () => {
  const refusal = async (
    headers?: "all" | "retry-after" | "reset" | "none",
    token: string | null = tokens.owner,
  ) => {
    const emulator = await another({
      rateLimit: { limit: 1, period: 3600, ...(headers ? { headers } : {}) },
    });
    await ask("/version", { token }, emulator);
    return ask("/version", { token }, emulator);
  };

  it("answers 429 in plain text with GitLab's headers", async () => {
    const { status, body, headers } = await refusal();
    expect([status, body, headers.get("content-type")]).toEqual([429, "Retry later\n", "text/plain"]);
    expect(headers.get("ratelimit-name")).toBe("throttle_authenticated_api");
    expect(headers.get("ratelimit-limit")).toBe("1");
    expect(headers.get("ratelimit-observed")).toBe("2");
    expect(headers.get("ratelimit-remaining")).toBe("0");
    expect(Number(headers.get("ratelimit-reset")) % 3600).toBe(0);
    expect(Date.parse(String(headers.get("ratelimit-resettime")))).toBe(
      Number(headers.get("ratelimit-reset")) * 1000,
    );
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await refusal(undefined, null)).headers.get("ratelimit-name")).toBe(
      "throttle_unauthenticated_api",
    );
  });

  it.each([
    ["retry-after", ["retry-after"]],
    ["reset", ["ratelimit-reset"]],
    ["none", []],
  ] as const)("can leave headers out: %s", async (headers, present) => {
    const answer = await refusal(headers);
    const found = ["retry-after", "ratelimit-reset"].filter((name) => answer.headers.has(name));
    expect(found).toEqual(present);
  });
});

describe("old versions", () => {
  it("12.9 without its feature flag answers 503", async () => {
    const emulator = await another({ profile: "12.9", deployTokensApi: false });
    for (const path of ["/deploy_tokens", "/projects/1/deploy_tokens", "/projects/1/deploy_tokens/1"]) {
      expect((await ask(path, {}, emulator)).status).toBe(path.endsWith("/1") ? 404 : 503);
    }
    expect((await ask("/projects/1/deploy_tokens", { method: "POST", json: {} }, emulator)).status).toBe(503);
  });

  it.each(["12.9", "13.0", "14.8"] as const)(
    "%s has no redirect, and accepts a long name",
    async (profile) => {
      const emulator = await another({ profile });
      emulator.move("project", "acme/app", "acme/renamed");
      expect(await ask("/projects/acme%2Fapp", {}, emulator)).toMatchObject(project404);
      const long = { name: "x".repeat(300), scopes: ["read_registry"], expires_at: "", username: "" };
      const posted = await ask("/projects/1/deploy_tokens", { method: "POST", json: long }, emulator);
      expect(posted.status).toBe(201);
      expect((await ask("/version", {}, emulator)).body).toMatchObject({
        version: expect.stringContaining(profile),
      });
    },
  );
});

describe("the other routes", () => {
  it("return the caller and GitLab's version", async () => {
    expect((await ask("/user")).body).toMatchObject({ username: "olivia" });
    expect((await ask("/user", { token: tokens.administrator })).body).toMatchObject({ is_admin: true });
    expect((await ask("/version")).body).toMatchObject({ version: "18.6.0" });
    expect((await ask("/license")).status).toBe(403);
    expect((await ask("/license", { token: tokens.administrator })).status).toBe(200);
    for (const path of ["/user", "/version", "/license"])
      expect((await ask(path, { token: null })).status).toBe(401);
  });

  it("make, read, rename and delete projects and groups", async () => {
    const json = (body: object, method = "POST") => ({ method, json: body });
    const { body: group } = await ask("/groups", json({ name: "team", path: "team", visibility: "public" }));
    expect(group).toMatchObject({ id: 5, full_path: "team", parent_id: null, visibility: "public" });
    const { body: child } = await ask("/groups", json({ name: "sub", path: "sub", parent_id: 5 }));
    expect(child).toMatchObject({ full_path: "team/sub", parent_id: 5, full_name: "team / sub" });
    const { body: project } = await ask("/projects", json({ name: "app", namespace_id: 6 }));
    expect(project).toMatchObject({
      path_with_namespace: "team/sub/app",
      path: "app",
      namespace: { kind: "group" },
    });
    expect((await ask("/projects", json({ name: "mine" }))).body).toMatchObject({
      path_with_namespace: "olivia/mine",
    });
    expect((await ask("/projects/7", json({ path: "renamed", name: "R" }, "PUT"))).body).toMatchObject({
      path: "renamed",
      name: "R",
    });
    expect((await ask("/projects/7", { method: "DELETE" })).status).toBe(202);
    expect(await ask("/projects/7")).toMatchObject(project404);
    expect((await ask("/groups/2", { method: "DELETE", token: tokens.maintainer })).status).toBe(403);
    expect(await ask("/projects", json({ name: "app", namespace_id: 99 }))).toMatchObject({ status: 404 });
    expect((await ask("/groups", { ...json({ name: "x", path: "x" }), token: null })).status).toBe(401);
  });

  it("list what the caller sees, page by page", async () => {
    const names = async (path: string, token = tokens.owner as string | null) =>
      ((await ask(path, { token })).body as { path_with_namespace?: string; full_path?: string }[]).map(
        (each) => each.path_with_namespace ?? each.full_path,
      );
    expect(await names("/projects")).toEqual([
      "olivia/notes",
      "open/docs",
      "acme/platform/images",
      "acme/tools",
      "acme/app",
    ]);
    expect((await names("/projects?order_by=path&sort=asc"))[0]).toBe("acme/app");
    expect(await names("/projects", null)).toEqual(["open/docs"]);
    expect(await names("/projects?search=APP")).toEqual(["acme/app"]);
    expect(await names("/projects?membership=true", tokens.maintainer)).toEqual([
      "acme/platform/images",
      "acme/tools",
      "acme/app",
    ]);
    expect(await names("/projects?membership=true", tokens.administrator)).toEqual(["closed/vault"]);
    expect(await names("/projects?owned=true", tokens.maintainer)).toEqual([]);
    expect(await names("/projects?min_access_level=40", tokens.maintainer)).toHaveLength(3);
    expect(await names("/groups?per_page=1&page=2")).toEqual(["open"]);
    expect(await names("/groups")).toEqual(["acme", "open", "acme/platform"]);
    expect(await names("/groups/acme/projects")).toEqual(["acme/tools", "acme/app"]);
    expect(await names("/groups/1/projects?include_subgroups=true")).toHaveLength(3);
    expect(await names("/groups/1/subgroups")).toEqual(["acme/platform"]);
    expect(await names("/groups/1/descendant_groups")).toEqual(["acme/platform"]);
  });

  it("show an internal project to every signed-in user, and a private group to members of its projects", async () => {
    gitlab.seed({
      groups: [{ path: "secret" }],
      projects: [
        { path: "secret/shared", visibility: "internal" },
        { path: "secret/app", members: { otto: "guest" } },
      ],
    });
    expect((await ask("/projects/secret%2Fshared", { token: tokens.outsider })).status).toBe(200);
    expect((await ask("/projects/secret%2Fshared", { token: null })).status).toBe(404);
    expect((await ask("/groups/secret", { token: tokens.outsider })).status).toBe(200);
    expect((await ask("/groups/secret", { token: tokens.maintainer })).status).toBe(404);
  });
});

describe("the log", () => {
  it("contains the requests in order, without a credential", async () => {
    await ask(`/version?private_token=${tokens.owner}`, { token: null });
    await ask("/projects/1/deploy_tokens", { method: "POST", json: valid });
    expect(gitlab.requests).toMatchObject([
      { method: "GET", path: "/api/v4/version?private_token=[secret]", user: "olivia", status: 200 },
      { method: "POST", user: "olivia", status: 201, body: valid, headers: { authorization: "[secret]" } },
    ]);
    expect(JSON.stringify(gitlab.requests)).not.toMatch(/glpat-|gldt-/);
    gitlab.clearRequests();
    expect(gitlab.requests).toEqual([]);
  });

  it("has the time of a request's arrival", async () => {
    const arrived = gitlab.waitFor(({ path }) => path.endsWith("/version"));
    await ask("/version");
    expect((await arrived).method).toBe("GET");
    expect((await gitlab.waitFor(({ method }) => method === "GET")).path).toBe("/api/v4/version");
  });
});

describe("faults", () => {
  const post = () => ask("/projects/1/deploy_tokens", { method: "POST", json: valid });

  it("reset the connection before or after GitLab acted", async () => {
    gitlab.faults.add({ method: "POST", fault: { kind: "reset" } });
    await expect(post()).rejects.toThrow();
    expect(gitlab.deployTokens()).toHaveLength(0);
    const handle = gitlab.faults.add({ method: "POST", when: "after", fault: { kind: "reset" } });
    await expect(post()).rejects.toThrow();
    expect(gitlab.deployTokens()).toHaveLength(1);
    expect(handle.hits).toBe(1);
    expect((await post()).status).toBe(201);
  });

  it("answer differently, a given number of times, on some paths", async () => {
    const handle = gitlab.faults.add({
      path: /\/version$/,
      times: 2,
      fault: { kind: "respond", status: 502, body: "<html>", headers: { "content-type": "text/html" } },
    });
    expect((await ask("/user")).status).toBe(200);
    expect(await ask("/version")).toMatchObject({ status: 502, body: "<html>" });
    handle.remove();
    handle.remove();
    expect((await ask("/version")).status).toBe(200);
  });

  it("cut the body off, and let it trickle", async () => {
    gitlab.faults.add({ path: /version/, fault: { kind: "truncate" } });
    await expect(ask("/version")).rejects.toThrow();
    gitlab.faults.add({ path: /version/, fault: { kind: "trickle", pause: 0 } });
    expect((await ask("/version")).body).toMatchObject({ version: "18.6.0" });
  });

  it("hang until the client disconnects, and wait for a promise of the test", async () => {
    gitlab.faults.add({ path: /version/, fault: { kind: "hang" } });
    const abort = new AbortController();
    const hanging = fetch(`${gitlab.url}/api/v4/version`, { signal: abort.signal });
    await gitlab.waitFor(({ path }) => path.endsWith("/version"));
    abort.abort();
    await expect(hanging).rejects.toThrow();
    for (const when of ["before", "after"] as const) {
      gitlab.clearRequests();
      const held = hold(gitlab, { path: /version/, when });
      const waiting = ask("/version");
      await gitlab.waitFor(({ path }) => path.endsWith("/version"));
      held.release();
      expect((await waiting).status).toBe(200);
    }
  });
});

describe("start", () => {
  it("takes a seed, a port and a latency; refuses a seed with an unknown user, and a taken port", async () => {
    const emulator = await another({
      latency: 1,
      seed: { users: [{ username: "u", tokens: [{ value: "t" }] }] },
    });
    expect((await ask("/user", { token: "t" }, emulator)).body).toMatchObject({ username: "u" });
    const unknown = { groups: [{ path: "g", members: { absent: "owner" as const } }] };
    await expect(start({ seed: unknown })).rejects.toThrow("g names an unknown user absent");
    await expect(start({ port: Number(new URL(gitlab.url).port) })).rejects.toThrow("EADDRINUSE");
    expect(() => gitlab.move("project", "none/such", "x")).toThrow("the emulator has no project none/such");
    expect(() => gitlab.createDeployToken({ group: "none", ...valid })).toThrow(
      "the emulator has no group none",
    );
  });

  it("counts at most 10,000 rows", async () => {
    for (let count = 0; count <= 10_000; count++) gitlab.createDeployToken({ project: "acme/app", ...valid });
    const { headers } = await ask("/projects/1/deploy_tokens?per_page=100");
    expect([headers.get("x-total"), headers.get("x-total-pages"), headers.get("x-next-page")]).toEqual([
      null,
      null,
      "2",
    ]);
    expect(headers.get("link")).not.toContain('rel="last"');
  });
});
