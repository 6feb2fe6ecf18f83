import type { GitLabAnswer, GitLabClient, GitLabRequest } from "./client.js";
import { DeployTokenError } from "./errors.js";
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
  /** How many rows there are in all; undefined where GitLab does not count (above 10,000 of them). */
  readonly total: number | undefined;
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
    total: count(answer, "x-total"),
    totalPages: count(answer, "x-total-pages"),
  };
}

/** How often a list is read that loses rows meanwhile. */
const mostReadings = 5;

/** Every item of every page, or an error: never half a list. */
export async function listPages<T>(
  gitlab: GitLabClient,
  path: string,
  query: GitLabRequest["query"],
  parse: Parse<T>,
  signal: AbortSignal,
): Promise<T[]> {
  for (let reading = 1; reading <= mostReadings; reading++) {
    const all = await readPages(gitlab, path, query, parse, signal);
    if (all !== undefined) return all;
  }
  throw new DeployTokenError(
    "conflict",
    `GET ${path} failed: entries were deleted each of the ${mostReadings} times that the list was read. Try again when no more are.`,
    { method: "GET", path },
  );
}

/** Undefined where a row went between two pages: those after it moved up, and one may have been missed. */
async function readPages<T>(
  gitlab: GitLabClient,
  path: string,
  query: GitLabRequest["query"],
  parse: Parse<T>,
  signal: AbortSignal,
): Promise<T[] | undefined> {
  const all: T[] = [];
  let before = 0;
  for (let page: number | undefined = 1; page !== undefined; ) {
    const result: Page<T> = await getPage(gitlab, path, query, page, parse, signal);
    if (result.total !== undefined && result.total < before) return undefined;
    before = result.total ?? before;
    all.push(...result.items);
    page = result.next;
  }
  return all;
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
