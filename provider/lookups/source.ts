import * as pulumi from "@pulumi/pulumi";
import { findSetting, isOtherGitLab, type Lookup, type Setting, settings } from "../config.js";
import { connect } from "../connect.js";
import type { GitLabClient } from "../gitlab/client.js";
import { DeployTokenError } from "../gitlab/errors.js";
import { dynamicPackage, packageOf } from "../pulumi-package.js";

/** What a provider's resource was given: `gitlab:token` → its value. */
export type Settings = Readonly<Record<string, string | undefined>>;

/**
 * The settings that a look-up uses, those of the first that is there: the option `provider`, the parent's provider,
 * the stack's configuration.
 */
export function settingsOf(what: string, opts: pulumi.InvokeOptions): pulumi.Output<Settings> {
  const given = packageOf(opts.provider);
  if (given !== undefined && given !== dynamicPackage) {
    throw new DeployTokenError(
      "invalid_argument",
      `${what}: the option "provider" is an instance of the package "${given}", which this look-up does not use. ` +
        'Wanted: new Provider(…) of "pulumi-gitlab-deploy-tokens".',
    );
  }
  const provider = opts.provider ?? opts.parent?.getProvider(`${dynamicPackage}:dynamic:x`);
  const outputs = provider as unknown as Record<string, pulumi.Output<string | undefined>> | undefined;
  const names = (Object.keys(settings) as Setting[]).map((name) => `gitlab:${name}`);
  // One that is not there would make all of them unknown to a preview.
  const keys = [...names, isOtherGitLab].filter((key) => outputs?.[key] !== undefined);
  if (outputs === undefined || keys.length === 0) return pulumi.output(pulumi.runtime.allConfig());
  // A credential does not make what it finds a secret.
  return pulumi.unsecret(pulumi.output(Object.fromEntries(keys.map((key) => [key, outputs[key]]))));
}

const clients = new Map<string, Promise<GitLabClient>>();

/** One client for each configuration in the whole program: one rate limit, one set of connections. */
export function clientOf(given: Settings): Promise<GitLabClient> {
  const lookup: Lookup = (name) => given[name] ?? undefined;
  const found = (Object.keys(settings) as Setting[]).map(
    (name) => findSetting(name, lookup, process.env)?.value,
  );
  // Its own: it is tried after a 401.
  const key = JSON.stringify([
    ...found,
    given[isOtherGitLab],
    process.env["GITLAB_TOKEN"],
    process.env["GITLAB_BASE_URL"],
  ]);
  const client = clients.get(key) ?? newClient(lookup);
  clients.set(key, client);
  client.catch(() => clients.delete(key));
  return client;
}

function newClient(lookup: Lookup): Promise<GitLabClient> {
  const log = {
    info: (message: string) => void pulumi.log.info(message),
    warn: (message: string) => void pulumi.log.warn(message),
  };
  return connect(lookup, process.env, log);
}

/** The value of an output; undefined where a preview does not know it yet. */
export async function known<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const { isKnown } = output as unknown as { isKnown: Promise<boolean> };
  if (!(await isKnown)) return undefined;
  return new Promise((resolve) => output.apply(resolve));
}
