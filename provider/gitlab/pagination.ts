import type { GitLabAnswer, GitLabClient, GitLabRequest } from "./client.js";
import { invalidResponse } from "./failure.js";

/** The most that GitLab gives in one page. https://docs.gitlab.com/api/rest/#offset-based-pagination */
export const perPage = 100;

export type Parse<T> = (
  gitlab: GitLabClient,
  request: GitLabRequest,
  answer: GitLabAnswer,
  wire: unknown,
) => T;

export interface Page<T> {
  readonly items: T[];
  /** Undefined on the last page. */
  readonly next: number | undefined;
  /** Undefined where GitLab does not count (above 10,000 rows). */
  readonly totalPages: number | undefined;
}

export async function getPage<T>(
  gitlab: GitLabClient,
  path: string,
  query: GitLabRequest["query"],
  page: number,
  parse: Parse<T>,
  signal: AbortSignal,
): Promise<Page<T>> {
  const request: GitLabRequest = { method: "GET", path, query: { ...query, per_page: perPage, page } };
  const answer = await gitlab.request(request, signal);
  if (!Array.isArray(answer.body)) {
    throw invalidResponse(request, gitlab.connection, answer.status, "it is not a list");
  }
  const items = answer.body.map((wire) => parse(gitlab, request, answer, wire));
  return {
    items,
    next: nextPage(gitlab, request, answer, page, items.length),
    totalPages: count(answer, "x-total-pages"),
  };
}

/**
 * The pages of a list by ascending id, each row that is there all the while on at least one of them: the first, then
 * from the last back to the first, as a row only moves to an earlier page, when one before it is deleted. Read forwards
 * it could slip by unseen.
 */
export async function* allPages<T>(
  gitlab: GitLabClient,
  path: string,
  query: GitLabRequest["query"],
  parse: Parse<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const read = (page: number) => getPage(gitlab, path, query, page, parse, signal);
  const first = await read(1);
  yield first.items;
  if (first.next === undefined) return;
  let last = first.totalPages ?? first.next;
  // Above 10,000 rows GitLab does not count.
  for (let next = first.totalPages === undefined ? first.next : undefined; next !== undefined; ) {
    last = next;
    const { items, next: further } = await read(last);
    yield items;
    next = further;
  }
  for (let page = last; page > 0; page--) yield (await read(page)).items;
}

/** Every item of every page, by ascending id, or an error: never half a list. */
export async function listPages<T>(
  gitlab: GitLabClient,
  path: string,
  query: GitLabRequest["query"],
  parse: Parse<T>,
  idOf: (item: T) => number,
  signal: AbortSignal,
): Promise<T[]> {
  const all = new Map<number, T>();
  for await (const items of allPages(gitlab, path, query, parse, signal)) {
    for (const item of items) all.set(idOf(item), item);
  }
  return [...all].sort(([a], [b]) => a - b).map(([, item]) => item);
}

// By number, from X-Next-Page: `Link` names the host of GitLab's own configuration, which may be another.
function nextPage(
  gitlab: GitLabClient,
  request: GitLabRequest,
  answer: GitLabAnswer,
  page: number,
  items: number,
): number | undefined {
  const next = answer.header("x-next-page");
  if (next === "") return undefined;
  if (next === undefined) {
    // A proxy that strips headers: a full page may not be the last one.
    if (items < perPage) return undefined;
    return page + 1;
  }
  if (!/^\d+$/.test(next) || Number(next) !== page + 1) {
    throw invalidResponse(
      request,
      gitlab.connection,
      answer.status,
      "X-Next-Page does not name the next page",
    );
  }
  return Number(next);
}

function count(answer: GitLabAnswer, name: string): number | undefined {
  const value = answer.header(name);
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}
