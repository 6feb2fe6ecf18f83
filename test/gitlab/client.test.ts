import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { GitLabClient } from "../../provider/gitlab/client.js";
import type { Connection } from "../../provider/gitlab/connection.js";
import { DeployTokenError, deployTokenErrorCodes } from "../../provider/gitlab/errors.js";
import { RateLimitPause } from "../../provider/gitlab/rate-limit-pause";
import { rateLimitWait } from "../../provider/gitlab/retry-policy.js";
import { type Fault, start } from "../../provider/testing/index.js";
import { clientOf } from "../support/client.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";

useEmulator();

const waits: string[] = [];
function client(more: Partial<Connection> = {}, timeouts?: { attempt: number; idle?: number }) {
  waits.length = 0;
  return clientOf(
    { baseUrl: gitlab.url, retries: 2, ...more },
    { onWait: (_milliseconds, reason) => void waits.push(reason), ...(timeouts ? { timeouts } : {}) },
  );
}

const list = { method: "GET", path: "/projects/1/deploy_tokens" } as const;
const post = {
  method: "POST",
  path: "/projects/1/deploy_tokens",
  body: { name: "a", scopes: ["read_registry"] },
} as const;
const remove = { method: "DELETE", path: "/projects/1/deploy_tokens/1" } as const;
const signal = () => AbortSignal.timeout(30_000);
const failing = async (
  ...args: Parameters<GitLabClient["request"]> | [Parameters<GitLabClient["request"]>[0]]
) => {
  const [request, abort = signal()] = args;
  const error = await client()
    .request(request, abort)
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect(DeployTokenError.isInstance(error)).toBe(true);
  return error as DeployTokenError;
};

it("closes an idle connection itself, and none that waits for a response", async () => {
  const closed: Promise<void>[] = [];
  const server = createServer((_request, response) => {
    // Longer than the connection may be idle.
    setTimeout(() => response.end("[]"), 50);
  });
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket) => {
    closed.push(new Promise((resolve) => socket.once("close", () => resolve())));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const gitlabClient = client({ baseUrl: `http://127.0.0.1:${port}` }, { attempt: 10_000, idle: 10 });
  try {
    for (let connections = 1; connections <= 2; connections++) {
      expect((await gitlabClient.request(list, signal())).body).toEqual([]);
      await Promise.all(closed);
      expect(closed).toHaveLength(connections);
    }
  } finally {
    server.close();
  }
});

it("sends Bearer, JSON content type and the configured headers with every request", async () => {
  gitlab.createDeployToken({ project: "acme/app", name: "a", scopes: ["read_registry"] });
  const gitlabClient = client({ headers: { "X-Team": "platform" } });
  for (const request of [list, post, remove]) await gitlabClient.request(request, signal());
  for (const { headers, user } of gitlab.requests) {
    expect(headers).toMatchObject({
      "content-type": "application/json",
      accept: "application/json",
      "x-team": "platform",
    });
    expect(user).toBe("olivia");
  }
  expect(gitlab.requests).toHaveLength(3);
});

