import { type Command, Option } from "commander";
import { now } from "../clock.js";
import { counted } from "../counted.js";
import type { GitLabClient } from "../gitlab/client.js";
import { isPast } from "../gitlab/dates.js";
import { type DeployToken, deleteDeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { findDeployToken } from "../gitlab/find-deploy-token.js";
import { normalizeScopes } from "../gitlab/scopes.js";
import { invalid } from "../invalid-argument.js";
import type { AuditedToken } from "./audit-report.js";
import { completenessWarnings } from "./completeness-warnings.js";
import { type Console, confirm, type Progress } from "./console.js";
import { evaluate } from "./evaluate.js";
import { renderTable } from "./formats/table.js";
import { visible } from "./formats/visible.js";
import { inParallel } from "./in-parallel.js";
import { collectTokens, type Inventory } from "./inventory.js";
import { encryptedCreateWarnings, type Leftover, leftByKilledRuns } from "./killed-runs.js";
import {
  connectTo,
  describeTargets,
  isIncomplete,
  readStacks,
  type SearchOptions,
  targetsOf,
  withConnection,
  withStacks,
  withTargets,
} from "./options.js";
import type { StackExport } from "./stack-exports.js";
import { unchangedStacks } from "./unchanged-stacks.js";

interface PruneOptions extends SearchOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly leftByKilledRun?: boolean;
  /** Commander's form of --no-stacks. */
  readonly stacks: boolean;
}

export function pruneCommand(program: Command, console: Console, exit: (code: number) => void): void {
  const command = withTargets(program.command("prune"))
    .description("deletes expired and revoked deploy tokens that no given stack has")
    .option(
      "--left-by-killed-run",
      "delete the tokens that a killed run left and that no given stack has, instead",
    )
    .addOption(
      new Option("--no-stacks", "instead of --state or --stack, if no stack manages deploy tokens").conflicts(
        ["state", "stack"],
      ),
    )
    .option("--yes", "delete without a confirmation")
    .option("--dry-run", "list the tokens and delete nothing");
  withConnection(withStacks(command))
    .addHelpText("after", notes)
    .action(async (options: PruneOptions) => exit(await pruned(options, console)));
}

const notes = `
prune deletes a token if GitLab reports it as expired (from the day after the expiry) or revoked, if its project or group
is known, and if no given stack has it. It reads each token again just before the deletion.

--left-by-killed-run deletes an active token if no given stack has it and the state of a stack has an interrupted create
of an equal token. The token must be the only equal one, and newer than every token of the stack. The state must be a
minute old and must not change during the command: no run may be active. Other equal tokens are listed, not deleted.

The access token is read from GITLAB_TOKEN. It needs the scope api, and the role Maintainer in the project or Owner of the
group.

Exit code: 0 done or nothing to do, 1 not confirmed, 2 failed, incomplete, or no terminal and neither --yes nor --dry-run.
`;

async function pruned(options: PruneOptions, console: Console): Promise<number> {
  const targets = targetsOf(options);
  if (!options.yes && !options.dryRun && !console.stdin.isTTY) {
    throw invalid("Not a terminal; pass --yes to delete the tokens, or --dry-run to list them");
  }
  const exports = await readStacks(options, console.env);
  requireStacks(options, exports);
  const nothing = "Nothing to prune.\n";
  if (options.leftByKilledRun && exports.every(({ pendingCreates }) => pendingCreates.length === 0)) {
    console.stdout.write(nothing);
    return 0;
  }
  const { gitlab, progress } = await connectTo(options, console);
  const found = await collectTokens(gitlab, targets, options.concurrency, progress);
  const at = now(console.env);
  const { baseUrl } = gitlab.connection;
  for (const note of completenessWarnings(found, exports, baseUrl)) progress.warn(note);
  const tokens = evaluate(found, exports, baseUrl, at, 0);
  const left = options.leftByKilledRun ? leftByKilledRuns(tokens, exports, baseUrl) : [];
  const doubtful = left.filter(({ doubt }) => doubt !== undefined);
  for (const { token, doubt } of doubtful) {
    progress.warn(`deploy token ${token.deployTokenId} (${visible(token.name)}) is not deleted: ${doubt}`);
  }
  const hidden = options.leftByKilledRun ? encryptedCreateWarnings(exports) : [];
  for (const warning of hidden) progress.warn(warning);
  const chosen = options.leftByKilledRun ? certainOf(left) : deadOf(tokens, found, at);
  const code = isIncomplete(found, options, progress) || doubtful.length + hidden.length > 0 ? 2 : 0;
  if (chosen.length === 0) {
    console.stdout.write(nothing);
    return code;
  }
  const shown = {
    tokens: chosen,
    targets: describeTargets(targets),
    baseUrl,
    withinDays: 0,
    unsettled: [],
  };
  const { columns } = console.stdout;
  console.stdout.write(renderTable(shown, { failOn: new Set(), columns }));
  if (options.dryRun) return code;
  if (!options.yes && !(await confirm(console, question(chosen)))) return 1;
  let ready = chosen;
  if (options.leftByKilledRun) {
    const quiet = await unchangedStacks(exports, options, console, progress);
    const still = leftByKilledRuns(evaluate(found, quiet, baseUrl, at, 0), quiet, baseUrl);
    const sure = new Set(certainOf(still).map(({ deployTokenId }) => deployTokenId));
    ready = chosen.filter(({ deployTokenId }) => sure.has(deployTokenId));
  }
  const mayDelete = options.leftByKilledRun ? isAlive : isDead;
  return (await remove(gitlab, ready, mayDelete, options.concurrency, console, progress)) ? code : 2;
}

