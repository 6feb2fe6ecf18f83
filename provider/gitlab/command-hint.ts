/** What a program sets or calls, and what the user of the command does. */
const inCommand: readonly (readonly [RegExp, string])[] = [
  [/gitlab:baseUrl/g, "--base-url"],
  [/gitlab:cacertFile/g, "--cacert-file"],
  [/gitlab:insecure/g, "--insecure"],
  [/gitlab:clientCert/g, "GITLAB_CLIENT_CERT"],
  [/gitlab:clientKey/g, "GITLAB_CLIENT_KEY"],
  [/pulumi up --parallel/g, "--concurrency"],
  [/(?:\w+DeployToken, )?get\w+DeployTokens?,? or /g, ""],
  [/ If it was rotated: .*/g, ""],
];

/** A hint for the user of the command, who has no program and no configuration of a stack. */
export function commandHint(hint: string): string {
  return inCommand.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), hint);
}
