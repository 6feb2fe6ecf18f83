import { createRequire } from "node:module";
import { join } from "node:path";
import type { OwnerKind } from "../gitlab/owner.js";

const lifecycle = "pulumi-gitlab-deploy-tokens/lifecycle";

/**
 * What the state keeps instead of code: a text that requires the installed package by name, so that every command
 * runs today's code for tokens of any age. `pulumi.dynamic.Resource` would store the code itself, twice a resource.
 *
 * The two texts never change: states hold them for years. The longer one is for strict pnpm layouts, where a
 * dependency's dependency is found in the virtual store only; it stands twice in each row, so only where it is needed.
 */
export function reference(kind: OwnerKind, isFound: boolean = isFoundFrom(process.cwd())): string {
  const text = `exports.handler=()=>require("${lifecycle}").${kind}`;
  return isFound ? text : `${virtualStore}${text}`;
}

/** The start of a text that also finds the package in pnpm's virtual store. */
const virtualStore = 'let p=module.paths;p.push(...p.map(d=>d+"/.pnpm/node_modules"));';

const looked = new Map<string, boolean>();

/** Whether the provider's process, which runs in the program's folder, finds the package by name. */
function isFoundFrom(folder: string): boolean {
  const known = looked.get(folder);
  if (known !== undefined) return known;
  let isFound = true;
  try {
    // As a module of the program: one of this package would always find itself.
    createRequire(join(folder, "index.js")).resolve(lifecycle);
  } catch {
    isFound = false;
  }
  looked.set(folder, isFound);
  return isFound;
}
