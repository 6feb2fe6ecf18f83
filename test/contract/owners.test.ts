import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { profile } from "../support/profile.js";
import { tokens } from "../support/run.js";
import { raw } from "./raw.js";
import { emulatorOnly, isReal, routeNotFound, useTarget, body as whole } from "./target.js";

const used = useTarget();
const token = { name: "a", scopes: ["read_registry"] };
const valid = whole(token);
const ask = (path: string, request: Parameters<typeof raw>[2] = {}) => raw(used.target, path, request);
const tokenNotFound = { status: 404, body: { message: "404 Not found" } };
/** The expected response to a read of one token. GitLab before 14.9 has no such route. */
const read = (answer: object) => (profile.getsOne ? answer : routeNotFound);

async function made(path: string): Promise<number> {
  const { body } = await ask(`${path}/deploy_tokens`, { method: "POST", json: valid });
  return (body as { id: number }).id;
}

describe("a token", () => {
  it("belongs to its own project or group only, not to those above or below", async () => {
    const project = `/projects/${used.target.project.id}`;
    const group = `/groups/${used.target.group.id}`;
    const [ofProject, ofGroup] = [await made(project), await made(group)];
    for (const [path, id] of [
      [project, ofGroup],
      [group, ofProject],
    ] as const) {
      expect(await ask(`${path}/deploy_tokens/${id}`)).toMatchObject(read(tokenNotFound));
      expect(await ask(`${path}/deploy_tokens/${id}`, { method: "DELETE" })).toMatchObject(tokenNotFound);
      const { body } = await ask(`${path}/deploy_tokens?per_page=100`);
      expect((body as { id: number }[]).map((each) => each.id)).not.toContain(id);
    }
  });

  it("is deleted by DELETE: 204, then 404 with the same message for all", async () => {
    for (const path of [`/projects/${used.target.project.id}`, `/groups/${used.target.group.id}`]) {
      const item = `${path}/deploy_tokens/${await made(path)}`;
      expect(await ask(item)).toMatchObject(read({ status: 200 }));
      expect((await ask(item, { method: "DELETE" })).status).toBe(204);
      expect(await ask(item, { method: "DELETE" })).toMatchObject(tokenNotFound);
      expect(await ask(item)).toMatchObject(read(tokenNotFound));
    }
  });

  it("that has expired is read, listed and deleted, and left out only by active=true", async () => {
    const path = `/projects/${used.target.project.id}/deploy_tokens`;
    const json = { ...valid, expires_at: "2020-01-01" };
    const { id } = (await ask(path, { method: "POST", json })).body as { id: number };
    const listed = async (query: string) =>
      ((await ask(`${path}?per_page=100&${query}`)).body as { id: number }[]).some((each) => each.id === id);
    expect([await listed(""), await listed("active=false"), await listed("active=true")]).toEqual([
      true,
      true,
      !profile.saysRevoked,
    ]);
    expect(await ask(`${path}/${id}`)).toMatchObject(
      read({ status: 200, body: { expired: true, revoked: false } }),
    );
    expect((await ask(`${path}/${id}`, { method: "DELETE" })).status).toBe(204);
  });
});

describe.skipIf(!profile.redirectsMoved)("a project at its old path", () => {
  let old: string;
  beforeAll(async () => {
    const { id, path } = used.target.project;
    const renamed = await ask(`/projects/${id}`, { method: "PUT", json: { path: "renamed" } });
    expect(renamed.status).toBe(200);
    old = encodeURIComponent(path);
  });

  it("answers GET by 301 to the numeric id, query included, without a content type", async () => {
    const answer = await ask(`/projects/${old}/deploy_tokens?page=2`);
    const location = answer.headers.get("location");
    expect(answer.status).toBe(301);
    expect(location).toMatch(
      new RegExp(`/api/v4/projects/${used.target.project.id}/deploy_tokens\\?page=2$`),
    );
    expect(answer.body).toBe(`This resource has been moved permanently to ${location}`);
    expect(answer.headers.get("content-type")).toBeNull();
    const item = await ask(`/projects/${old}/deploy_tokens/1`);
    expect(item.headers.get("location")).toMatch(/\/deploy_tokens\/1$/);
  });

  it.each(["POST", "DELETE", "HEAD"])("answers %s by 405", async (method) => {
    const path = `/projects/${old}/deploy_tokens${method === "DELETE" ? "/1" : ""}`;
    const answer = await ask(path, { method, ...(method === "POST" ? { json: valid } : {}) });
    expect(answer.status).toBe(405);
    if (method !== "HEAD") {
      expect(answer.body).toEqual({ message: "Non GET methods are not allowed for moved projects" });
    }
  });

  it("is still found under its numeric id", async () => {
    expect((await ask(`/projects/${used.target.project.id}/deploy_tokens`)).status).toBe(200);
  });
});

