import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** The arguments of a token are those of the package, which checks their values in each preview. */
const token = z.strictObject({
  name: z.string(),
  scopes: z.array(z.string()),
  username: z.string().exactOptional(),
  expiresAt: z.string().exactOptional(),
});

/** The tokens of each project or group, by its full path. */
const owners = z.record(z.string().regex(/^(?!\d+$)[\w.-]+(\/[\w.-]+)*$/), z.array(token), {
  error: ({ code }) => (code === "invalid_key" ? "wanted: a full path" : undefined),
});

const team = z.strictObject({
  // Pulumi's PostgreSQL backend finds a stack with LIKE, in which an underscore matches every character.
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9]([A-Za-z0-9.-]{0,98}[A-Za-z0-9])?$/,
      "wanted: 1 to 100 letters, digits, dots and hyphens",
    ),
  projects: owners.default({}),
  groups: owners.default({}),
});

const fleet = z.strictObject({ teams: z.array(team) }).superRefine(({ teams }, { addIssue }) => {
  const seen = new Set<string>();
  // Two equal tokens: after a killed run, the one of another stack could be mistaken for the leftover.
  const names = teams.flatMap(({ name, ...owned }) => [
    `team ${name}`,
    ...tokensOf({ name, ...owned }).map((each) => `token "${each.name}" of ${each.owner}`),
  ]);
  for (const name of names) {
    if (seen.has(name.toLowerCase())) addIssue(`there are two of: ${name}`);
    seen.add(name.toLowerCase());
  }
});

export type FleetDeclaration = z.infer<typeof fleet>;
/** Each team has a stack of its own, named after the team. */
export type TeamDeclaration = z.infer<typeof team>;

export function readDeclaration(file = join(__dirname, "fleet.json")): FleetDeclaration {
  try {
    return fleet.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof z.ZodError ? z.prettifyError(error) : error}`);
  }
}

/** All tokens of a team, each with its owner. */
export function tokensOf({ groups, projects }: TeamDeclaration) {
  const of = <Kind extends string>(kind: Kind, tokens: TeamDeclaration["projects"]) =>
    Object.entries(tokens).flatMap(([owner, all]) => all.map((each) => ({ kind, owner, ...each })));
  return [...of("group", groups), ...of("project", projects)];
}

/** The groups and projects of some teams, as options of `pulumi-gitlab-deploy-tokens`. */
export function optionsOf(teams: readonly TeamDeclaration[]): string[] {
  const options = (option: string, owners: object) => Object.keys(owners).flatMap((path) => [option, path]);
  return teams.flatMap(({ groups, projects }) => [
    ...options("--group", groups),
    ...options("--project", projects),
  ]);
}
