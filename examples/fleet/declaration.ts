import { readFileSync } from "node:fs";

/** One deploy token; the arguments are the package's. */
export interface TokenDeclaration {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly username?: string;
  readonly expiresAt?: string;
}

/** A team has a stack of its own. Owners are full paths. */
export interface TeamDeclaration {
  /** The stack's name: letters, digits, dots and hyphens. */
  readonly name: string;
  readonly projects?: Readonly<Record<string, readonly TokenDeclaration[]>>;
  readonly groups?: Readonly<Record<string, readonly TokenDeclaration[]>>;
}

export interface FleetDeclaration {
  /** The Pulumi project of all stacks. */
  readonly project: string;
  readonly teams: readonly TeamDeclaration[];
}

export type OwnerKind = "project" | "group";

/** A token and where it belongs. */
export interface DeclaredToken extends TokenDeclaration {
  readonly kind: OwnerKind;
  readonly owner: string;
  /** The resource's name. */
  readonly resource: string;
}

export class DeclarationError extends Error {}

export function readDeclaration(file: string): FleetDeclaration {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new DeclarationError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const problem = problemOf(parsed);
  if (problem !== undefined) throw new DeclarationError(`${file}: ${problem}`);
  return parsed as FleetDeclaration;
}

/** All tokens of a team, in the order of the declaration. */
export function tokensOf(team: TeamDeclaration): DeclaredToken[] {
  const of = (kind: OwnerKind, owners: TeamDeclaration["projects"] = {}) =>
    Object.entries(owners).flatMap(([owner, tokens]) =>
      tokens.map((token) => ({ ...token, kind, owner, resource: `${owner}:${token.name}` })),
    );
  return [...of("group", team.groups), ...of("project", team.projects)];
}

/** What is wrong with a declaration; the tokens' own arguments are checked by the package, in a preview too. */
function problemOf(value: unknown): string | undefined {
  if (!isRecord(value)) return "wanted: an object with project and teams";
  if (typeof value["project"] !== "string" || !/^[A-Za-z0-9.-]{1,100}$/.test(value["project"]))
    return `project is ${JSON.stringify(value["project"])}; wanted: letters, digits, dots and hyphens`;
  if (!Array.isArray(value["teams"])) return "teams is missing; wanted: a list";
  const stacks = new Set<string>();
  const tokens = new Map<string, string>();
  for (const team of value["teams"] as unknown[]) {
    const problem = isRecord(team) ? teamProblem(team, tokens) : "a team is not an object";
    if (problem !== undefined) return problem;
    const { name } = team as TeamDeclaration;
    if (stacks.has(name.toLowerCase())) return `two teams are called ${JSON.stringify(name)}`;
    stacks.add(name.toLowerCase());
  }
  return undefined;
}

function teamProblem(team: Record<string, unknown>, seen: Map<string, string>): string | undefined {
  const { name } = team;
  // No underscore: Pulumi's PostgreSQL backend finds a stack's rows by LIKE, where it is any character.
  if (typeof name !== "string" || !/^[A-Za-z0-9.-]{1,100}$/.test(name))
    return `a team's name is ${JSON.stringify(name)}; wanted: 1 to 100 letters, digits, dots and hyphens`;
  for (const kind of ["projects", "groups"] as const) {
    const owners = team[kind] ?? {};
    if (!isRecord(owners)) return `${name}: ${kind} is not an object of full paths`;
    for (const [owner, tokens] of Object.entries(owners)) {
      if (!/^[^/\s:][^\s:]*$/.test(owner) || /^\d+$/.test(owner))
        return `${name}: ${kind} has ${JSON.stringify(owner)}; wanted: a full path`;
      if (!Array.isArray(tokens)) return `${name}: ${owner} has no list of tokens`;
      for (const token of tokens as unknown[]) {
        if (!isRecord(token) || typeof token["name"] !== "string" || !Array.isArray(token["scopes"]))
          return `${name}: a token of ${owner} has no name or no list of scopes`;
        // Two stacks must never take each other's token for a leftover: GitLab's paths ignore case.
        const key = `${kind} ${owner.toLowerCase()} ${token["name"]}`;
        const other = seen.get(key);
        if (other !== undefined)
          return `${owner} has two tokens called ${JSON.stringify(token["name"])} (${other}, ${name})`;
        seen.set(key, name);
      }
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
