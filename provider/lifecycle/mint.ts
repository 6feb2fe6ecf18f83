import type { GitLabClient } from "../gitlab/client.js";
import { createDeployToken, type NewDeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import type { Owner } from "../gitlab/owner.js";
import type { TokenArguments } from "./arguments.js";
import type { Interruption } from "./interruption.js";
import type { OwnerLedger } from "./ledger.js";
import { deleteOrphan } from "./orphan.js";
import type { Unsettled } from "./properties.js";

/** How often a token is made anew after its answer was lost. */
const mostPosts = 4;

export interface Minted {
  readonly token: NewDeployToken;
  /** Set where a first, lost POST may have left a token, and the search for it failed. */
  readonly leftover: { readonly unsettled: Unsettled; readonly reason: string } | undefined;
}

/** The answer to a POST was lost, and whether GitLab made a token, or still will, cannot be told now. */
export class UnsettledError extends Error {
  constructor(
    readonly reason: DeployTokenError,
    readonly unsettled: Unsettled,
  ) {
    super(reason.message);
  }
}

/** Makes one token, whatever happens to the answers: the POST is sent again only once no orphan of it is left. */
export async function mint(
  gitlab: GitLabClient,
  owner: Owner,
  asked: TokenArguments,
  ledger: OwnerLedger,
  interruption: Interruption,
  signal: AbortSignal,
): Promise<Minted> {
  const above = ledger.highestKnown;
  const search = () => deleteOrphan(gitlab, owner, asked, above, ledger, signal);
  /** Requests that GitLab may yet carry out. */
  let late = 0;
  for (let posts = 1; ; posts++) {
    try {
      const token = await createDeployToken(gitlab, owner, asked, signal);
      ledger.claim(token.deployTokenId);
      return { token, leftover: late > 0 ? await leftoverOf(search, above) : undefined };
    } catch (error) {
      if (!DeployTokenError.isInstance(error)) throw error;
      const failure = () => (late > 0 ? new UnsettledError(error, { above }) : error);
      if (!error.mayHaveActed) throw failure();
      const found = await search().catch((searchError: unknown) => {
        if (hasCode(searchError, "undecided")) throw searchError;
        throw new UnsettledError(error, { above });
      });
      if (found === undefined && mayActLate(error)) late++;
      if (posts < mostPosts && !signal.aborted && !interruption.requested) continue;
      throw failure();
    }
  }
}

/** Who gave up waiting, ourselves or something on the way (504, and from 520 on Cloudflare), stopped nobody at work. */
function mayActLate(error: DeployTokenError): boolean {
  const { status = 0 } = error;
  return hasCode(error, "timeout", "disconnected") || status === 504 || status >= 520;
}

/** The token is made and must be kept: what the search cannot do now is recorded for the next run. */
async function leftoverOf(search: () => Promise<unknown>, above: number): Promise<Minted["leftover"]> {
  try {
    await search();
    return undefined;
  } catch (error) {
    return { unsettled: { above }, reason: error instanceof Error ? error.message : "unknown reason" };
  }
}