it("a group at its old path is not found, and does not redirect", async () => {
  const { id, path } = used.target.group;
  const renamed = await ask(`/groups/${id}`, { method: "PUT", json: { path: `${path}-renamed` } });
  expect(renamed.status).toBe(200);
  expect(await ask(`/groups/${encodeURIComponent(path)}/deploy_tokens`)).toMatchObject({
    status: 404,
    body: { message: "404 Group Not Found" },
  });
  expect((await ask(`/groups/${id}/deploy_tokens`)).status).toBe(200);
});

describe.skipIf(isReal)(emulatorOnly("the whole instance", "it needs an administrator"), () => {
  beforeEach(() => used.emulator.reset());

  it("lists tokens of projects and groups by ascending id, without their projects and groups", async () => {
    used.emulator.createDeployToken({ group: "acme", ...token });
    used.emulator.createDeployToken({ project: "acme/app", ...token });
    const { body, headers } = await ask("/deploy_tokens", { token: tokens.administrator });
    expect(body).toMatchObject([{ id: 1 }, { id: 2 }]);
    const flags = profile.saysRevoked ? ["revoked", "expired"] : [];
    const keys = ["id", "name", "username", "expires_at", "scopes", ...flags];
    expect((body as object[]).map((each) => Object.keys(each))).toEqual([keys, keys]);
    expect(headers.get("link")).toBe(
      `<${used.emulator.url}/api/v4/deploy_tokens?page=1&per_page=20>; rel="first", ` +
        `<${used.emulator.url}/api/v4/deploy_tokens?page=1&per_page=20>; rel="last"`,
    );
  });

  it("deletes a revoked token like any other: 204", async () => {
    const { id } = used.emulator.createDeployToken({ project: "acme/app", ...token });
    used.emulator.revoke(id);
    const answer = await ask(`/projects/1/deploy_tokens/${id}`, { method: "DELETE" });
    expect([answer.status, used.emulator.deployTokens()]).toEqual([204, []]);
  });

  it.skipIf(!profile.saysRevoked)(
    "shows a revoked token as revoked, and active=true leaves it out",
    async () => {
      const { id } = used.emulator.createDeployToken({ project: "acme/app", ...token });
      used.emulator.revoke(id);
      const all = (query: string) => ask(`/deploy_tokens${query}`, { token: tokens.administrator });
      expect(await ask(`/projects/1/deploy_tokens/${id}`)).toMatchObject(read({ body: { revoked: true } }));
      expect((await all("")).body).toMatchObject([{ id, revoked: true }]);
      expect((await all("?active=true")).body).toEqual([]);
    },
  );
});

it("a user's own projects are listed by the user's name or id, and an unknown user has no list", async () => {
  const json = { name: "contract-own", path: `contract-own-${Date.now()}` };
  const { body } = await ask("/projects", { method: "POST", json });
  const { id, path_with_namespace: path } = body as { id: number; path_with_namespace: string };
  const user = path.split("/")[0] ?? "";
  try {
    const listed = await ask(`/users/${user}/projects?per_page=100&simple=true`);
    expect(listed.status).toBe(200);
    const projects = listed.body as { id: number; path_with_namespace: string }[];
    expect(projects.map((each) => each.id)).toContain(id);
    expect(projects.every((each) => each.path_with_namespace.startsWith(`${user}/`))).toBe(true);
    const unknown = await ask(`/users/${user}-unknown-0/projects`);
    expect(unknown).toMatchObject({ status: 404, body: { message: "404 User Not Found" } });
  } finally {
    await ask(`/projects/${id}`, { method: "DELETE" });
  }
});
