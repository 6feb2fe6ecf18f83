import type * as pulumi from "@pulumi/pulumi";
import { ownerProblem } from "../gitlab/owner.js";
import { badArgument, baseUrlOf, type DeployTokenCredentials, mapInput } from "./source.js";

/** The project of the package registry. */
export interface ProjectRegistryOptions {
  /**
   * A project's registry: its id or its full path.
   *
   * @default the token's own project
   */
  readonly project?: pulumi.Input<string | number | undefined>;
}

/** The project or group of the package registry. */
export interface PackageRegistryOptions extends ProjectRegistryOptions {
  /**
   * A group's registry, which has the packages of all projects below it: its id or its full path.
   *
   * @default the token's own group
   */
  readonly group?: pulumi.Input<string | number | undefined>;
}

/** The package registry of a project, of a group, or of the whole GitLab. */
export interface InstanceRegistryOptions extends PackageRegistryOptions {
  /**
   * The registry of the whole GitLab, which finds a package by its name: npm's scope must then be the name of the
   * project's root namespace.
   *
   * @default false: the registry of a project or group
   */
  readonly instance?: pulumi.Input<boolean | undefined>;
}

export interface PackageRegistry {
  readonly kind: "project" | "group" | "instance";
  /** `https://gitlab.example.com/api/v4` */
  readonly api: string;
  /** The path below `api`, without a slash at its start and end. */
  readonly path: string;
}

interface Owner {
  readonly kind: "project" | "group";
  readonly id: string;
}

interface Owners {
  readonly project: string | number | undefined;
  readonly group: string | number | undefined;
}

const wanted = 'an id or a full path, such as 42 or "acme/app"';

type RegistryType = "npm" | "pypi" | "nuget" | "helm";

/** GitLab's address of a package registry: from the options, or else from the token's project or group. */
export function packageRegistry(
  label: string,
  type: RegistryType,
  source: DeployTokenCredentials,
  { project, group, instance }: InstanceRegistryOptions,
): pulumi.Input<PackageRegistry> {
  const check = (owners: Owners) => ownerOf(label, owners);
  const given = mapInput<Owners, Owner | undefined>({ project, group }, check);
  const own = mapInput<Owners, Owner | undefined>({ project: source.project, group: source.group }, check);
  const whole = mapInput({ instance, project, group }, (given) => ofInstance(label, given));
  const inputs = { given, own, whole, ownerId: source.ownerId, baseUrl: baseUrlOf(label, source) };
  return mapInput<Parts, PackageRegistry>(inputs, (parts) => {
    const api = `${parts.baseUrl}/api/v4`;
    if (parts.whole) return { kind: "instance", api, path: `packages/${type}` };
    const found = parts.given ?? parts.own;
    if (found === undefined) throw badArgument(label, "project", undefined, `${wanted}, or group`);
    const { kind } = found;
    const named = parts.given?.id ?? parts.ownerId ?? found.id;
    const owner = `${kind}s/${encodeURIComponent(named)}/${kind === "group" ? "-/" : ""}`;
    return { kind, api, path: `${owner}packages/${type}` };
  });
}

/** The same for a format that only projects have: a group's token needs the option `project`. */
export function projectRegistry(
  label: string,
  type: RegistryType,
  source: DeployTokenCredentials,
  { project }: ProjectRegistryOptions,
): pulumi.Input<PackageRegistry> {
  const registry = packageRegistry(label, type, source, { project });
  return mapInput<{ registry: PackageRegistry }, PackageRegistry>({ registry }, (found) => {
    if (found.registry.kind === "project") return found.registry;
    throw badArgument(label, "project", undefined, `${wanted}: a group has no such registry`);
  });
}

interface Parts {
  readonly given: Owner | undefined;
  readonly own: Owner | undefined;
  readonly whole: boolean;
  readonly ownerId: string | undefined;
  readonly baseUrl: string;
}

function ofInstance(label: string, given: Owners & { readonly instance: boolean | undefined }): boolean {
  const { instance = false, project, group } = given;
  if (typeof instance !== "boolean") throw badArgument(label, "instance", instance, "true or false");
  if (!instance || (project === undefined && group === undefined)) return instance;
  throw badArgument(label, "instance", instance, "either instance, or project or group");
}

function ownerOf(label: string, { project, group }: Owners): Owner | undefined {
  if (project !== undefined && group !== undefined) {
    throw badArgument(label, "group", group, "either project or group, not both");
  }
  const kind = group === undefined ? "project" : "group";
  const given = project ?? group;
  if (given === undefined) return undefined;
  const problem = ownerProblem(kind, given);
  if (problem !== undefined) throw badArgument(label, kind, given, problem);
  return { kind, id: String(given) };
}