describe("retries", () => {
  const respond = (status: number, headers: Record<string, string> = {}): Fault => ({
    kind: "respond",
    status,
    headers,
  });
  const hit = (method: string, fault: Fault, times = 1) => gitlab.faults.add({ method, fault, times });
  const json = (body: object): Fault => ({ kind: "respond", status: 409, body: JSON.stringify(body) });

  it.each([
    ["a reset", { kind: "reset" } as Fault],
    ["a cut-off body", { kind: "truncate" } as Fault],
    ["500", respond(500)],
    ["502", respond(502)],
    ["503", respond(503)],
    ["504", respond(504)],
    ["a resource lock", json({ message: "409 Conflict: Resource lock" })],
  ])("sends a GET again after %s", async (_what, fault) => {
    hit("GET", fault, 2);
    expect((await client().request(list, signal())).status).toBe(200);
    expect(gitlab.requests).toHaveLength(3);
    expect(waits).toHaveLength(2);
  });

  it.each([
    ["a reset", { kind: "reset" } as Fault, "disconnected"],
    ["a cut-off body", { kind: "truncate" } as Fault, "disconnected"],
    ["500", respond(500), "unavailable"],
    ["503", respond(503), "unavailable"],
  ])("never sends a POST again after %s: GitLab may have acted", async (_what, fault, code) => {
    hit("POST", fault, 9);
    expect(await failing(post)).toMatchObject({ code, mayHaveActed: true });
    expect(gitlab.requests).toHaveLength(1);
  });

  it.each([
    ["Retry-After in seconds", { "Retry-After": "0" }],
    ["Retry-After as a date", { "Retry-After": new Date(0).toUTCString() }],
    ["RateLimit-Reset in Unix seconds", { "RateLimit-Reset": "1" }],
    ["RateLimit-Reset as a date", { "RateLimit-Reset": new Date(0).toUTCString() }],
  ])("waits for GitLab's %s after 429, whatever the method", async (_what, headers) => {
    hit("POST", respond(429, headers));
    expect((await client().request(post, signal())).status).toBe(201);
    expect(waits).toEqual(["GitLab answered 429 (rate limit)"]);
    expect(gitlab.deployTokens()).toHaveLength(1);
  });

  it("waits a growing, jittered delay if 429 names none or an invalid one", async () => {
    const wait = (attempt: number, headers: Record<string, string> = {}) =>
      rateLimitWait((name) => headers[name], attempt, Date.parse("2031-01-01")).milliseconds;
    for (const [attempt, least] of [
      [1, 1_000],
      [2, 2_000],
      [5, 16_000],
      [20, 60_000],
    ] as const) {
      expect(wait(attempt)).toBeGreaterThanOrEqual(least);
      expect(wait(attempt)).toBeLessThanOrEqual(least * 1.1);
    }
    expect(wait(1, { "retry-after": "soon", "ratelimit-reset": "" })).toBeGreaterThanOrEqual(1_000);
    expect(wait(1, { "retry-after": "7" })).toBeGreaterThanOrEqual(7_000);
    expect(
      wait(1, { "ratelimit-reset": String(Date.parse("2031-01-01") / 1000 + 9) }),
    ).toBeGreaterThanOrEqual(9_000);
    hit("GET", {
      kind: "respond",
      status: 429,
      headers: { "content-type": "text/plain" },
      body: "Retry later\n",
    });
    expect((await client().request(list, signal())).status).toBe(200);
  });

  it.each([
    ["0", {}],
    ["0.5", {}],
    ["-1", {}],
    ["a date in the past", {}],
    ["99999999", { isCapped: true }],
    ["a date in a hundred years", { isCapped: true }],
    ["1e9", {}],
  ])(
    "waits a growing time of at most five minutes, whatever Retry-After says: %s",
    (written, { isCapped = false }: { isCapped?: boolean }) => {
      const now = Date.parse("2031-01-01");
      const dates: Record<string, string> = {
        "a date in the past": new Date(now - 86_400_000).toUTCString(),
        "a date in a hundred years": new Date(now + 36_500 * 86_400_000).toUTCString(),
      };
      const value = dates[written] ?? written;
      const seconds = String(Math.round((Date.parse(value) || now) / 1000));
      for (const headers of [
        { "retry-after": value },
        { "ratelimit-reset": dates[written] ? seconds : "1" },
      ]) {
        const waits = [1, 2, 3, 9, 2_000].map((inARow) =>
          rateLimitWait((name) => (headers as Record<string, string>)[name], inARow, now),
        );
        const least = [1_000, 2_000, 4_000, 60_000, 60_000];
        for (const [index, { milliseconds, asked }] of waits.entries()) {
          expect(milliseconds).toBeGreaterThanOrEqual(least[index] ?? 0);
          expect(milliseconds).toBeLessThanOrEqual(5 * 60_000 + 1_000);
          if (!isCapped) expect(asked).toBeUndefined();
          else if ("retry-after" in headers || dates[written]) expect(asked).toBeGreaterThan(86_400_000);
        }
      }
    },
  );

  it("counts simultaneous 429 responses as one, and starts at zero after a success", async () => {
    const pause = new RateLimitPause();
    expect(pause.refused()).toBe(1);
    pause.pauseFor(30);
    expect([pause.refused(), pause.refused()]).toEqual([1, 1]);
    await pause.wait(signal());
    expect(pause.refused()).toBe(2);
    pause.passed();
    expect(pause.refused()).toBe(1);
  });

  it("says that GitLab asks for a longer wait than the client accepts", async () => {
    hit("GET", respond(429, { "Retry-After": "99999999" }));
    const abort = new AbortController();
    const asking = client().request(list, abort.signal);
    await expect
      .poll(() => waits)
      .toEqual(["GitLab answered 429 (rate limit) and asks for 99999999 s, which is too long"]);
    abort.abort();
    await expect(asking).rejects.toThrow("it was not sent");
  });

  it("gives up after the configured number of retries, with GitLab's message", async () => {
    hit("GET", { ...respond(429, { "Retry-After": "0" }) }, 9);
    const error = await failing(list);
    expect(error).toMatchObject({ code: "rate_limited", status: 429, mayHaveActed: false });
    expect(error.message).toMatch(/^GET \/projects\/1\/deploy_tokens failed: 429 .*pulumi up --parallel/);
    expect(gitlab.requests).toHaveLength(3);
  });

  it("holds every request of the process back while one waits after a 429", async () => {
    const held = client();
    hit("GET", respond(429, { "Retry-After": "2" }));
    const first = held.request(list, signal());
    await expect.poll(() => waits).toHaveLength(1);
    const second = held.request(post, signal());
    // This client does not know of the pause and overtakes both.
    await fetch(`${gitlab.url}/api/v4/version`);
    expect(gitlab.requests.map(({ path }) => path.split("/").at(-1))).toEqual(["deploy_tokens", "version"]);
    await Promise.all([first, second]);
    expect(
      gitlab.requests
        .slice(2)
        .map(({ method }) => method)
        .sort(),
    ).toEqual(["GET", "POST"]);
  });

  it("reports a refused connection, on which nothing was sent", async () => {
    const closed = await start();
    await closed.close();
    const error = await client({ baseUrl: closed.url })
      .request(post, signal())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "unreachable", mayHaveActed: false });
    expect(String(error)).toContain(
      "POST /projects/1/deploy_tokens failed: no connection (ECONNREFUSED). Check gitlab:baseUrl",
    );
    expect(waits).toEqual(["ECONNREFUSED", "ECONNREFUSED"]);
  });

  it("ends an attempt that takes too long, and all attempts at the operation's limit", async () => {
    gitlab.faults.add({ times: 9, fault: { kind: "hang" } });
    const slow = await client({ retries: 1 }, { attempt: 1_000 })
      .request(list, signal())
      .catch((reason: unknown) => reason);
    expect(slow).toMatchObject({ code: "timeout", mayHaveActed: true });
    expect(gitlab.requests).toHaveLength(2);
    expect(await failing(list, AbortSignal.timeout(1_000))).toMatchObject({ code: "timeout" });
    gitlab.faults.clear();
    gitlab.faults.add({ fault: { kind: "respond", status: 429, headers: { "Retry-After": "60" } } });
    expect(await failing(list, AbortSignal.timeout(1_000))).toMatchObject({ code: "timeout" });
    // A request that still waits for its turn is never sent.
    gitlab.faults.add({ fault: { kind: "respond", status: 429, headers: { "Retry-After": "60" } } });
    expect(await failing(post, AbortSignal.timeout(2_000))).toMatchObject({
      code: "timeout",
      mayHaveActed: false,
    });
  });

  it("ends a response whose body trickles", async () => {
    gitlab.faults.add({ method: "GET", times: 9, fault: { kind: "trickle", pause: 300 } });
    gitlab.createDeployToken({ project: "acme/app", name: "a", scopes: ["read_registry"] });
    const error = await client({ retries: 0 }, { attempt: 1_000 })
      .request(list, signal())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "timeout" });
  });
});

