import type { GitLabClient, GitLabRequest, GitLabResponse } from "./client.js";

/** The most entries that GitLab puts on one page. https://docs.gitlab.com/api/rest/#offset-based-pagination */
export const perPage = 100;

/** Reads one JSON value of a response; throws the error that `malformed` builds if the value has another shape. */
export type Parse<T> = (wire: unknown, malformed: GitLabResponse["malformed"]) => T;

interface Page<T> {
  readonly items: T[];
  /** Undefined on the last page. */
  readonly next: number | undefined;
  /** Undefined where GitLab does not count (above 10,000 entries). */
  readonly totalPages: number | undefined;
}

export async function getPage<T>(
  gitlab: GitLabClient,
  { path, query, parse }: Pick<SortedList<T>, "path" | "query" | "parse">,
  page: number,
  signal: AbortSignal,
): Promise<Page<T>> {
  const request: GitLabRequest = { method: "GET", path, query: { ...query, per_page: perPage, page } };
  const response = await gitlab.request(request, signal);
  if (!Array.isArray(response.body)) throw response.malformed("it is not a list");
  const items = response.body.map((wire) => parse(wire, response.malformed));
  const totalPages = response.header("x-total-pages") ?? "";
  return {
    items,
    next: nextPage(response, page, items.length),
    totalPages: /^\d+$/.test(totalPages) ? Number(totalPages) : undefined,
  };
}

/** A list that GitLab sorts by ascending id. */
export interface SortedList<T> {
  readonly path: string;
  readonly query?: GitLabRequest["query"];
  readonly parse: Parse<T>;
  readonly idOf: (item: T) => number;
  /** Whether new entries only appear at the end; a project that moves below a group may appear anywhere. */
  readonly isAppendOnly: boolean;
}

/**
 * Yields the pages of a list so that each entry that exists during the whole time is on at least one of them. When an
 * entry is deleted, those after it move to an earlier page, and a forward reader could miss one. So the pages are read
 * from the last to the first. Where entries may also be inserted, which moves others to a later page, the pages are read
 * forwards too.
 */
export async function* allPages<T>(
  gitlab: GitLabClient,
  list: SortedList<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const read = (page: number) => getPage(gitlab, list, page, signal);
  const first = await read(1);
  yield first.items;
  if (first.next === undefined) return;
  // Above 10,000 entries GitLab does not count.
  const isForwards = first.totalPages === undefined || !list.isAppendOnly;
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
  list: SortedList<T>,
  signal: AbortSignal,
): Promise<T[]> {
  const all = new Map<number, T>();
  for await (const items of allPages(gitlab, list, signal)) {
    for (const item of items) all.set(list.idOf(item), item);
  }
  return [...all].sort(([a], [b]) => a - b).map(([, item]) => item);
}

// By number, from X-Next-Page: `Link` names the host that GitLab is configured with, which may be another.
function nextPage(response: GitLabResponse, page: number, items: number): number | undefined {
  const next = response.header("x-next-page");
  if (next === "") return undefined;
  // A proxy may strip the headers: a full page need not be the last one.
  if (next === undefined) return items < perPage ? undefined : page + 1;
  if (!/^\d+$/.test(next) || Number(next) !== page + 1) {
    throw response.malformed("X-Next-Page does not name the next page");
  }
  return Number(next);
}
