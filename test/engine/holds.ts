import type { Emulator } from "../../provider/testing/index.js";

/** Formats the requests, deploy tokens and variables of an emulator for printing. */
export function holds(gitlab: Emulator): string {
  const requests = gitlab.requests.map(({ method, path, status }) => `  ${method} ${path} -> ${status}`);
  const tokens = gitlab.deployTokens().map((token) => {
    const expiry = token.expiresAt?.toISOString().slice(0, 10) ?? "never";
    return `  #${token.id} "${token.name}" [${token.scopes.join(", ")}] expires ${expiry}`;
  });
  const variables = [...gitlab.store.variables].map(({ key, masked, projectId }) => {
    return `  variable ${key} of project ${projectId}${masked ? ", masked" : ""}`;
  });
  return [
    `GitLab was asked: ${requests.length === 0 ? "nothing" : ""}`,
    ...requests,
    `GitLab has: ${tokens.length === 0 ? "no deploy token" : ""}`,
    ...tokens,
    ...variables,
  ].join("\n");
}
