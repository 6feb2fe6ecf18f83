import * as pulumi from "@pulumi/pulumi";
import { clearly } from "../run-error.js";
import { badArgument, baseUrlOf, type DeployTokenCredentials } from "./source.js";

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

const wanted = 'an id or a full path, such as 42 or "acme/app"';

/** GitLab's address of a package registry: that of the options, else of the project or group that the token is of. */
export function packageRegistry(
  helper: string,
  type: "npm" | "pypi",
  credentials: DeployTokenCredentials,
  options: PackageRegistryOptions,
): pulumi.Output<PackageRegistry> {
  const asked = pulumi.output({ project: options.project, group: options.group });
  return pulumi
    .all([baseUrlOf(helper, credentials), asked.apply((owner) => clearly(() => atMostOne(helper, owner)))])
    .apply(([baseUrl, owner]) =>
      pulumi
        .output(owner.id === undefined ? ownerOf(helper, credentials) : owner)
        .apply(({ kind, id = "" }) => {
          const owned = `${kind}s/${encodeURIComponent(id)}/${kind === "group" ? "-/" : ""}`;
          return { kind, api: `${baseUrl}/api/v4`, path: `${owned}packages/${type}` };
        }),
    );
}

interface RegistryOwner {
  readonly kind: "project" | "group";
  readonly id: string | undefined;
}

interface Owners {
  readonly project?: string | number | undefined;
  readonly group?: string | number | undefined;
}

function atMostOne(helper: string, { project, group }: Owners): RegistryOwner {
  if (project !== undefined && group !== undefined) {
    throw badArgument(helper, "group", group, "either project or group, not both");
  }
  const kind = group === undefined ? "project" : "group";
  const id = project ?? group;
  if (id === undefined) return { kind, id };
  const text = String(id).trim();
  if (text === "" || text.startsWith("/") || text.endsWith("/")) throw badArgument(helper, kind, id, wanted);
  return { kind, id: text };
}

function ownerOf(
  helper: string,
  { project, group, ownerId }: DeployTokenCredentials,
): pulumi.Output<RegistryOwner> {
  return pulumi.output({ project, group, ownerId }).apply((own) =>
    clearly(() => {
      const { kind, id } = atMostOne(helper, own);
      if (id === undefined) throw badArgument(helper, "project", undefined, `${wanted}, or group`);
      return { kind, id: own.ownerId ?? id };
    }),
  );
}
