import type { GitLabClient } from "../gitlab/client.js";
import { createDeployToken, type NewDeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import type { Owner } from "../gitlab/owner.js";
import type { TokenArguments } from "./arguments.js";
import type { OwnerLedger } from "./ledger.js";
import { deleteOrphan } from "./orphan.js";
import type { Unsettled } from "./properties.js";

/** How often a token is made anew after its answer was lost. */
const mostPosts = 4;

export interface Minted {
  readonly token: NewDeployToken;
  /** Set where a first, lost POST may still have left a token that could not be looked for. */
  readonly unsettled: Unsettled | undefined;
}

/** The answer to a POST was lost and GitLab cannot be asked whether it made a token. */
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
  signal: AbortSignal,
): Promise<Minted> {
  const above = ledger.highestKnown;
  const search = () => deleteOrphan(gitlab, owner, asked, above, ledger, signal);
  let timedOut = false;
  for (let posts = 1; ; posts++) {
    try {
      const token = await createDeployToken(gitlab, owner, asked, signal);
      ledger.claim(token.deployTokenId);
      // A request that timed out may have been carried out after the search.
      return { token, unsettled: timedOut ? await leftover(search, above) : undefined };
    } catch (error) {
      if (!DeployTokenError.isInstance(error) || !error.mayHaveActed) throw error;
      timedOut ||= hasCode(error, "timeout");
      await search().catch((searchError: unknown) => {
        if (hasCode(searchError, "undecided")) throw searchError;
        throw new UnsettledError(error, { above });
      });
      if (posts === mostPosts || signal.aborted) throw error;
    }
  }
}

/** The token is made and must be kept: what the search cannot do now is recorded for the next run. */
async function leftover(search: () => Promise<unknown>, above: number): Promise<Unsettled | undefined> {
  try {
    await search();
    return undefined;
  } catch {
    return { above };
  }
}
