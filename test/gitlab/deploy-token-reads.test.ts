import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { GitLabClient, GitLabRequest } from "../../provider/gitlab/client.js";
import { DeployTokenReads } from "../../provider/gitlab/deploy-token-reads.js";
import type { DeployToken } from "../../provider/gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../../provider/gitlab/errors.js";
import { latch } from "../support/emulator.js";

const signal = new AbortController().signal;
const owner = { kind: "project", id: "7" } as const;
const wire = (id: number) => ({
  id,
  name: `t${id}`,
  username: "u",
  scopes: ["read_registry"],
  revoked: false,
});

/** GitLab's side of the reads: tokens by ascending id, 100 a page, with a log of all requests. */
class OwnerOfTokens {
  readonly requests: string[] = [];
  /** The error of a request, by its kind. */
  fails: { list?: string; get?: string } = {};
  countsPages = true;
  /** Runs before a response. */
  before: (request: string) => Promise<void> | void = () => {};

  constructor(public ids: number[]) {}

  readonly client = {
    connection: { baseUrl: "https://gitlab.test", token: "t" },
    request: async ({ path, query }: GitLabRequest) => {
      const page = query?.["page"];
      const name = page === undefined ? `token ${path.split("/").at(-1)}` : `page ${page}`;
      this.requests.push(name);
      await this.before(name);
      const code = page === undefined ? this.fails.get : this.fails.list;
      if (code !== undefined) throw new DeployTokenError(code as "timeout", `${name} failed`);
      return page === undefined ? this.token(Number(path.split("/").at(-1))) : this.page(Number(page));
    },
  } as unknown as GitLabClient;

  private token(id: number) {
    if (!this.ids.includes(id)) throw new DeployTokenError("deploy_token_not_found", `no ${id}`);
    return { status: 200, body: wire(id), header: () => undefined };
  }

  private page(page: number) {
    const pages = Math.max(1, Math.ceil(this.ids.length / 100));
    const headers: Record<string, string> = { "x-next-page": page < pages ? String(page + 1) : "" };
    if (this.countsPages) headers["x-total-pages"] = String(pages);
    const body = this.ids.slice((page - 1) * 100, page * 100).map(wire);
    return { status: 200, body, header: (name: string) => headers[name] };
  }
}

const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

/** Reads like the engine: `parallel` reads at a time, and the next one after each response. */
async function read(reads: DeployTokenReads, ids: readonly number[], parallel: number) {
  const outcomes = new Map<number, string>();
  const queue = [...ids];
  const worker = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
      const outcome = await reads.find(id, signal).then(
        ({ deployTokenId }: DeployToken) => (deployTokenId === id ? "found" : `got ${deployTokenId}`),
        (error: unknown) => (hasCode(error, "deploy_token_not_found") ? "gone" : String(error)),
      );
      outcomes.set(id, outcome);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return outcomes;
}

async function readAll(gitlab: OwnerOfTokens, ids: readonly number[], parallel = ids.length) {
  const outcomes = await read(new DeployTokenReads(gitlab.client, owner), ids, parallel);
  for (const id of ids) expect(outcomes.get(id)).toBe(gitlab.ids.includes(id) ? "found" : "gone");
  return gitlab.requests;
}

