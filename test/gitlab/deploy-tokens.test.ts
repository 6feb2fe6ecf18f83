import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { GitLabClient } from "../../provider/gitlab/client.js";
import { createDeployToken, getDeployToken, listDeployTokens } from "../../provider/gitlab/deploy-tokens.js";
import { Gate } from "../../provider/gitlab/gate.js";
import { lastPage } from "../../provider/gitlab/last-page.js";
import { ownerProblem } from "../../provider/gitlab/owner.js";
import { resolveOwnerId } from "../../provider/gitlab/owners.js";
import { redact, registerSecret } from "../../provider/gitlab/redact.js";
import { type Emulator, start } from "../../provider/testing/index.js";
import { tokens } from "../support/run.js";

let gitlab: Emulator;
let client: GitLabClient;
const owner = { kind: "project", id: "1" } as const;
const signal = AbortSignal.timeout(600_000);

beforeAll(async () => {
  gitlab = await start();
  const connection = {
    baseUrl: gitlab.url,
    token: tokens.owner,
    tokenSource: "x",
    headers: {},
    retries: 0,
    insecure: false,
  };
  client = new GitLabClient(connection, { gate: new Gate() });
});
afterEach(() => gitlab.reset());
afterAll(() => gitlab.close());

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

describe("an answer of the wrong shape is an error, not a token", () => {
  it.each([
    ["a list", []],
    ["a text id", { ...wire, id: "1" }],
    ["id 0", { ...wire, id: 0 }],
    ["no name", { ...wire, name: undefined }],
    ["no username", { ...wire, username: null }],
    ["scopes that are none", { ...wire, scopes: "read_registry" }],
    ["scopes of numbers", { ...wire, scopes: [1] }],
    ["a strange expiry", { ...wire, expires_at: "soon" }],
    ["a number for an expiry", { ...wire, expires_at: 5 }],
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

  it("answers of before 13.12, without `revoked`, are tokens", async () => {
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
    // The first page twice.
    expect(gitlab.requests).toHaveLength(4);
  });

  it("is an error rather than half a list", async () => {
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

  /** A client whose answers are followed by a deletion and a creation, as often as that. */
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
    "misses none that moves to a page already read, as one before it is deleted and another made (counted: %s)",
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

  it("ends though a row goes after each page", async () => {
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

  it("goes on where a proxy took the headers away and the page is full", async () => {
    answer(Array.from({ length: 100 }, (_, index) => ({ ...wire, id: index + 1 })));
    answer([{ ...wire, id: 101 }]);
    expect(await listDeployTokens(client, owner, signal)).toHaveLength(101);
  });
});

describe("the end of a list", () => {
  it("takes one request for a page, two for many", async () => {
    make(100);
    expect(await lastPage(client, owner, signal)).toHaveLength(100);
    expect(gitlab.requests).toHaveLength(1);
    make(250);
    gitlab.clearRequests();
    const end = await lastPage(client, owner, signal);
    expect(end.at(-1)?.deployTokenId).toBe(350);
    expect(gitlab.requests).toHaveLength(2);
  });

  it("is looked for in the whole list where GitLab does not count, or counted wrong", async () => {
    make(150);
    const page = Array.from({ length: 100 }, (_, index) => ({ ...wire, id: index + 1 }));
    answer(page, { "X-Next-Page": "2" });
    expect((await lastPage(client, owner, signal)).at(-1)?.deployTokenId).toBe(150);
    answer(page, { "X-Next-Page": "2", "X-Total-Pages": "9" });
    expect((await lastPage(client, owner, signal)).at(-1)?.deployTokenId).toBe(150);
  });
});

describe("an owner's numeric id", () => {
  it("costs nothing where it is written", async () => {
    expect(await resolveOwnerId(client, { kind: "group", id: "7" }, signal)).toBe("7");
    expect(gitlab.requests).toEqual([]);
  });

  it("is an error where the answer has none", async () => {
    answer({ id: "x" });
    await expect(resolveOwnerId(client, { kind: "project", id: "a/b" }, signal)).rejects.toThrow(
      "it is not a project",
    );
    answer([]);
    await expect(resolveOwnerId(client, { kind: "group", id: "a" }, signal)).rejects.toThrow(
      "it is not a group",
    );
  });

  it("is checked before a path could climb out of its segment", () => {
    for (const id of ["..", ".", "a/..", "a/./b", "a?b", "a#b", "%2e%2e"])
      expect(ownerProblem("group", id)).toBeDefined();
    expect(ownerProblem("group", "a.b/c-d_e")).toBeUndefined();
  });
});

it("leaves names alone that only begin as a credential's prefix does", () => {
  const text = "GET /groups/global-services-team failed: glossary-of-everything";
  expect(redact(text)).toBe(text);
});

it("redacts what is registered, and what looks like a credential", () => {
  registerSecret("s3cret-value");
  registerSecret(undefined);
  registerSecret("abc");
  expect(
    redact(
      "s3cret-value abc glpat-abcdefgh1234 gldt-abcdefgh12 Bearer abcdefgh https://u:p@host/x?private_token=xyz&a=1",
    ),
  ).toBe("[secret] abc [secret] [secret] Bearer [secret] https://host/x?private_token=[secret]&a=1");
});
