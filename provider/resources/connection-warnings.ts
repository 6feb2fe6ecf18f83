import * as pulumi from "@pulumi/pulumi";
import { testingTime } from "../clock.js";
import { configuredBaseUrl } from "../config.js";
import { isPlainHttp } from "../gitlab/connection.js";

const warned = new Set<string>();

/** What is wrong with the stack's configuration, said once per run of the program. */
export function warnAboutConfiguration(): void {
  const config = pulumi.runtime.allConfig();
  if (config["gitlab:token"] !== undefined && !isSecret("gitlab:token")) {
    warnOnce(
      "gitlab:token is not a secret in the stack's configuration: pulumi config set --secret gitlab:token",
    );
  }
  if (process.env[testingTime]) {
    warnOnce(
      `${testingTime} is set, which is for tests: this run takes ${process.env[testingTime]} for now.`,
    );
  }
  warnAboutPlainHttp(() => configuredBaseUrl((key) => config[key], process.env));
}

/** Credentials cross the network readable by everyone on the way. */
export function warnAboutPlainHttp(baseUrl: () => string): void {
  let url: string;
  try {
    url = baseUrl();
  } catch {
    return; // the lifecycle refuses it, with the reason
  }
  if (isPlainHttp(url)) {
    warnOnce(`${url} is plain http: the access token and new deploy tokens cross the network in the clear.`);
  }
}

/** Also a whole process of the Automation API or of tests warns once per stack's run: preview and up are two. */
function warnOnce(message: string): void {
  const key = `${pulumi.getStack()} ${pulumi.runtime.isDryRun()} ${message}`;
  if (warned.has(key)) return;
  warned.add(key);
  void pulumi.log.warn(message);
}

// Not in the SDK's types, and not in its oldest versions.
function isSecret(key: string): boolean {
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  return isConfigSecret?.(key) ?? true;
}
