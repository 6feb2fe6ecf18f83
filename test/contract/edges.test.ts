import { afterEach, describe, expect, it } from "vitest";
import { profile } from "../support/profile.js";
import { tokens } from "../support/run.js";
import { requestLine, sendRaw } from "../testing/sockets.js";
import { type RawRequest, raw } from "./raw.js";
import { emulatorOnly, isReal, routeNotFound, useTarget, body as whole } from "./target.js";

const used = useTarget();
const valid = whole({ name: "a", scopes: ["read_registry"] });
const collection = () => `/projects/${used.target.project.id}/deploy_tokens`;
const post = (json: object, more: RawRequest = {}) =>
  raw(used.target, collection(), { method: "POST", json: whole({ ...valid, ...json }), ...more });
const get = (path: string, more: RawRequest = {}) => raw(used.target, path, more);
const badRequest = { status: 400, body: "Bad Request" };

describe("a body", () => {
  const untyped = (bytes: string) =>
    fetch(`${used.target.url}/api/v4${collection()}`, {
      method: "POST",
      headers: { authorization: `Bearer ${used.target.token}` },
      // fetch adds a content type to text, but not to bytes.
      body: new TextEncoder().encode(bytes),
    });

  it("without a content type answers 415", async () => {
    const answer = await untyped(JSON.stringify(valid));
    expect([answer.status, await answer.json()]).toEqual([
      415,
      { error: "The provided content-type '' is not supported." },
    ]);
  });

  it("with a form but no content type answers 400, as malformed JSON does", async () => {
    const answer = await untyped("name=a&scopes=read_registry");
    const error = profile.validatesJson ? "Invalid JSON format" : "Bad Request";
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ error })]);
  });

  it.skipIf(!profile.validatesJson)("of malformed JSON answers 400 to every method", async () => {
    const headers = { "content-type": "application/json" };
    const body = "{";
    const answer = { status: 400, body: { error: "Invalid JSON format" } };
    expect(await raw(used.target, collection(), { method: "POST", headers, body })).toMatchObject(answer);
    expect(await raw(used.target, `${collection()}/1`, { method: "DELETE", headers, body })).toMatchObject(
      answer,
    );
    const request = requestLine("GET", `/api/v4${collection()}`, ["connection: close"], body);
    expect((await sendRaw(used.target.url, request)).text).toContain('{"error":"Invalid JSON format"}');
  });

  it.skipIf(profile.validatesJson)("of malformed JSON answers with a page to a browser", async () => {
    const headers = { "content-type": "application/json", accept: "text/html" };
    const answer = await raw(used.target, collection(), { method: "POST", headers, body: "{" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "text/html"]);
  });

  it.skipIf(!profile.validatesJson)("of nested JSON answers 400 above 32 levels", async () => {
    const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });
    expect(await post({ deep: nested(32) })).toMatchObject({
      status: 400,
      body: { error: "Parameters nested too deeply" },
    });
    expect((await post({ deep: nested(31) })).status).toBe(201);
  });

  it("of a form with a key without a value answers 500 for the name", async () => {
    const body = `name&scopes=read_registry${profile.requiresExpiryAndUsername ? "&expires_at=&username=" : ""}`;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await raw(used.target, collection(), { method: "POST", headers, body })).status).toBe(500);
  });

  it("of a form with an unescaped offset drops the offset", async () => {
    const body = "name=a&scopes=read_registry&username=&expires_at=2031-01-31T00:00:00+02:00";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect(await raw(used.target, collection(), { method: "POST", headers, body })).toMatchObject({
      status: 201,
      body: { expires_at: "2031-01-31T00:00:00.000Z" },
    });
  });
});

describe("malformed text answers 400 in plain text", () => {
  it.each([
    ["NUL in a path", "/projects/1%00/deploy_tokens"],
    ["NUL in a query", "/projects/1/deploy_tokens?page=%00"],
    ["invalid UTF-8 in a path", "/projects/%FF/deploy_tokens"],
    ["invalid UTF-8 in a query", "/projects/1/deploy_tokens?page=%C3"],
    ["a bad percent sign in a path", "/projects/1%/deploy_tokens"],
    ["a bad percent sign in a query", "/projects/1/deploy_tokens?x=%zz"],
  ])("for %s", async (_what, path) => {
    const answer = await get(path);
    expect(answer).toMatchObject(badRequest);
    expect(answer.headers.get("content-type")).toBe("text/plain");
  });

  it("for NUL in JSON, in a value and in a key", async () => {
    expect(await post({ name: "a\0b" })).toMatchObject(badRequest);
    expect(await post({ "a\0": 1 })).toMatchObject(badRequest);
    expect(await post({ list: ["\0"] })).toMatchObject(badRequest);
  });

  it("for invalid UTF-8 and for a bad percent sign in a body", async () => {
    const send = (body: Buffer, type: string) =>
      fetch(`${used.target.url}/api/v4${collection()}`, {
        method: "POST",
        headers: { authorization: `Bearer ${used.target.token}`, "content-type": type },
        body: new Uint8Array(body),
      });
    const json = Buffer.from(JSON.stringify(valid).replace('"a"', '"\xff"'), "latin1");
    expect((await send(json, "application/json")).status).toBe(400);
    const form = Buffer.from("name=%&scopes=read_registry");
    expect((await send(form, "application/x-www-form-urlencoded")).status).toBe(400);
  });
});

