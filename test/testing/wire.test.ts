import { createConnection } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { another, gitlab, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";
import { ask, valid } from "./bench.js";

useEmulator();
const list = "/projects/1/deploy_tokens";
const post = (body: string, contentType: string) =>
  ask(list, { method: "POST", body, headers: { "content-type": contentType } });

describe("a request's parameters", () => {
  it("are a list or an object in a form, as Rack reads them", async () => {
    const form = "application/x-www-form-urlencoded";
    expect((await post("name=a&scopes[0]=read_registry", form)).body).toEqual({
      message: "Scopes can't be blank",
    });
    expect((await post("name[x]=a&name[y]=b&scopes[]=read_registry", form)).body).toEqual({
      error: "name is invalid",
    });
  });

  it.each(["application/vnd.api+json", "application/xml"])("are refused as %s", async (type) => {
    expect(await post("x", type)).toMatchObject({
      status: 415,
      body: { error: `The provided content-type '${type}' is not supported.` },
    });
  });

  it("in broken multipart are a bad request", async () => {
    expect((await post("x", "multipart/form-data; boundary=b")).status).toBe(400);
  });

  it("may have any content type without a body", async () => {
    const { id } = gitlab.createDeployToken({ project: "1", ...valid });
    const headers = { "content-type": "text/plain", accept: "text/html" };
    expect((await ask(`${list}/${id}`, { headers })).status).toBe(200);
    expect((await ask(`${list}/${id}`, { method: "DELETE", headers })).status).toBe(204);
  });

  it.each(["1", "t", "T", "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON"])(
    "active=%s filters",
    async (active) => {
      gitlab.revoke(gitlab.createDeployToken({ project: "1", ...valid }).id);
      const { body, headers } = await ask(`${list}?active=${active}`);
      expect(body).toEqual([]);
      expect(headers.get("link")).toContain("?active=true&");
    },
  );

  it.each(["", "0", "f", "false", "N", "no", "off"])("active=%s filters nothing", async (active) => {
    gitlab.revoke(gitlab.createDeployToken({ project: "1", ...valid }).id);
    expect((await ask(`${list}?active=${active}`)).body).toHaveLength(1);
  });

  it.each(["tRUE", "null", "foo", "2"])("active=%s is invalid", async (active) => {
    expect((await ask(`${list}?active=${active}`)).body).toEqual({ error: "active is invalid" });
  });

  it.each([
    ["5 Jan 2031", "2031-01-05T00:00:00.000Z"],
    ["January 5, 2031", "2031-01-05T00:00:00.000Z"],
    ["2031-01-05 10:00:00 UTC", "2031-01-05T10:00:00.000Z"],
    ["2031-01-05T10:00+05", "2031-01-05T05:00:00.000Z"],
    ["2031-01-05T10:00:00,5Z", "2031-01-05T10:00:00.500Z"],
    ["2026-W53-7", "2027-01-03T00:00:00.000Z"],
    ["0001-01-01", "0001-01-01T00:00:00.000Z"],
  ])("expires_at %s is read", async (expires_at, read) => {
    const answer = await ask(list, { method: "POST", json: { ...valid, expires_at } });
    expect(answer).toMatchObject({ status: 201, body: { expires_at: read } });
  });

  it.each(["2025-W53-1", "2026-W00-1", "2031-01-05T24:10", "2031-01-05T10:60", "2031-01-05T1:1x", " ", {}])(
    "expires_at %j is invalid",
    async (expires_at) => {
      const { body } = await ask(list, { method: "POST", json: { ...valid, expires_at } });
      expect(body).toEqual({ error: "expires_at is invalid" });
    },
  );
});

describe("responses", () => {
  it("have GitLab's headers, also refusals", async () => {
    gitlab.modes.maintenance = true;
    const refused = await ask(list, { method: "POST", json: valid });
    const missing = await ask("/nowhere");
    for (const { headers } of [refused, missing, await ask(list)]) {
      expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-type")).toBe("application/json");
      expect(JSON.parse(String(headers.get("x-gitlab-meta")))).toEqual({
        correlation_id: headers.get("x-request-id"),
        version: "1",
      });
    }
  });

  it("of a read-only GitLab to requests without JSON are redirects: to the referer, else the root", async () => {
    for (const mode of ["maintenance", "readOnly"] as const) {
      Object.assign(gitlab.modes, { maintenance: false, readOnly: false, [mode]: true });
      const bare = await ask(`${list}/1`, { method: "DELETE" });
      expect([bare.status, bare.body, bare.headers.get("location")]).toEqual([301, "", `${gitlab.url}/`]);
      const headers = { referer: "http://elsewhere.test/page" };
      const referred = await ask(`${list}/1`, { method: "DELETE", headers });
      expect(referred.headers.get("location")).toBe("http://elsewhere.test/page");
    }
  });

  it("exist for .json after a collection, and for HEAD", async () => {
    expect((await ask(`${list}.json`, { method: "POST", json: valid })).status).toBe(201);
    expect((await ask("/deploy_tokens.json", { token: tokens.administrator })).status).toBe(200);
    const { status, body, headers } = await ask("/deploy_tokens", {
      method: "HEAD",
      token: tokens.administrator,
    });
    expect([status, body, headers.get("x-total")]).toEqual([200, "", "1"]);
  });

  it("link to GitLab's own address, whatever the request's host, with every parameter in order", async () => {
    const emulator = await another({ externalUrl: "https://gitlab.acme.test/" });
    for (let count = 0; count < 3; count++) emulator.createDeployToken({ project: "acme/app", ...valid });
    const query = `private_token=${tokens.owner}&per_page=2&z[]=x y&active=yes`;
    const { headers } = await ask(`/projects/acme%2Fapp/deploy_tokens?${query}`, { token: null }, emulator);
    const url = "https://gitlab.acme.test/api/v4/projects/acme%2Fapp/deploy_tokens";
    const page = (number: number) =>
      `<${url}?active=true&id=acme%2Fapp&page=${number}&per_page=2&z%5B%5D=x+y>`;
    expect(headers.get("link")).toBe(
      `${page(2)}; rel="next", ${page(1)}; rel="first", ${page(2)}; rel="last"`,
    );
    const asked = await ask("/projects/1/deploy_tokens?per_page=101", {}, emulator);
    expect([asked.headers.get("x-per-page"), asked.headers.get("link")]).toEqual([
      "100",
      expect.stringContaining("per_page=101>"),
    ]);
    expect((await ask("/projects/1", {}, emulator)).body).toMatchObject({
      web_url: "https://gitlab.acme.test/acme/app",
    });
  });

  it("start a token's value with the instance's own prefix", async () => {
    const emulator = await another({ instanceTokenPrefix: "acme" });
    const { body } = await ask(list, { method: "POST", json: valid }, emulator);
    expect(body).toMatchObject({ token: expect.stringMatching(/^acme-gldt-[A-Za-z0-9_-]{20}$/) });
  });

  it("to a failure of the emulator are GitLab's 500, and stderr has the failure", async () => {
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    gitlab.store.groups.set(9, null as never);
    expect(await ask("/groups", { token: tokens.administrator })).toMatchObject({
      status: 500,
      body: { message: "500 Internal Server Error" },
    });
    expect(stderr.mock.calls.join()).toContain("The GitLab emulator failed: TypeError");
    stderr.mockRestore();
  });

  it("that cannot be created end the connection", async () => {
    const socket = createConnection(Number(new URL(gitlab.url).port), "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.end("GET http://[/ HTTP/1.1\r\nhost: x\r\n\r\n");
    socket.resume();
    await closed;
    expect((await ask("/version")).status).toBe(200);
  });
});

describe("the rate limit", () => {
  const limit = { limit: 2, period: 3600 };

  it("is in the headers of every response if its feature flag is on", async () => {
    const emulator = await another({ rateLimit: { ...limit, always: true } });
    const { headers } = await ask(list, {}, emulator);
    expect([headers.get("ratelimit-limit"), headers.get("ratelimit-remaining")]).toEqual(["1", "1"]);
    expect([headers.get("retry-after"), headers.get("ratelimit-resettime")]).toEqual([null, null]);
  });

  it("counts the requests of each user, and starts at zero after a reset", async () => {
    const emulator = await another({ rateLimit: limit });
    const status = async (token: string | null) => (await ask("/version", { token }, emulator)).status;
    expect([await status(tokens.owner), await status(tokens.owner), await status(tokens.owner)]).toEqual([
      200, 200, 429,
    ]);
    expect(await status(tokens.maintainer)).toBe(200);
    expect((await ask(`/version?private_token=${tokens.owner}`, { token: null }, emulator)).status).toBe(429);
    emulator.reset();
    expect(await status(tokens.owner)).toBe(200);
    // GitLab refuses before it checks the route or the parameters.
    await status(tokens.owner);
    expect((await ask("/nowhere", {}, emulator)).status).toBe(429);
    expect((await ask(list, { method: "POST", body: "x" }, emulator)).status).toBe(429);
  });
});
