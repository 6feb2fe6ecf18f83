import { beforeAll, describe, expect, it } from "vitest";
import type { GitLabClient } from "../../provider/gitlab/client.js";
import { createDeployToken, getDeployToken, listDeployTokens } from "../../provider/gitlab/deploy-tokens.js";
import { lastPageOnly, newestTokens } from "../../provider/gitlab/newest.js";
import { ownerProblem } from "../../provider/gitlab/owner.js";
import { resolveOwnerId } from "../../provider/gitlab/owners.js";
import { redact, registerSecret } from "../../provider/gitlab/redact.js";
import { clientOf } from "../support/client.js";
import { gitlab, useEmulator } from "../support/emulator.js";

useEmulator();
let client: GitLabClient;
const owner = { kind: "project", id: "1" } as const;
const signal = AbortSignal.timeout(600_000);

beforeAll(() => {
  client = clientOf({ baseUrl: gitlab.url });
});

const make = (count: number) => {
  for (let index = 0; index < count; index++) {
    gitlab.createDeployToken({ project: "acme/app", name: `n${index}`, scopes: ["read_registry"] });
  }
};
const answer = (body: unknown, headers: Record<string, string> = {}, status = 200) =>
  gitlab.faults.add({
    fault: {
      kind: "respond",
      status,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    },
  });
const wire = { id: 1, name: "a", username: "u", scopes: ["read_registry"], expires_at: null, revoked: false };

it.each([
  ["10000-01-01T11:59:59.000Z", "10000-01-01T11:59:59.000Z"],
  ["0000-12-31T19:00:00.000Z", "0000-12-31T19:00:00.000Z"],
  ["-0001-01-01T00:00:00.000Z", "-0001-01-01T00:00:00.000Z"],
  ["soon", "soon"],
  [5, "5"],
  [{ year: 1 }, '{"year":1}'],
  ["2027-01-31T01:00:00+01:00", "2027-01-31T00:00:00.000Z"],
])("an unusual expiry of another token fails nothing: %j (field-reports.md 18)", async (given, expiresAt) => {
  answer({ ...wire, expires_at: given });
  expect(await getDeployToken(client, owner, 1, signal)).toMatchObject({ expiresAt });
});

describe("a response of the wrong shape is an error, not a token", () => {
  it.each([
    ["a list", []],
    ["a text id", { ...wire, id: "1" }],
    ["id 0", { ...wire, id: 0 }],
    ["no name", { ...wire, name: undefined }],
    ["no username", { ...wire, username: null }],
    ["scopes that are not a list", { ...wire, scopes: "read_registry" }],
    ["scopes of numbers", { ...wire, scopes: [1] }],
    ["another token", { ...wire, id: 2 }],
  ])("%s", async (_what, body) => {
    answer(body);
    await expect(getDeployToken(client, owner, 1, signal)).rejects.toMatchObject({
      code: "invalid_response",
    });
  });

  it("a creation without a value", async () => {
    answer(wire, {}, 201);
    const specification = { name: "a", scopes: ["read_registry"], username: undefined, expiresAt: undefined };
    const creating = createDeployToken(client, owner, specification, signal);
    await expect(creating).rejects.toMatchObject({ code: "invalid_response", mayHaveActed: true });
  });

  it("responses before 13.12, without `revoked`, are tokens", async () => {
    const { revoked: _, ...old } = wire;
    answer(old);
    expect(await getDeployToken(client, owner, 1, signal)).toMatchObject({
      revoked: undefined,
      expiresAt: undefined,
    });
  });
});

