import type { Context } from "hono";
import { message } from "./api-error.js";
import { type ParameterReader, type Parameters, readAlone } from "./parameters.js";

const mostPerPage = 100;
const mostCounted = 10_000;

export interface PageRequest {
  readonly page: number;
  readonly perPage: number;
  /** The requested number before it is limited: the links repeat it. */
  readonly askedPerPage: number;
}

/** https://docs.gitlab.com/api/rest/#offset-based-pagination */
export function readPage(parameters: Parameters): PageRequest {
  return readAlone(parameters, pageRequest);
}

/** The caller refuses a bad value, together with other parameters. */
export function pageRequest(reader: ParameterReader): PageRequest {
  const page = reader.integer("page") ?? 1;
  const asked = reader.integer("per_page") ?? 20;
  if (asked === 0) reader.refuse("per_page has a value not allowed");
  const positive = asked > 0 ? asked : 20;
  return { page: Math.max(1, page), perPage: Math.min(positive, mostPerPage), askedPerPage: asked };
}

/** The page's items, and GitLab's headers on the response. The links use GitLab's own address. */
export function paginate<T>(
  context: Context,
  items: readonly T[],
  request: PageRequest,
  parameters: Parameters,
  externalUrl: string,
): T[] {
  const { page, perPage, askedPerPage } = request;
  // The database's offset is a 64-bit integer.
  if (page * perPage >= 2 ** 63) throw message(500, "500 Internal Server Error");
  const pages = Math.max(1, Math.ceil(items.length / perPage));
  const hasNext = page < pages;
  const next = hasNext ? String(page + 1) : "";
  const previous = page > 1 && page <= pages ? String(page - 1) : "";
  const counted = items.length <= mostCounted;
  const link = (target: number | string) => {
    const { private_token: _, access_token: __, bearer_token: ___, ...rest } = parameters;
    const query = toQuery({ ...rest, page: target, per_page: askedPerPage });
    return `<${externalUrl}${new URL(context.req.url).pathname}?${query}>`;
  };
  const links = [
    ...(previous === "" ? [] : [`${link(previous)}; rel="prev"`]),
    ...(next === "" ? [] : [`${link(next)}; rel="next"`]),
    `${link(1)}; rel="first"`,
    ...(counted ? [`${link(pages)}; rel="last"`] : []),
  ];
  context.header("X-Per-Page", String(perPage));
  context.header("X-Page", String(page));
  context.header("X-Next-Page", next);
  context.header("X-Prev-Page", previous);
  if (counted) {
    context.header("X-Total", String(items.length));
    context.header("X-Total-Pages", String(pages));
  }
  context.header("Link", links.join(", "));
  return items.slice((page - 1) * perPage, page * perPage);
}

/** ActiveSupport's `to_query`: sorted, lists as `key[]`. */
function toQuery(parameters: Parameters): string {
  return Object.entries(parameters)
    .flatMap(([key, value]) =>
      Array.isArray(value) ? value.map((each) => [`${key}[]`, each]) : [[key, value]],
    )
    .map(([key, value]) => `${cgiEscape(key)}=${cgiEscape(value ?? "")}`)
    .sort()
    .join("&");
}

/** `CGI.escape` */
function cgiEscape(value: unknown): string {
  return encodeURIComponent(String(value))
    .replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, "+");
}
