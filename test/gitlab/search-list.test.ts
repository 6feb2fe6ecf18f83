import { describe, expect, it } from "vitest";
import type { GitLabClient, GitLabRequest } from "../../provider/gitlab/client.js";
import { searchList } from "../../provider/gitlab/search-list.js";

const signal = new AbortController().signal;
const wire = (id: number) => ({ id, name: `t${id}`, username: "u", scopes: ["read_registry"] });

/** A list with this number of rows; `meanwhile` changes them after a page was sent. */
function search(
  rows: number,
  wanted: number,
  { counts = true, meanwhile = (ids: number[], _page: number) => ids } = {},
) {
  let ids = Array.from({ length: rows }, (_, index) => index + 1);
  const pages: number[] = [];
  const request = async ({ query }: GitLabRequest) => {
    const page = Number(query?.["page"]);
    pages.push(page);
    const last = Math.max(1, Math.ceil(ids.length / 100));
    const headers: Record<string, string> = { "x-next-page": page < last ? String(page + 1) : "" };
    if (counts) headers["x-total-pages"] = String(last);
    const body = ids.slice((page - 1) * 100, page * 100).map(wire);
    ids = meanwhile(ids, page);
    return { status: 200, body, header: (name: string) => headers[name] };
  };
  const client = { connection: { baseUrl: "https://gitlab.test" }, request } as unknown as GitLabClient;
  const found = searchList(client, undefined, ({ deployTokenId }) => deployTokenId === wanted, signal);
  return found.then((token) => ({ found: token?.deployTokenId, pages }));
}

describe("a search through a list", () => {
  it.each([
    ["in a list of one page", 100, 100, [1]],
    ["in one that is empty", 0, 7, [1]],
    ["on the first page of several", 300, 100, [1]],
    ["on the last page", 300, 201, [1, 3]],
    ["on none", 300, 999, [1, 3, 2, 1]],
  ])("%s", async (_where, rows, wanted, pages) => {
    expect(await search(rows, wanted)).toEqual({ found: wanted <= rows ? wanted : undefined, pages });
  });

  it("reads to the end first if GitLab does not count", async () => {
    expect(await search(300, 999, { counts: false })).toEqual({
      found: undefined,
      pages: [1, 2, 3, 3, 2, 1],
    });
  });

  it.each([true, false])(
    "finds a token that moves to an earlier page during the search, counted %s",
    async (counts) => {
      // After each page, one token is deleted and another created, so the count stays the same.
      const meanwhile = (ids: number[], page: number) => (page === 2 ? ids : [...ids.slice(1), 1_000 + page]);
      expect((await search(300, 201, { counts, meanwhile })).found).toBe(201);
      expect((await search(300, 102, { counts, meanwhile })).found).toBe(102);
    },
  );
});
