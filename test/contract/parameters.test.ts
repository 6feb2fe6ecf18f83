import { describe, expect, it } from "vitest";
import { profile } from "../support/profile.js";
import { type RawRequest, raw } from "./raw.js";
import { routeNotFound, useTarget, body as whole } from "./target.js";

const used = useTarget();
const ask = (below: string, request?: RawRequest) =>
  raw(used.target, `/projects/${used.target.project.id}/deploy_tokens${below}`, request);
const create = (json: unknown) =>
  ask("", {
    method: "POST",
    json: typeof json === "object" && json !== null && !Array.isArray(json) ? whole(json) : json,
  });
const send = (contentType: string, body: string) =>
  ask("", { method: "POST", body, headers: { "content-type": contentType } });
const missing = [
  "name is missing, scopes is missing",
  ...(profile.requiresExpiryAndUsername ? ["expires_at is missing, username is missing"] : []),
].join(", ");
const valid = { name: "a", scopes: ["read_registry"] };

type Case = [what: string, json: unknown, body: object];

describe("POST answers 400, with these messages", () => {
  const long = "x".repeat(256);
  const badScope = { error: "scopes does not have a valid value" };
  const longNames: Case[] = [
    ["a long name", { ...valid, name: long }, { message: "Name is too long (maximum is 255 characters)" }],
    [
      "three model errors",
      { name: long, scopes: [], username: "a b" },
      {
        message:
          "Scopes can't be blank, Username can contain only letters, digits, '_', '-', '+', and '.', and Name is too long (maximum is 255 characters)",
      },
    ],
  ];
  it.each<Case>([
    ["no parameters", {}, { error: "name is missing, scopes is missing" }],
    ["a body that is no object", [], { error: missing }],
    ["no name", { scopes: ["read_registry"] }, { error: "name is missing" }],
    ["no scopes", { name: "a" }, { error: "scopes is missing" }],
    ["an unknown scope", { ...valid, scopes: ["api"] }, badScope],
    ["a scope in upper case", { ...valid, scopes: ["READ_REGISTRY"] }, badScope],
    ["a nested list of scopes", { ...valid, scopes: [["read_registry"]] }, badScope],
    ["scopes separated by spaces", { ...valid, scopes: "read_registry read_repository" }, badScope],
    ...[[], null, "", [""], [null], 5, {}].map(
      (scopes): Case => [
        `scopes ${JSON.stringify(scopes)}`,
        { ...valid, scopes },
        { message: "Scopes can't be blank" },
      ],
    ),
    ...["foo", "tomorrow", "2021-13-01", "2021-02-30", "2030", "2030-06", "1", 5, true, ["2030-01-01"]].map(
      (expires_at): Case => [
        `expires_at ${JSON.stringify(expires_at)}`,
        { ...valid, expires_at },
        { error: "expires_at is invalid" },
      ],
    ),
    [
      "several bad values",
      { name: {}, scopes: ["x"], expires_at: "x", username: {} },
      {
        error:
          "name is invalid, scopes does not have a valid value, expires_at is invalid, username is invalid",
      },
    ],
    [
      "a bad username",
      { ...valid, username: "a b" },
      { message: "Username can contain only letters, digits, '_', '-', '+', and '.'" },
    ],
    [
      "a long username",
      { ...valid, username: long },
      { message: "Username is too long (maximum is 255 characters)" },
    ],
    ...(profile.limitsName ? longNames : []),
    [
      "two model errors",
      { ...valid, scopes: [], username: "a b" },
      {
        message:
          "Scopes can't be blank and Username can contain only letters, digits, '_', '-', '+', and '.'",
      },
    ],
  ])("for %s", async (_what, json, body) => {
    expect(await create(json)).toMatchObject({ status: 400, body });
  });

  it("for malformed JSON", async () => {
    const error = profile.validatesJson ? "Invalid JSON format" : "Bad Request";
    expect(await send("application/json", "{")).toMatchObject({ status: 400, body: { error } });
  });
});