describe("expires_at", () => {
  it.each([
    ["9999-12-31T23:59:59-12:00", "10000-01-01T11:59:59.000Z"],
    ["0001-01-01T00:00:00+05:00", "0000-12-31T19:00:00.000Z"],
    ["-0001-01-01", "-0001-01-01T00:00:00.000Z"],
    ["12000-01-01", "12000-01-01T00:00:00.000Z"],
    ["2031-01-05T24:00:00Z", "2031-01-06T00:00:00.000Z"],
    ["2031-01-05T10:00:60Z", "2031-01-05T10:00:59.000Z"],
    ["2031-1-5", "2031-01-05T00:00:00.000Z"],
    ["2031-01-05 10:00:00 EST", "2031-01-05T15:00:00.000Z"],
    ["2031-01-05 10:00:00 CEST", "2031-01-05T08:00:00.000Z"],
    ["2031-01-05 10:00:00 XYZ", "2031-01-05T10:00:00.000Z"],
    ["2031-01-05T10:00:00+99:99", "2031-01-05T10:00:00.000Z"],
    ["2400-02-29", "2400-02-29T00:00:00.000Z"],
  ])("%s reads back as %s", async (expires_at, read) => {
    expect(await post({ expires_at })).toMatchObject({ status: 201, body: { expires_at: read } });
  });

  it("answers 500 beyond the database's last year, in the year 294277", async () => {
    expect((await post({ expires_at: "294277-01-01" })).status).toBe(500);
  });

  it("answers 400 above 128 characters", async () => {
    const date = "2031-01-05";
    expect((await post({ expires_at: date + " ".repeat(118) })).status).toBe(201);
    expect(await post({ expires_at: date + " ".repeat(119) })).toMatchObject({
      status: 400,
      body: { error: "expires_at is invalid" },
    });
  });
});

describe("blanks", () => {
  const notValid = { status: 400, body: { error: "scopes does not have a valid value" } };
  it.each([" ", [" "], ",read_registry", "read_registry, ,read_repository", "\u00a0read_registry"])(
    "in scopes %j do not count as a scope",
    async (scopes) => {
      expect(await post({ scopes })).toMatchObject(notValid);
    },
  );

  it("of ASCII around a scope are dropped, and so are commas at the end", async () => {
    expect(await post({ scopes: "\tread_registry \n,," })).toMatchObject({
      status: 201,
      body: { scopes: ["read_registry"] },
    });
  });

  it("make the username the default one if Ruby counts them as blanks", async () => {
    const username = (id: number) => `gitlab+deploy-token-${id}`;
    const { body } = await post({ username: "\u0085\u3000" });
    expect(body).toMatchObject({ username: username((body as { id: number }).id) });
    if (!profile.requiresExpiryAndUsername) expect((await post({ username: "\ufeff" })).status).toBe(400);
  });
});

describe("a list's parameters", () => {
  it("are refused in one response, in this order", async () => {
    const active = profile.saysRevoked ? ", active is invalid" : "";
    expect(await get(`${collection()}?active=foo&per_page=0&page=x`)).toMatchObject({
      status: 400,
      body: { error: `page is invalid, per_page has a value not allowed${active}` },
    });
  });

  it.each(["page[]=1", "per_page[]=1", ...(profile.saysRevoked ? ["active[]=true"] : [])])(
    "%s is refused",
    async (query) => {
      expect((await get(`${collection()}?${query}`)).status).toBe(400);
    },
  );

  it("take integers as Ruby does", async () => {
    const { headers } = await get(`${collection()}?page=%2B1&per_page=1_0`);
    expect([headers.get("x-page"), headers.get("x-per-page")]).toEqual(["1", "10"]);
    expect((await get(`${collection()}?page=%201`)).status).toBe(200);
  });

  it("answer 500 for a page beyond the database's integers", async () => {
    expect((await get(`${collection()}?page=100000000000000000000`)).status).toBe(500);
  });
});

