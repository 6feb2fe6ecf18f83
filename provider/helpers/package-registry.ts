import type * as pulumi from "@pulumi/pulumi";
import { ownerProblem } from "../gitlab/owner.js";
import { badArgument, baseUrlOf, type DeployTokenCredentials, whenKnown } from "./source.js";

/** Whose package registry. */
export interface PackageRegistryOptions {
  /**
   * A project's registry: its id or its full path.
   *
   * @default the token's own project
   */
  readonly project?: pulumi.Input<string | number | undefined>;
  /**
   * A group's registry, which has the packages of all projects below it: its id or its full path.
   *
   * @default the token's own group
   */
  readonly group?: pulumi.Input<string | number | undefined>;
}

export interface PackageRegistry {
  readonly kind: "project" | "group";
  /** `https://gitlab.example.com/api/v4` */
  readonly api: string;
  /** Below `api`, without slashes around it. */
  readonly path: string;
}

interface Owner {
  readonly kind: "project" | "group";
  readonly id: string | undefined;
}

interface Owners {
  readonly project: string | number | undefined;
  readonly group: string | number | undefined;
}

const wanted = 'an id or a full path, such as 42 or "acme/app"';

/** GitLab's address of a package registry: that of the options, else of the project or group that the token is of. */
export function packageRegistry(
  helper: string,
  type: "npm" | "pypi",
  source: DeployTokenCredentials,
  { project, group }: PackageRegistryOptions,
): pulumi.Input<PackageRegistry> {
  const check = (owners: Owners) => ownerOf(helper, owners);
  const asked = whenKnown<Owners, Owner>({ project, group }, check);
  const own = whenKnown<Owners, Owner>({ project: source.project, group: source.group }, check);
  const inputs = { asked, own, ownerId: source.ownerId, baseUrl: baseUrlOf(helper, source) };
  return whenKnown<Parts, PackageRegistry>(inputs, (parts) => {
    const { kind, id } = parts.asked.id === undefined ? parts.own : parts.asked;
    const named = parts.asked.id ?? (id === undefined ? undefined : (parts.ownerId ?? id));
    if (named === undefined) throw badArgument(helper, "project", undefined, `${wanted}, or group`);
    const owner = `${kind}s/${encodeURIComponent(named)}/${kind === "group" ? "-/" : ""}`;
    return { kind, api: `${parts.baseUrl}/api/v4`, path: `${owner}packages/${type}` };
  });
}

interface Parts {
  readonly asked: Owner;
  readonly own: Owner;
  readonly ownerId: string | undefined;
  readonly baseUrl: string;
}

function ownerOf(helper: string, { project, group }: Owners): Owner {
  if (project !== undefined && group !== undefined) {
    throw badArgument(helper, "group", group, "either project or group, not both");
  }
  const kind = group === undefined ? "project" : "group";
  const given = project ?? group;
  if (given === undefined) return { kind, id: undefined };
  const problem = ownerProblem(kind, given);
  if (problem !== undefined) throw badArgument(helper, kind, given, problem);
  return { kind, id: String(given) };
}