describe("a list", () => {
  it("is read to its last page, in order", async () => {
    make(250);
    const all = await listDeployTokens(client, owner, signal);
    expect(all.map(({ deployTokenId }) => deployTokenId)).toEqual(
      Array.from({ length: 250 }, (_, index) => index + 1),
    );
    // Both requests read the first page.
    expect(gitlab.requests).toHaveLength(4);
  });

  it("is an error instead of half a list", async () => {
    make(150);
    gitlab.faults.add({ path: /page=2/, fault: { kind: "respond", status: 502 } });
    await expect(listDeployTokens(client, owner, signal)).rejects.toMatchObject({ code: "unavailable" });
    answer({ message: "not a list" });
    await expect(listDeployTokens(client, owner, signal)).rejects.toMatchObject({ code: "invalid_response" });
    answer([wire], { "X-Next-Page": "7" });
    await expect(listDeployTokens(client, owner, signal)).rejects.toThrow(
      "X-Next-Page does not name the next page",
    );
  });

  /** A client whose responses are followed by a deletion and a creation, this number of times. */
  const losing = (times: number, isCounted = true) => {
    let left = times;
    const request: GitLabClient["request"] = async (asked, until) => {
      const page = await client.request(asked, until);
      if (left-- > 0) {
        gitlab.deleteDeployToken(Number(gitlab.deployTokens()[0]?.id));
        make(1);
      }
      return isCounted
        ? page
        : { ...page, header: (name) => (/total/.test(name) ? undefined : page.header(name)) };
    };
    return Object.assign(Object.create(client) as GitLabClient, { request });
  };

  it.each([true, false])(
    "has every token that moves to a page already read, because others are deleted and created (counted: %s)",
    async (isCounted) => {
      make(150);
      const there = gitlab.deployTokens().map(({ id }) => id);
      const moving = losing(1, isCounted);
      const found = await listDeployTokens(moving, owner, signal);
      const ids = found.map(({ deployTokenId }) => deployTokenId);
      expect(ids).toEqual(expect.arrayContaining(there.slice(1)));
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      expect(gitlab.requests).toHaveLength(isCounted ? 3 : 4);
    },
  );

  it("ends although a token is deleted after each page", async () => {
    make(350);
    const found = await listDeployTokens(losing(Infinity), owner, signal);
    const ids = found.map(({ deployTokenId }) => deployTokenId);
    expect(ids).toEqual(
      expect.arrayContaining(
        gitlab
          .deployTokens()
          .map(({ id }) => id)
          .slice(0, 300),
      ),
    );
  });

  it("continues if a proxy removed the headers and the page is full", async () => {
    answer(Array.from({ length: 100 }, (_, index) => ({ ...wire, id: index + 1 })));
    answer([{ ...wire, id: 101 }]);
    expect(await listDeployTokens(client, owner, signal)).toHaveLength(101);
  });
});

describe("the end of a list", () => {
  const newest = async (afterId = Number.POSITIVE_INFINITY) =>
    (await newestTokens(client, owner, afterId, signal)).tokens.map(({ deployTokenId }) => deployTokenId);

  it("takes one request for a list of one page", async () => {
    make(100);
    expect(await newest()).toHaveLength(100);
    expect(gitlab.requests).toHaveLength(1);
  });

  it.each([[202], [200], [203], [310]])(
    "contains at least the newest hundred of %i tokens",
    async (count) => {
      make(count);
      const found = await newest();
      expect(found).toEqual(expect.arrayContaining(Array.from({ length: 100 }, (_, index) => count - index)));
      expect(gitlab.requests.length).toBeLessThanOrEqual(3);
    },
  );

  it("reaches back to the given id", async () => {
    make(450);
    expect(await newest(120)).toEqual(
      expect.arrayContaining(Array.from({ length: 330 }, (_, index) => 121 + index)),
    );
  });

  it("is taken from the whole list if GitLab does not count the pages, or counts them wrong", async () => {
    make(150);
    const page = Array.from({ length: 100 }, (_, index) => ({ ...wire, id: index + 1 }));
    answer(page, { "X-Next-Page": "2" });
    expect((await newest()).at(-1)).toBe(150);
    answer(page, { "X-Next-Page": "2", "X-Total-Pages": "9" });
    expect((await newest()).at(-1)).toBe(150);
  });

  it("takes only the last page if its number is known, unless the list has changed", async () => {
    make(150);
    expect((await lastPageOnly(client, owner, 2, signal))?.tokens).toHaveLength(50);
    expect(await lastPageOnly(client, owner, 1, signal)).toBeUndefined();
    expect(await lastPageOnly(client, owner, 3, signal)).toBeUndefined();
  });
});

describe("an owner's numeric id", () => {
  it("takes no request if it is given", async () => {
    expect(await resolveOwnerId(client, { kind: "group", id: "7" }, signal)).toBe("7");
    expect(gitlab.requests).toEqual([]);
  });

  it("is an error if the response has none", async () => {
    answer({ id: "x" });
    await expect(resolveOwnerId(client, { kind: "project", id: "a/b" }, signal)).rejects.toThrow(
      "it is not a project",
    );
    answer([]);
    await expect(resolveOwnerId(client, { kind: "group", id: "a" }, signal)).rejects.toThrow(
      "it is not a group",
    );
  });

  it("is checked, so that no path can leave its segment", () => {
    for (const id of ["..", ".", "a/..", "a/./b", "a?b", "a#b", "%2e%2e"])
      expect(ownerProblem("group", id)).toBeDefined();
    expect(ownerProblem("group", "a.b/c-d_e")).toBeUndefined();
  });
});

it("does not redact names that only begin like a credential's prefix", () => {
  const text = "GET /groups/global-services-team failed: glossary-of-everything";
  expect(redact(text)).toBe(text);
});

it("redacts registered secrets, and texts that look like a credential", () => {
  registerSecret("s3cret-value");
  registerSecret(undefined);
  registerSecret("abc");
  expect(
    redact(
      "s3cret-value abc glpat-abcdefgh1234 gldt-abcdefgh12 Bearer abcdefgh https://u:p@host/x?private_token=xyz&a=1",
    ),
  ).toBe("[secret] abc [secret] [secret] Bearer [secret] https://host/x?private_token=[secret]&a=1");
});