describe("POST accepts", () => {
  const byDefault = { username: expect.stringMatching(/^gitlab\+deploy-token-\d+$/) };
  it.each<Case>([
    ["a blank name", { ...valid, name: " " }, { name: " " }],
    ["a number for a name", { ...valid, name: 5 }, { name: "5" }],
    [
      "scopes with commas",
      { ...valid, scopes: "read_registry, read_repository" },
      { scopes: ["read_repository", "read_registry"] },
    ],
    ["an empty username", { ...valid, username: "" }, byDefault],
    ["a blank username", { ...valid, username: "  " }, byDefault],
    ["an empty expiry", { ...valid, expires_at: "" }, { expires_at: null }],
    [
      "a past expiry",
      { ...valid, expires_at: "2020-01-01" },
      { expires_at: "2020-01-01T00:00:00.000Z", ...(profile.saysRevoked ? { expired: true } : {}) },
    ],
    ["3000-01-01 as never", { ...valid, expires_at: "3000-01-01" }, { expires_at: null }],
    ["unknown keys", { ...valid, token: "x", revoked: true, id: 1 }, { name: "a" }],
    ...[
      ["20310131", "2031-01-31T00:00:00.000Z"],
      ["2031-01-31T10:11:12Z", "2031-01-31T10:11:12.000Z"],
      ["2031-01-31 10:11", "2031-01-31T10:11:00.000Z"],
      ["2031-01-31T10:11:12-0600", "2031-01-31T16:11:12.000Z"],
      ["2031-01-31T10:11:12.123456Z", "2031-01-31T10:11:12.123Z"],
      ["2030-W05-1", "2030-01-28T00:00:00.000Z"],
      ["Jan 5 2031", "2031-01-05T00:00:00.000Z"],
      ["monday", expect.stringMatching(/T00:00:00\.000Z$/)],
      ["10", expect.stringMatching(/-10T00:00:00\.000Z$/)],
    ].map(
      ([expires_at, read]): Case => [
        `expires_at ${expires_at}`,
        { ...valid, expires_at },
        { expires_at: read },
      ],
    ),
  ])("%s", async (_what, json, body) => {
    expect(await create(json)).toMatchObject({ status: 201, body });
  });

  const form = profile.requiresExpiryAndUsername ? "&expires_at=&username=" : "";
  it.each([
    [
      "a form",
      "application/x-www-form-urlencoded",
      `name=a&scopes[]=read_registry&scopes[]=read_repository${form}`,
    ],
    [
      "a form with commas",
      "application/x-www-form-urlencoded",
      `name=a&scopes=read_registry,read_repository${form}`,
    ],
    [
      "JSON with a charset",
      "application/json; charset=utf-8",
      JSON.stringify(whole({ name: "a", scopes: ["read_registry", "read_repository"] })),
    ],
    [
      "a multipart form",
      "multipart/form-data; boundary=b",
      '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\na\r\n--b\r\nContent-Disposition: form-data; name="scopes[]"\r\n\r\nread_registry\r\n--b\r\nContent-Disposition: form-data; name="scopes[]"\r\n\r\nread_repository\r\n'.concat(
        ...(profile.requiresExpiryAndUsername ? ["expires_at", "username"] : []).map(
          (key) => `--b\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n\r\n`,
        ),
        "--b--\r\n",
      ),
    ],
  ])("%s", async (_what, contentType, body) => {
    expect(await send(contentType, body)).toMatchObject({
      status: 201,
      body: { name: "a", scopes: ["read_repository", "read_registry"] },
    });
  });

  it("a query instead of a body", async () => {
    const query = `?name=q&scopes[]=read_registry${form}`;
    expect(await ask(query, { method: "POST" })).toMatchObject({ status: 201, body: { name: "q" } });
  });
});

it("POST answers 415 to other content types", async () => {
  expect(await send("text/plain", "x")).toMatchObject({
    status: 415,
    body: { error: "The provided content-type 'text/plain' is not supported." },
  });
});

it("POST answers 500 to a null name", async () => {
  expect(await create({ ...valid, name: null })).toMatchObject({
    status: 500,
    body: { message: "500 Internal Server Error" },
  });
});

