import * as pulumi from "@pulumi/pulumi";
import { programBaseUrl, warnAboutConfiguration } from "../configuration-warnings.js";
import { connect } from "../connect.js";
import {
  type ConfigReader,
  environmentMappings,
  findSetting,
  inheritedSettings,
  isOtherGitLab,
} from "../find-setting.js";
import type { GitLabClient } from "../gitlab/client.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { printableMessage } from "../gitlab/redact.js";
import { inlineProgramHint, isInlineProgram } from "../inline-program.js";
import { invalid } from "../invalid-argument.js";
import { providerOf, providerProblem } from "../pulumi-package.js";
import { gitlabKey, type Setting, settings } from "../settings.js";

/** Reads the inputs of a provider, such as `gitlab:token`. */
export type Settings = Readonly<Record<string, string | undefined>>;

/**
 * The settings that a look-up uses, those of the first that is there: the option `provider`, the parent's provider,
 * the stack's configuration.
 */
export function settingsOf(what: string, opts: pulumi.InvokeOptions): pulumi.Output<Settings> {
  const problem = providerProblem(what, opts.provider, "look-up");
  if (problem !== undefined) throw invalid(problem);
  const outputs = providerOf(opts) as unknown as
    | Record<string, pulumi.Output<string | undefined>>
    | undefined;
  const names = (Object.keys(settings) as Setting[]).map(gitlabKey);
  // A missing one would make all of them unknown in a preview.
  const keys = [...names, isOtherGitLab, inheritedSettings, environmentMappings].filter(
    (key) => outputs?.[key] !== undefined,
  );
  if (outputs === undefined || keys.length === 0) {
    warnAboutConfiguration();
    programBaseUrl();
    return pulumi.output(pulumi.runtime.allConfig());
  }
  // The result is not a secret only because the credential is one.
  return pulumi.unsecret(pulumi.output(Object.fromEntries(keys.map((key) => [key, outputs[key]]))));
}

const clients = new Map<string, Promise<GitLabClient>>();

/** One client for each configuration in the whole program: one rate limit, one set of connections. */
export function clientOf(given: Settings): Promise<GitLabClient> {
  const lookup: ConfigReader = (name) => given[name] ?? undefined;
  const found = (Object.keys(settings) as Setting[]).map(
    (name) => findSetting(name, lookup, process.env)?.value,
  );
  // Its own: it is tried after a 401.
  const key = JSON.stringify([
    ...found,
    given[isOtherGitLab],
    given[inheritedSettings],
    given[environmentMappings],
    process.env["GITLAB_TOKEN"],
    process.env["GITLAB_BASE_URL"],
  ]);
  const client = clients.get(key) ?? newClient(lookup);
  clients.set(key, client);
  client.catch(() => clients.delete(key));
  return client;
}

function newClient(lookup: ConfigReader): Promise<GitLabClient> {
  const log = {
    info: (message: string) => void pulumi.log.info(printableMessage(message)),
    warn: (message: string) => void pulumi.log.warn(printableMessage(message)),
  };
  return connect(lookup, process.env, log).catch((error: unknown) => {
    if (!hasCode(error, "no_access_token") || !isInlineProgram()) throw error;
    throw new DeployTokenError("no_access_token", `${error.message} ${inlineProgramHint}`);
  });
}

/** The value of an output; undefined if a preview does not know it yet. */
export async function known<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const { isKnown } = output as unknown as { isKnown: Promise<boolean> };
  if (!(await isKnown)) return undefined;
  return new Promise((resolve) => output.apply(resolve));
}
