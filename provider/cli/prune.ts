import type { Command } from "commander";
import { now } from "../clock.js";
import type { GitLabClient } from "../gitlab/client.js";
import { isPast } from "../gitlab/dates.js";
import { type DeployToken, deleteDeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { findDeployToken } from "../gitlab/find-deploy-token.js";
import type { AuditedToken } from "./audit-report.js";
import { type Console, confirm, type Progress } from "./console.js";
import { renderTable } from "./formats/table.js";
import { inParallel } from "./in-parallel.js";
import { judge } from "./judge.js";
import { notesOn } from "./notes.js";
import {
  type ConnectionOptions,
  connectTo,
  isIncomplete,
  readStacks,
  type StackOptions,
  type TargetOptions,
  targetsOf,
  withConnection,
  withStacks,
  withTargets,
} from "./options.js";
import { walk } from "./walk.js";

interface PruneOptions extends ConnectionOptions, TargetOptions, StackOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  /** Commander's form of --no-stacks. */
  readonly stacks: boolean;
}

export function pruneCommand(command: Command, console: Console, exit: (code: number) => void): Command {
  withTargets(command.command("prune"))
    .description(
      "deletes deploy tokens that are expired or revoked and that no given stack has; never a live one",
    )
    .option("--no-stacks", "no stack manages deploy tokens here: instead of --state or --stack")
    .option("--yes", "do not ask")
    .option("--dry-run", "show them and delete nothing");
  const prune = command.commands.at(-1) as Command;
  withConnection(withStacks(prune))
    .addHelpText("after", notes)
    .action(async (options: PruneOptions) => exit(await pruned(options, console)));
  return command;
}

const notes = `
What is deleted: tokens that GitLab itself calls expired (from the day after the expiry) or revoked, asked again just
before, whose project or group is known, and that none of the given stacks has.

The access token is read from GITLAB_TOKEN: scope api; Maintainer of the project, Owner of the group.

Exit code: 0 done or nothing to do, 1 not confirmed, 2 failed or incomplete.
`;

async function pruned(options: PruneOptions, console: Console): Promise<number> {
  const targets = targetsOf(options);
  const exports = await readStacks(options, console.env);
  if (exports.length === 0 && options.stacks) {
    throw new DeployTokenError(
      "invalid_argument",
      "Which deploy tokens do stacks have? Wanted: --stack NAME or --state FILE for each, or --no-stacks if none has any",
    );
  }
  const { gitlab, progress } = await connectTo(options, console);
  const found = await walk(gitlab, targets, options.concurrency, progress);
  const at = now(console.env);
  const { baseUrl } = gitlab.connection;
  const said = new Set(
    found.tokens.filter((token) => isDead(token, at)).map(({ deployTokenId }) => deployTokenId),
  );
  for (const note of notesOn(found, exports, baseUrl)) progress.warn(note);
  const dead = judge(found, exports, baseUrl, at, 0).filter(
    (token) => said.has(token.deployTokenId) && token.owner !== undefined && token.managedBy.length === 0,
  );
  const code = isIncomplete(found, options, progress) ? 2 : 0;
  if (dead.length === 0) {
    console.stdout.write("Nothing to prune.\n");
    return code;
  }
  const report = {
    at: at.toISOString(),
    baseUrl,
    targets: ["what was looked through"],
    withinDays: 0,
    stacks: [],
    notes: [],
  };
  console.stdout.write(renderTable({ ...report, tokens: dead }, new Set()));
  if (options.dryRun) return code;
  if (!options.yes && !(await isConfirmed(console, dead.length))) return 1;
  return (await remove(gitlab, dead, options.concurrency, console, progress)) ? code : 2;
}

/** GitLab must say so, as our clock may be wrong; and its flag goes by its server's date, which may be ahead. */
function isDead({ revoked, expired, expiresAt }: DeployToken, at: Date): boolean {
  return revoked === true || (expired === true && expiresAt !== undefined && isPast(expiresAt, at));
}

function isConfirmed(console: Console, count: number): Promise<boolean> {
  if (console.stdin.isTTY) return confirm(console, `Delete these ${count} deploy tokens?`);
  throw new DeployTokenError(
    "invalid_argument",
    "Nobody is here to ask; wanted: --yes to delete them, or --dry-run",
  );
}

/** Whether each was deleted, or was alive or gone by then. */
async function remove(
  gitlab: GitLabClient,
  tokens: readonly AuditedToken[],
  concurrency: number,
  console: Console,
  progress: Progress,
): Promise<boolean> {
  const { signal } = new AbortController();
  let deleted = 0;
  let failed = 0;
  await inParallel(tokens, concurrency, async ({ deployTokenId, owner }) => {
    if (owner === undefined) return;
    const at = { kind: owner.kind, id: String(owner.id) };
    try {
      const token = await findDeployToken(gitlab, at, deployTokenId, signal);
      if (!isDead(token, now(console.env))) return;
      await deleteDeployToken(gitlab, at, deployTokenId, signal);
      deleted++;
    } catch (error) {
      if (hasCode(error, "deploy_token_not_found")) return;
      failed++;
      progress.warn(error instanceof Error ? error.message : String(error));
    }
    progress.step(() => `${deleted} of ${tokens.length} deploy tokens deleted ...`);
  });
  progress.clear();
  console.stdout.write(
    `${deleted} of ${tokens.length} deploy tokens deleted${failed > 0 ? `, ${failed} failed` : ""}.\n`,
  );
  return failed === 0;
}