it("keeps connections alive, and opens no more than 32", async () => {
  let opened = 0;
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end("[]");
  });
  server.on("connection", () => opened++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const many = client({ baseUrl: `http://127.0.0.1:${port}` });
  await Promise.all(Array.from({ length: 100 }, () => many.request(list, signal())));
  expect(opened).toBeLessThanOrEqual(32);
  const before = opened;
  for (let count = 0; count < 10; count++) await many.request(list, signal());
  expect(opened).toBe(before);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe("failures", () => {
  const json = (body: object, status: number): Fault => ({
    kind: "respond",
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const says = (status: number, message: unknown) => json({ message }, status);
  const names = (status: number, error: string, error_description?: string) =>
    json({ error, error_description }, status);
  const html = (status: number, body = page): Fault => ({
    kind: "respond",
    status,
    headers: { "content-type": "text/html" },
    body,
  });
  const moved = (status: number, location?: string): Fault => ({
    kind: "respond",
    status,
    headers: { "content-type": "text/html", ...(location === undefined ? {} : { location }) },
    body: "",
  });
  const page = "<html><body>glpat-secret-in-a-page-000</body></html>";

  async function expectFailure(fault: Fault, code: string, message: RegExp, mayHaveActed: boolean) {
    gitlab.faults.add({ method: "POST", fault });
    const error = await failing(post);
    expect(error).toMatchObject({ code, method: "POST", path: post.path, mayHaveActed });
    expect(error.message).toMatch(/^POST \/projects\/1\/deploy_tokens failed: /);
    expect(error.message).toMatch(message);
    expect(deployTokenErrorCodes).toContain(error.code);
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toMatch(
      /glpat-(owner|secret)|<html/,
    );
  }

  it.each<[string, Fault, string, RegExp]>([
    ["400 of Grape's", names(400, "name is missing"), "rejected", /400 name is missing\.$/],
    ["400 of the model's", says(400, "Scopes can't be blank"), "rejected", /400 Scopes can't be blank\.$/],
    ["400 with an object", says(400, { name: ["is long"] }), "rejected", /400 \{"name":\["is long"\]\}\.$/],
    [
      "400 for a newer scope",
      names(400, "scopes does not have a valid value"),
      "rejected",
      /This GitLab may be older than one of the scopes \(read_registry\)\.$/,
    ],
    [
      "401",
      says(401, "401 Unauthorized"),
      "unauthorized",
      /401 Unauthorized\. The access token from gitlab:token is not valid on http:.* run pulumi up first/,
    ],
    [
      "401 expired",
      names(401, "invalid_token", "Token is expired."),
      "unauthorized",
      /401 Token is expired\. The access token/,
    ],
    [
      "403 of the role",
      says(403, "403 Forbidden"),
      "forbidden",
      /403 Forbidden\. The access token's user needs at least the role Maintainer in the project\.$/,
    ],
    [
      "403 with a reason",
      says(403, "403 Forbidden - Your account has been blocked."),
      "forbidden",
      /blocked\. The reason concerns the access token's user or the instance/,
    ],
    [
      "403 of the scope",
      names(403, "insufficient_scope", "Higher privileges."),
      "insufficient_scope",
      /Give the access token the scope "api"/,
    ],
    [
      "403 of a fine-grained token",
      names(403, "insufficient_granular_scope", "Access denied: x"),
      "insufficient_granular_scope",
      /403 Access denied: x\. A fine-grained access token needs the permission create_deploy_token on the project\. GitLab also refuses/,
    ],
    [
      "401 of DPoP (field-reports.md 23)",
      names(401, "dpop_error", "DPoP validation error: DPoP header is missing"),
      "unauthorized",
      /401 DPoP validation error: DPoP header is missing\. The access token's user requires DPoP/,
    ],
    [
      "401 of DPoP in other words",
      names(401, "dpop_error", "proof is too old"),
      "unauthorized",
      /401 DPoP: proof is too old\. The access token's user requires DPoP/,
    ],
    ["404 of the token", says(404, "404 Not found"), "deploy_token_not_found", /failed: 404 Not found\.$/],
    [
      "404 of the owner",
      says(404, "404 Project Not Found"),
      "owner_not_found",
      /404 Project Not Found\. Either it does not exist or/,
    ],
    ["404 of the route", names(404, "404 Not Found"), "route_not_found", /is a GitLab of 12\.9 or later/],
    [
      "405 of a moved project",
      says(405, "Non GET methods are not allowed for moved projects"),
      "moved",
      /405 Non GET .*use its new path or its numeric id\.$/,
    ],
    ["405 of a route", names(405, "405 Not Allowed"), "route_not_found", /405 Not Allowed/],
    ["409", says(409, "409 Conflict"), "conflict", /409 Conflict\.$/],
    [
      "415",
      names(415, "The provided content-type 'x' is not supported."),
      "rejected",
      /415 The provided content-type/,
    ],
  ])("%s", (_what, fault, code, message) => expectFailure(fault, code, message, false));

  it.each<[string, Fault, string, RegExp]>([
    ...[400, 401, 403, 405, 418, 451].map((status): [string, Fault, string, RegExp] => [
      `${status} of a gateway`,
      html(status),
      "invalid_response",
      new RegExp(
        `${status} \\(no message from GitLab\\)\\. The response is not .* any proxy, firewall or single sign-on`,
      ),
    ]),
    [
      "400 of nginx that wants a client certificate",
      html(400, "<html>400 No required SSL certificate was sent</html>"),
      "invalid_response",
      /The server requires a client certificate: set gitlab:clientCert and gitlab:clientKey\.$/,
    ],
    [
      "400 of nginx that wants https",
      html(400, "<html>The plain HTTP request was sent to HTTPS port</html>"),
      "invalid_response",
      /The server requires https: check the scheme of gitlab:baseUrl/,
    ],
    [
      "404 of a proxy",
      html(404),
      "invalid_response",
      /404 \(no message from GitLab\)\. The response is not from GitLab's API: check gitlab:baseUrl/,
    ],
    ["408", html(408), "timeout", /408/],
    ["413 of a proxy", html(413), "invalid_response", /413 \(no message/],
    [
      "500",
      says(500, "500 Internal Server Error"),
      "unavailable",
      /500 Internal Server Error\. GitLab, or a proxy in front of it, is failing/,
    ],
    ["502 of a proxy", html(502), "unavailable", /502 \(no message from GitLab\)/],
    [
      "a page with 200",
      html(200),
      "invalid_response",
      /failed: 200, but the response is not for this request/,
    ],
    ["a page with 201", html(201), "invalid_response", /failed: 201, but the body is not JSON/],
    [
      "302 to a login page",
      moved(302, "https://sso.example.com/login?token=abc"),
      "redirected",
      /302, a redirect to https:\/\/sso\.example\.com\. This is not GitLab's API: single sign-on in front/,
    ],
    [
      "302 to GitLab's page to sign in",
      moved(302, "/users/sign_in"),
      "redirected",
      /single sign-on in front of GitLab must let requests to \/api\/v4 pass\.$/,
    ],
    [
      "308 to the API of another host",
      moved(308, "https://new.example.com/api/v4/projects"),
      "redirected",
      /a redirect to https:\/\/new\.example\.com\. Redirects are not followed, .*set gitlab:baseUrl/,
    ],
    ["307 to itself", moved(307, "/api/v4/x"), "redirected", /307, a redirect to another page\./],
    ["301 of a write", moved(301, "http://127.0.0.1/api/v4/projects/1"), "redirected", /301, a redirect/],
    ["a redirect to nowhere", moved(302), "redirected", /a redirect to another page/],
  ])("%s, after which GitLab may have acted", (_what, fault, code, message) =>
    expectFailure(fault, code, message, true),
  );

  it.each([
    ["/groups/1/deploy_tokens", "POST", "the role Owner in the group"],
    ["/groups/1/deploy_tokens", "GET", "at least the role Maintainer in the group"],
    ["/deploy_tokens", "GET", "Only an administrator may list"],
  ] as const)("403 of %s %s names the role or scope that is needed", async (path, method, needed) => {
    const error = await client({ token: tokens.developer })
      .request({ path, method, ...(method === "POST" ? { body: post.body } : {}) }, signal())
      .catch((reason: unknown) => reason);
    expect(String(error)).toContain(needed);
  });

  it("401 for the second access token names both", async () => {
    const second = { token: tokens.revoked, source: "GITLAB_TOKEN" };
    const both = client({ token: tokens.expired, secondToken: second });
    await expect(both.request(list, signal())).rejects.toThrow(
      "from gitlab:token and GITLAB_TOKEN are not valid",
    );
    await expect(both.request(list, signal())).rejects.toThrow(
      "from gitlab:token and GITLAB_TOKEN are not valid",
    );
    expect(gitlab.requests).toHaveLength(3);
  });

  it("a second access token that works is reported once for all requests that the first one failed", async () => {
    const sources: string[] = [];
    const secondToken = { token: tokens.owner, source: "GITLAB_TOKEN" };
    const both = clientOf(
      { baseUrl: gitlab.url, token: tokens.expired, secondToken },
      { onSecondToken: (source) => void sources.push(source) },
    );
    // It works for GitLab, although its first response is not a success.
    const missing = { method: "GET", path: "/projects/1/deploy_tokens/99" } as const;
    await expect(both.request(missing, signal())).rejects.toThrow("404 Not found");
    await Promise.all([1, 2, 3].map(() => both.request(list, signal())));
    expect(sources).toEqual(["GITLAB_TOKEN"]);
  });

  it("a moved project's redirect gives the numeric id, only within this GitLab", async () => {
    const to = async (location: string) => {
      gitlab.faults.add({ method: "GET", fault: moved(301, location) });
      return failing(list);
    };
    expect(await to(`${gitlab.url}/api/v4/projects/42/deploy_tokens`)).toMatchObject({
      code: "moved",
      movedTo: "42",
    });
    expect(await to("/api/v4/projects/42")).toMatchObject({ code: "moved", movedTo: "42" });
    expect(await to("https://elsewhere.test/api/v4/projects/42")).toMatchObject({
      code: "redirected",
      movedTo: undefined,
    });
    expect(await to(`${gitlab.url}/users/sign_in`)).toMatchObject({ code: "redirected" });
    expect(await to("http://[")).toMatchObject({ code: "redirected" });
  });

  it("a long response is cut", async () => {
    gitlab.faults.add({ method: "POST", fault: says(400, "x".repeat(5_000)) });
    expect((await failing(post)).message.length).toBeLessThan(700);
  });

  it("a bug in the client is an error of this package too", async () => {
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const error = await failing({ ...post, body: circular });
    expect(error).toMatchObject({ code: "unexpected" });
  });
});