describe("a path", () => {
  it("takes any format behind a route", async () => {
    const { id } = (await post({})).body as { id: number };
    for (const suffix of [".json", ".xml", ".foo", ".0"]) {
      expect((await get(`${collection()}${suffix}`)).status).toBe(200);
      const answer = await get(`${collection()}/${id}${suffix}`);
      expect(answer).toMatchObject(profile.getsOne ? { status: 200, body: { id } } : routeNotFound);
    }
    expect((await raw(used.target, `${collection()}.json`, { method: "OPTIONS" })).status).toBe(204);
    expect((await raw(used.target, `${collection()}/${id}.json`, { method: "DELETE" })).status).toBe(204);
  });

  it("takes a token's id as Ruby reads an integer", async () => {
    for (const write of ["+", "%20", "0", "0_"]) {
      const { id } = (await post({})).body as { id: number };
      const path = `${collection()}/${write}${id}${write === "%20" ? "%0A" : ""}`;
      expect((await raw(used.target, path, { method: "DELETE" })).status).toBe(204);
    }
  });

  it("takes a group's id as Ruby reads an integer", async () => {
    const { id } = used.target.group;
    for (const text of [`+${id}`, `0${id}`]) {
      expect((await get(`/groups/${text}/deploy_tokens`)).status).toBe(200);
    }
  });

  it("of version 3 of the API is gone", async () => {
    const answer = await sendRaw(
      used.target.url,
      requestLine("GET", "/api/v3/projects", ["connection: close"]),
    );
    expect(answer.status).toBe(410);
  });

  it("of a token answers GitLab's 404 of a route to verbs that it lacks", async () => {
    for (const method of ["PUT", "PATCH", "POST"]) {
      expect(await raw(used.target, `${collection()}/1`, { method, json: {} })).toMatchObject(routeNotFound);
    }
    const { headers } = await raw(used.target, `${collection()}/1`, { method: "OPTIONS" });
    expect(headers.get("allow")).toBe(profile.getsOne ? "OPTIONS, GET, DELETE, HEAD" : "OPTIONS, DELETE");
  });
});

describe.skipIf(isReal)(emulatorOnly("credentials", "it needs users of its own"), () => {
  afterEach(() => used.emulator.reset());
  const seed = () =>
    used.emulator.seed({
      users: [{ username: "oa", admin: true, tokens: [{ value: "oauth-value-1", oauth: true }] }],
    });
  const list = "/projects/1/deploy_tokens";
  const ask = (path: string, headers: Record<string, string> = {}) => get(path, { token: null, headers });

  it("of the parameter private_token come before the header", async () => {
    const headers = { "private-token": tokens.outsider };
    expect((await ask(`${list}?private_token=${tokens.owner}`, headers)).status).toBe(200);
    expect((await ask(`${list}?private_token=unknown`, { "private-token": tokens.owner })).status).toBe(401);
  });

  it("are taken from the parameter bearer_token", async () => {
    seed();
    expect((await ask(`${list}?bearer_token=${tokens.owner}`)).status).toBe(200);
    expect((await ask(`${list}?bearer_token=oauth-value-1`)).status).toBe(200);
  });

  it("in the header Bearer and in access_token together are refused", async () => {
    const headers = { authorization: `Bearer ${tokens.owner}` };
    expect(await ask(`${list}?access_token=${tokens.owner}`, headers)).toMatchObject({
      status: 400,
      body: {
        error: "invalid_request",
        error_description: "Both Authorization header and payload includes access token.",
      },
    });
  });

  it("after two blanks are unknown", async () => {
    expect((await ask(list, { authorization: `Bearer  ${tokens.owner}` })).status).toBe(401);
  });

  it("of OAuth as Bearer come before PRIVATE-TOKEN", async () => {
    seed();
    const headers = { authorization: "Bearer oauth-value-1", "private-token": tokens.outsider };
    expect((await ask(list, headers)).status).toBe(200);
  });

  it("of a blocked user are refused before their scope is checked", async () => {
    used.emulator.seed({
      users: [
        {
          username: "gone",
          blocked: "Your account has been blocked.",
          tokens: [{ value: "glpat-gone-00000000001", scopes: ["read_user"] }],
        },
      ],
    });
    expect(await get(list, { token: "glpat-gone-00000000001" })).toMatchObject({
      status: 403,
      body: { message: "403 Forbidden - Your account has been blocked." },
    });
  });
});
