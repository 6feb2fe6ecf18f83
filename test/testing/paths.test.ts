import { describe, expect, it } from "vitest";
import { application } from "../../provider/testing/application.js";
import { profiles } from "../../provider/testing/index.js";
import { parseTarget, routerPath } from "../../provider/testing/request-target.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";
import { valid } from "./bench.js";
import { requestLine, sendAll, sendRaw } from "./sockets.js";

useEmulator();

const authorization = [`private-token: ${tokens.administrator}`];
const send = (method: string, target: string, body = "") =>
  sendRaw(gitlab.url, requestLine(method, target, [...authorization, "connection: close"], body));

/** All data that a request could change. */
function state(): string {
  const { projects, groups, deployTokens, variables } = gitlab.store;
  return JSON.stringify([
    [...projects.values()].map(({ path, name, archived }) => [path, name, archived]),
    [...groups.values()].map(({ path, name }) => [path, name]),
    [...deployTokens.values()],
    [...variables],
  ]);
}

/** A path of each route with parameters that exist. */
function routes(): { method: string; path: string }[] {
  const environment = { store: gitlab.store, profile: profiles.latest } as never;
  const found = application(environment).routes.map(({ method, path }) => {
    const concrete = path
      .replace(/:collection\{.*?\}(?=\/|$)/, "deploy_tokens")
      .replace(/:path\{.*\}$/, "acme/app.git/info/refs")
      .replace(/:rest\{\.\+\}$/, "@acme/hello")
      .replace(/:name\{\.\+\/tags\/list\}$/, "acme/app/tags/list")
      .replace(/:\w+\{\.\+\}$/, "hello")
      .replace(/:id/, "1")
      .replace(/:\w+/g, "1")
      .replace("/*", "/x");
    return { method, path: concrete };
  });
  const unique = new Map(found.map((each) => [`${each.method} ${each.path}`, each]));
  return [...unique.values()].filter(({ method }) => method !== "ALL");
}

/** Variants of a path with a detour after each segment. */
function detours(path: string): string[] {
  const segments = path.split("/");
  const dots = ["..", "%2e%2e", ".%2E", "%2E.", ".", "%2e"];
  return segments.flatMap((_, index) =>
    dots.flatMap((dot) => {
      const before = segments.slice(0, index + 1).join("/");
      const after = segments.slice(index + 1);
      return [
        [before, dot, ...after].join("/"),
        [before, "x", dot, ...after].join("/"),
        `${[before, dot, ...after].join("/")}/`,
      ];
    }),
  );
}

describe("a path", () => {
  it("with a dot segment in any encoding reaches no route, by any method", async () => {
    for (const kind of ["project", "group"] as const) {
      gitlab.createDeployToken({ [kind]: "1", ...valid });
    }
    const before = state();
    const known = routes();
    expect(known.length).toBeGreaterThan(25);
    for (const { method, path } of known) {
      const targets = detours(path);
      const body = method === "POST" ? JSON.stringify(valid) : "";
      const requests = targets.map((target) => requestLine(method, target, authorization, body));
      const statuses = await sendAll(gitlab.url, requests);
      expect(statuses).toHaveLength(targets.length);
      const wrong = targets.filter((_, index) => statuses[index] !== 404);
      expect(wrong, `${method} ${path}`).toEqual([]);
    }
    expect(state()).toBe(before);
  });

  it("with a dot segment never deletes the project above the token", async () => {
    const { id } = gitlab.createDeployToken({ project: "1", ...valid });
    const before = state();
    for (const last of ["..", "%2e%2e", "%2E.", `${id}/..`, `${id}/../..`, "../", "..//"]) {
      const { status, text } = await send("DELETE", `/api/v4/projects/1/deploy_tokens/${last}`);
      expect([last, status]).toEqual([last, 404]);
      expect(text).toContain('{"error":"404 Not Found"}');
    }
    expect(state()).toBe(before);
  });

  it("stays the same when slashes are doubled anywhere", async () => {
    const { id } = gitlab.createDeployToken({ project: "1", ...valid });
    for (const path of [
      `/api/v4/projects/1//deploy_tokens/${id}`,
      `//api/v4///projects/1/deploy_tokens//${id}`,
      `/api//v4/projects/1/deploy_tokens/${id}//`,
    ]) {
      const { status, text } = await send("GET", path);
      expect([status, JSON.parse(text.slice(text.indexOf("\r\n\r\n")))]).toEqual([
        200,
        expect.objectContaining({ id }),
      ]);
    }
    expect((await send("DELETE", `/api/v4//projects/1/deploy_tokens//${id}`)).status).toBe(204);
    expect(gitlab.deployTokens()).toEqual([]);
    expect((await send("GET", "//gitlab.example/api/v4/version")).status).toBe(404);
  });

  it.each([
    ["a backslash for a slash", "/api/v4/projects/1\\deploy_tokens", 404],
    ["an encoded slash for a slash", "/api/v4/projects/1%2Fdeploy_tokens", 404],
    ["a twice encoded dot segment", "/api/v4/projects/1/deploy_tokens/%252e%252e", 400],
    ["a fragment", "/api/v4/projects/1#/deploy_tokens", 404],
    ["an encoded question mark", "/api/v4/projects/1/deploy_tokens%3Fx", 404],
    ["a path parameter", "/api/v4/projects/1/deploy_tokens;/..", 404],
    ["a tab", "/api/v4/projects/1/deploy_tokens/%09..", 400],
  ])("with %s does not name another route", async (_what, target, status) => {
    const before = state();
    expect((await send("GET", target)).status).toBe(status);
    expect((await send("DELETE", target)).status).toBe(status);
    expect(state()).toBe(before);
  });

  it("of an absolute target is the part after the origin", async () => {
    expect((await send("GET", `${gitlab.url}/api/v4/version`)).status).toBe(200);
    expect((await send("DELETE", "http://other.test/api/v4/projects/1/deploy_tokens/..")).status).toBe(404);
  });

  it("with more than 50 slashes is too long", async () => {
    expect((await send("GET", `/api/v4${"/x".repeat(48)}`)).status).toBe(404);
    const { status, text } = await send("GET", `/api/v4${"/x".repeat(49)}`);
    expect([status, text]).toEqual([414, expect.stringContaining("content-type: text/plain")]);
    expect(text).toMatch(/\r\n\r\nRequest-URI Too Large: path exceeds maximum depth$/);
  });

  it("may be missing without a crash", async () => {
    expect((await send("OPTIONS", "*")).status).toBe(404);
    expect((await send("GET", "/api/v4/version?")).status).toBe(200);
  });
});

it("is never resolved by a URL parser before the router", () => {
  const characters = [..."a/.", "%2e", "%2E", "\\", "%5c", ...";#é \t|^", "%2F", "1"];
  let seed = 1;
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let count = 0; count < 3_000; count++) {
    const target = `/${Array.from({ length: 1 + next(9) }, () => characters[next(characters.length)]).join("")}`;
    const path = routerPath(parseTarget(target));
    if (path !== undefined) expect(new URL(`http://h${path}`).pathname, target).toBe(path);
  }
});