it("the scopes of this version are accepted together, for projects and groups, and no others", async () => {
  const known = [
    ...["read_repository", "read_registry"],
    ...["write_registry", "read_package_registry", "write_package_registry"],
    ...["read_virtual_registry", "write_virtual_registry"],
  ];
  const { project, group } = used.target;
  for (const owner of [`/projects/${project.id}`, `/groups/${group.id}`]) {
    const post = (...scopes: string[]) =>
      raw(used.target, `${owner}/deploy_tokens`, { method: "POST", json: whole({ name: "a", scopes }) });
    expect(await post(...profile.scopes)).toMatchObject({ status: 201, body: { scopes: profile.scopes } });
    const others = ["write_repository", "read_dependency_proxy", "read_api", "manage_runner"];
    for (const scope of [...known, ...others].filter((each) => !profile.scopes.includes(each))) {
      expect((await post(scope)).status, scope).toBe(400);
    }
  }
  expect(profile.scopes).toEqual(known.slice(0, profile.scopes.length));
});

it("an answer's keys come in this order", async () => {
  const { body } = await create(valid);
  expect(Object.keys(body as object)).toEqual([
    "id",
    "name",
    "username",
    "expires_at",
    "scopes",
    ...(profile.saysRevoked ? ["revoked", "expired"] : []),
    "token",
  ]);
});

describe("a token's id in a path", () => {
  it.each([
    ["123abc", 400, { error: "token_id is invalid" }],
    ["-1", 404, { message: "404 Not found" }],
    ["99999999999999999999", 404, { message: "404 Not found" }],
  ])("%s answers %i", async (id, status, body) => {
    expect(await ask(`/${id}`)).toMatchObject(profile.getsOne ? { status, body } : routeNotFound);
    expect(await ask(`/${id}`, { method: "DELETE" })).toMatchObject({ status, body });
  });
});

it("the path of the collection may end in a slash", async () => {
  expect(await ask("/")).toMatchObject({ status: 200 });
});

describe("a list's parameters", () => {
  const list = (query: string) => ask(`?${query}`);
  it.each<[string, object]>([
    ["page=abc", { error: "page is invalid" }],
    ["page=1.5", { error: "page is invalid" }],
    ["per_page=abc", { error: "per_page is invalid" }],
    ["per_page=0", { error: "per_page has a value not allowed" }],
    ...(profile.saysRevoked
      ? [["active=foo", { error: "active is invalid" }] satisfies [string, object]]
      : []),
  ])("%s is refused", async (query, body) => {
    expect(await list(query)).toMatchObject({ status: 400, body });
  });

  it.each([
    ["", "20", "1"],
    ["per_page=101", "100", "1"],
    ["per_page=-1", "20", "1"],
    ["page=0", "20", "1"],
    ["page=&per_page=", "20", "1"],
    ["page=999", "20", "999"],
  ])("%s counts as per_page %s, page %s", async (query, perPage, page) => {
    const { headers } = await list(query);
    expect([headers.get("x-per-page"), headers.get("x-page")]).toEqual([perPage, page]);
  });

  it("answer with the pages' headers and links", async () => {
    for (let count = 0; count < 5; count++) await create(valid);
    const { headers, body } = await list("per_page=2&page=2&active=false");
    expect(body).toHaveLength(2);
    expect([headers.get("x-next-page"), headers.get("x-prev-page")]).toEqual(["3", "1"]);
    expect(Number(headers.get("x-total-pages"))).toBe(Math.ceil(Number(headers.get("x-total")) / 2));
    const link = String(headers.get("link"));
    expect(link).toMatch(
      /deploy_tokens\?active=false&id=\d+&page=1&per_page=2>; rel="prev", <.*page=3.*>; rel="next", <.*page=1&.*>; rel="first", <.*>; rel="last"$/,
    );
    const past = await list("page=999");
    expect(past).toMatchObject({ status: 200, body: [] });
    expect([past.headers.get("x-next-page"), past.headers.get("x-prev-page")]).toEqual(["", ""]);
  });
});
