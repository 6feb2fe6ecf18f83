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

/** What a list by ascending id is made of. */
export interface Rows<T> {
  readonly parse: Parse<T>;
  readonly idOf: (item: T) => number;
  /** Whether rows come at its end only; what is moved below a group may come anywhere. */
  readonly isAppendOnly: boolean;
}

/**
 * The pages of a list, each row that is there all the while on at least one of them: from the last back to the first,
 * as a row moves to an earlier page when one before it goes, and could slip by unseen of who reads forwards. Where one
 * may come before it, and move it to a later page, forwards too.
 */
export async function* allPages<T>(
  gitlab: GitLabClient,
  path: string,
  query: GitLabRequest["query"],
  { parse, isAppendOnly }: Rows<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const read = (page: number) => getPage(gitlab, path, query, page, parse, signal);
  const first = await read(1);
  yield first.items;
  if (first.next === undefined) return;
  // Above 10,000 rows GitLab does not count.
  const isForwards = first.totalPages === undefined || !isAppendOnly;
  let last = first.totalPages ?? first.next;
  for (let next = isForwards ? first.next : undefined; next !== undefined; ) {
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
  rows: Rows<T>,
  signal: AbortSignal,
): Promise<T[]> {
  const all = new Map<number, T>();
  for await (const items of allPages(gitlab, path, query, rows, signal)) {
    for (const item of items) all.set(rows.idOf(item), item);
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
