import type { OwnerKind } from "../gitlab/owner.js";

/**
 * What the state keeps instead of code: a text that requires the installed package by name, so that every command
 * runs today's code for tokens of any age. `pulumi.dynamic.Resource` would store the code itself, twice a resource.
 * The second line is for strict pnpm layouts, where a dependency's dependency is found in the virtual store only.
 *
 * It never changes: states hold it for years.
 */
export function reference(kind: OwnerKind): string {
  return `let p=module.paths;p.push(...p.map(d=>d+"/.pnpm/node_modules"));exports.handler=()=>require("pulumi-gitlab-deploy-tokens/lifecycle").${kind}`;
}