describe("reads of one owner", () => {
  it.each([1, 100])("a single read takes the first page of the list, of %i", async (held) => {
    expect(await readAll(new OwnerOfTokens(upTo(held)), [held])).toEqual(["page 1"]);
  });

  it("a single read of a token that is not on a long list's first page then takes a GET of the token", async () => {
    expect(await readAll(new OwnerOfTokens(upTo(5_000)), [5_000])).toEqual(["page 1", "token 5000"]);
  });

  it("several reads at once take one page", async () => {
    expect(await readAll(new OwnerOfTokens(upTo(100)), [7, 99, 3])).toEqual(["page 1"]);
  });

  it("take GETs if the list has more pages than there are reads, after its first page", async () => {
    const requests = await readAll(new OwnerOfTokens(upTo(1_000)), [500, 600, 700]);
    expect(requests).toEqual(["page 1", "token 500", "token 600", "token 700"]);
  });

  it("read further pages if these cost no more than they save, even if GitLab does not count them", async () => {
    const gitlab = new OwnerOfTokens(upTo(250));
    gitlab.countsPages = false;
    expect(await readAll(gitlab, [1, 2, 3, 120, 240])).toEqual(["page 1", "page 2", "page 3"]);
  });

  it("reads one after the other take one page too", async () => {
    expect(await readAll(new OwnerOfTokens(upTo(90)), upTo(90), 1)).toEqual(["page 1"]);
  });

  it("an absence from the list counts only once GitLab confirms it for the token itself", async () => {
    const gitlab = new OwnerOfTokens([1, 2, 4]);
    expect(await readAll(gitlab, [1, 2, 3])).toEqual(["page 1", "token 3"]);
    // The token moved across the edge of a page when rows moved up.
    const moved = new OwnerOfTokens([1, 2]);
    moved.before = (request) => void (request === "token 3" && moved.ids.push(3));
    const outcomes = await read(new DeployTokenReads(moved.client, owner), [1, 3], 2);
    expect(outcomes.get(3)).toBe("found");
  });

  it("a token that this run deleted is read again, and a token that it created since is found", async () => {
    const gitlab = new OwnerOfTokens([1, 2]);
    const reads = new DeployTokenReads(gitlab.client, owner);
    await read(reads, [1, 2], 2);
    gitlab.ids = [1, 3];
    reads.forget(2);
    const outcomes = await read(reads, [1, 2, 3], 3);
    expect([...outcomes.values()].sort()).toEqual(["found", "found", "gone"]);
    expect(gitlab.requests.slice(1).sort()).toEqual(["token 1", "token 2", "token 3"]);
  });

  it("a deletion while a page is read counts too", async () => {
    const gitlab = new OwnerOfTokens([1, 2]);
    const reads = new DeployTokenReads(gitlab.client, owner);
    gitlab.before = (request) => void (request === "page 1" && reads.forget(2));
    await read(reads, [1, 2], 2);
    expect(gitlab.requests).toEqual(["page 1", "token 2"]);
  });

  it("a second read of a token does not get the answer of an earlier list", async () => {
    const gitlab = new OwnerOfTokens([1, 2]);
    const reads = new DeployTokenReads(gitlab.client, owner);
    await read(reads, [1, 2], 1);
    gitlab.ids = [2];
    expect([...(await read(reads, [1, 2], 1)).values()]).toEqual(["gone", "found"]);
    expect(gitlab.requests).toEqual(["page 1", "token 1", "token 2"]);
  });

  it("an old list does not count", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const gitlab = new OwnerOfTokens([1, 2, 3]);
      const reads = new DeployTokenReads(gitlab.client, owner);
      await read(reads, [1], 1);
      vi.setSystemTime(Date.now() + 4 * 60_000);
      await read(reads, [2], 1);
      expect(gitlab.requests).toEqual(["page 1"]);
      vi.setSystemTime(Date.now() + 2 * 60_000);
      await read(reads, [3], 1);
      expect(gitlab.requests).toEqual(["page 1", "page 1"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each(["forbidden", "unavailable", "invalid_response", "timeout", "owner_not_found"])(
    "after a list that fails (%s) reads take GETs, and the list is not read again",
    async (code) => {
      const gitlab = new OwnerOfTokens(upTo(3));
      gitlab.fails.list = code;
      expect(await readAll(gitlab, [1, 2, 3], 2)).toEqual(["page 1", "token 1", "token 2", "token 3"]);
    },
  );

  it("a list that fails later keeps the pages that it had before", async () => {
    const gitlab = new OwnerOfTokens(upTo(150));
    gitlab.before = (request) => {
      if (request === "page 2") gitlab.fails.list = "unavailable";
    };
    expect(await readAll(gitlab, [1, 2, 149, 150])).toEqual(["page 1", "page 2", "token 149", "token 150"]);
  });

  it("an error of a GET fails that read alone", async () => {
    const gitlab = new OwnerOfTokens(upTo(3));
    gitlab.fails = { list: "forbidden", get: "forbidden" };
    const outcomes = await read(new DeployTokenReads(gitlab.client, owner), [1, 2], 2);
    expect(outcomes.get(1)).toBe("DeployTokenError: token 1 failed");
    expect(outcomes.get(2)).toBe("DeployTokenError: token 2 failed");
  });
});

describe("before GitLab 14.9, without a GET of one token", () => {
  const old = (ids: number[]) => {
    const gitlab = new OwnerOfTokens(ids);
    gitlab.fails.get = "route_not_found";
    return gitlab;
  };

  it("a single read takes the whole list", async () => {
    expect(await readAll(old(upTo(250)), [240])).toEqual(["page 1", "token 240", "page 2", "page 3"]);
  });

  it("all reads take one list", async () => {
    const requests = await readAll(old(upTo(250)), upTo(250), 8);
    expect(requests).toEqual(["page 1", "page 2", "page 3"]);
  });

  it("a read whose GET ends after the list was read is answered from the list", async () => {
    const gitlab = old(upTo(250));
    const reads = new DeployTokenReads(gitlab.client, owner);
    const { until, release } = latch();
    gitlab.before = (request) => (request === "token 241" ? until : undefined);
    const first = reads.find(241, signal);
    await vi.waitFor(() => expect(gitlab.requests).toEqual(["page 1", "token 241"]));
    await reads.find(240, signal);
    release();
    expect((await first).deployTokenId).toBe(241);
    expect(gitlab.requests).toEqual(["page 1", "token 241", "page 2", "page 3"]);
  });

  it("an absence from a list that is older than the read does not count", async () => {
    const gitlab = old([1, 2]);
    const reads = new DeployTokenReads(gitlab.client, owner);
    await read(reads, [1, 2, 9], 3);
    gitlab.ids = [1, 2, 3];
    const outcomes = await read(reads, [3, 4], 2);
    expect([outcomes.get(3), outcomes.get(4)]).toEqual(["found", "gone"]);
    expect(gitlab.requests).toEqual(["page 1", "token 9", "page 1"]);
  });

  it("a token whose deletion failed does not count as gone although the list no longer counts for it", async () => {
    const gitlab = old([1, 2]);
    const reads = new DeployTokenReads(gitlab.client, owner);
    reads.forget(2);
    expect([...(await read(reads, [2], 1)).values()]).toEqual(["found"]);
  });

  it("two reads of one token at once are both answered", async () => {
    const reads = new DeployTokenReads(old([1]).client, owner);
    const both = await Promise.all([reads.find(1, signal), reads.find(1, signal)]);
    expect(both.map(({ deployTokenId }) => deployTokenId)).toEqual([1, 1]);
  });

  it("a token that moves to a page already read, because another is deleted, does not count as gone", async () => {
    const gitlab = old(upTo(250));
    gitlab.before = (request) => {
      if (request === "page 2") gitlab.ids = gitlab.ids.filter((id) => id !== 5);
    };
    expect(await readAll(gitlab, [101, 102, 200])).toEqual(["page 1", "page 2", "token 101", "page 1"]);
  });

  it("a list that fails is the error, and the next read tries again", async () => {
    const gitlab = old([1, 2]);
    gitlab.fails.list = "unavailable";
    const reads = new DeployTokenReads(gitlab.client, owner);
    const outcomes = await read(reads, [1, 2], 2);
    expect([...outcomes.values()]).toEqual(Array(2).fill("DeployTokenError: page 1 failed"));
    delete gitlab.fails.list;
    expect([...(await read(reads, [1, 2], 2)).values()]).toEqual(["found", "found"]);
  });
});

describe("the number of requests", () => {
  // A token that is not on the list costs one more GET, and so does a first page without a token of ours.
  const limit = (ids: readonly number[], gitlab: OwnerOfTokens) => {
    const absent = ids.filter((id) => !gitlab.ids.includes(id)).length;
    const first = gitlab.ids.slice(0, 100);
    const isMissed = gitlab.ids.length > 100 && !ids.some((id) => first.includes(id));
    return { most: Math.min(ids.length, 1 + gitlab.ids.length / 100), extra: absent + (isMissed ? 1 : 0) };
  };
  const world = fc.record({
    held: fc.oneof(fc.nat(30), fc.integer({ min: 90, max: 110 }), fc.nat(900)),
    // The owner's tokens that the stack has, and the number of those that are gone.
    picks: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }),
    gone: fc.nat(3),
    countsPages: fc.boolean(),
  });
  const build = ({
    held,
    picks,
    gone,
    countsPages,
  }: typeof world extends fc.Arbitrary<infer T> ? T : never) => {
    const all = upTo(held + gone);
    const ids = [...new Set(picks.map((pick) => all[Math.floor(pick * (all.length - 1))] ?? 1))];
    const gitlab = new OwnerOfTokens(all.filter((id) => !ids.slice(0, gone).includes(id)));
    gitlab.countsPages = countsPages;
    return { ids, gitlab };
  };

  it("is at most the smaller of N and 1 + M/100 for reads that come together", async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { ids, gitlab } = build({ ...given, countsPages: true });
        const requests = await readAll(gitlab, ids);
        const { most, extra } = limit(ids, gitlab);
        expect(requests.length).toBeLessThanOrEqual(most + extra);
      }),
      { numRuns: 300 },
    );
  });

  /** The bound for tokens on the list, for any order of reads. Each other token costs one more GET. */
  const expectAtMost = (countsPages: boolean, most: (asked: number, held: number) => number) =>
    fc.assert(
      fc.asyncProperty(world, fc.integer({ min: 1, max: 12 }), async (given, parallel) => {
        const { ids, gitlab } = build({ ...given, countsPages });
        const requests = await readAll(gitlab, ids, parallel);
        const absent = ids.filter((id) => !gitlab.ids.includes(id)).length;
        expect(requests.length).toBeLessThanOrEqual(most(ids.length, gitlab.ids.length) + absent);
      }),
      { numRuns: 300 },
    );

  it("is at most twice the smaller of N and 1 + M/100, in whatever order and number the reads come", () =>
    expectAtMost(true, (asked, held) => {
      const pages = Math.max(1, Math.ceil(held / 100));
      return pages === 1 ? 1 : 2 * Math.min(asked, pages);
    }));

  it("is at most N, and one more for a long list, if GitLab does not count the pages", () =>
    expectAtMost(false, (asked, held) => (held > 100 ? asked + 1 : 1)));

  it("is at most the list's pages for many reads of a long list one after the other, the newest on its last pages", async () => {
    const gitlab = new OwnerOfTokens(upTo(300));
    expect(await readAll(gitlab, upTo(50, 251), 1)).toEqual(["page 1", "token 251", "page 2", "page 3"]);
  });

  it("is at most the smaller of N and 1 + M/100 for all tokens of an owner, as many at once as the engine sends", async () => {
    for (const parallel of [1, 2, 4, 8, 16, 64]) {
      for (const count of [1, 2, 7, 99, 100, 101, 199, 200, 201, 999, 1_000, 1_001]) {
        const requests = await readAll(new OwnerOfTokens(upTo(count)), upTo(count), parallel);
        expect(requests.length, `${count} tokens, ${parallel} at once`).toBeLessThanOrEqual(
          Math.min(count, 1 + count / 100),
        );
      }
    }
  });
});