function requireStacks({ stacks, leftByKilledRun }: PruneOptions, exports: readonly StackExport[]): void {
  if (exports.length > 0) return;
  if (leftByKilledRun) {
    throw invalid(
      "--left-by-killed-run needs the states of the stacks; wanted: --stack NAME or --state FILE for each stack",
    );
  }
  if (stacks) {
    throw invalid(
      "No stack given; wanted: --stack NAME or --state FILE for each stack, or --no-stacks if no stack manages deploy tokens",
    );
  }
}

/** The leftovers that no other run or person can have created. */
function certainOf(leftovers: readonly Leftover[]): AuditedToken[] {
  return leftovers.filter(({ doubt }) => doubt === undefined).map(({ token }) => token);
}

function question({ length }: readonly AuditedToken[]): string {
  return length === 1 ? "Delete this deploy token?" : `Delete these ${length} deploy tokens?`;
}

function deadOf(tokens: readonly AuditedToken[], found: Inventory, at: Date): AuditedToken[] {
  const said = new Set(
    found.tokens.filter((token) => isDead(token, at)).map(({ deployTokenId }) => deployTokenId),
  );
  return tokens.filter(
    (token) => said.has(token.deployTokenId) && token.owner !== undefined && token.managedBy.length === 0,
  );
}

/** Both GitLab and the clock must say that a token is expired, because either clock may be wrong. */
function isDead({ revoked, expired, expiresAt }: DeployToken, at: Date): boolean {
  return revoked === true || (expired === true && expiresAt !== undefined && isPast(expiresAt, at));
}

/** Excludes tokens that an ordinary prune deletes. */
function isAlive(token: DeployToken, at: Date): boolean {
  return !isDead(token, at);
}

/** A restored GitLab gives ids again: the list was of another token then. */
function assertShown(token: DeployToken, shown: AuditedToken): void {
  const identity = ({ name, username, scopes, expiresAt }: DeployToken | AuditedToken) =>
    JSON.stringify([name, username, normalizeScopes(scopes), expiresAt]);
  if (identity(token) === identity(shown)) return;
  throw new DeployTokenError(
    "different",
    `Deploy token ${shown.deployTokenId} is no longer the one that was listed (${visible(shown.name)}). It was not deleted.`,
  );
}

/** Deletes each token that is unchanged in GitLab. Returns false if one could not be deleted. */
async function remove(
  gitlab: GitLabClient,
  tokens: readonly AuditedToken[],
  mayDelete: (token: DeployToken, at: Date) => boolean,
  concurrency: number,
  console: Console,
  progress: Progress,
): Promise<boolean> {
  const { signal } = new AbortController();
  let deleted = 0;
  let failed = 0;
  await inParallel(tokens, concurrency, async (shown) => {
    const { deployTokenId, owner } = shown;
    if (owner === undefined) return;
    const at = { kind: owner.kind, id: String(owner.id) };
    try {
      const token = await findDeployToken(gitlab, at, deployTokenId, signal);
      if (!mayDelete(token, now(console.env))) return;
      assertShown(token, shown);
      await deleteDeployToken(gitlab, at, deployTokenId, signal);
      deleted++;
    } catch (error) {
      if (hasCode(error, "deploy_token_not_found")) return;
      failed++;
      progress.warn(error instanceof Error ? error.message : String(error));
    }
    progress.step(() => `${deleted} of ${counted(tokens.length, "deploy token")} deleted ...`);
  });
  progress.clear();
  console.stdout.write(
    `${deleted} of ${counted(tokens.length, "deploy token")} deleted${failed > 0 ? `, ${failed} failed` : ""}.\n`,
  );
  return failed === 0;
}
