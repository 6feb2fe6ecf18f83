import type { Context, Hono } from "hono";
import { isActive } from "./access.js";
import { grapeError, message, notFound } from "./api-error.js";
import { formatDateTime } from "./dates.js";
import { type CreateParameters, readCreate, validateModel } from "./deploy-token-parameters.js";
import type { DeployToken, Owner } from "./entities.js";
import {
  type Ability,
  authorize,
  callerOf,
  type Environment,
  findOwner,
  requireAdmin,
} from "./environment.js";
import { type PageRequest, pageRequest, paginate } from "./pagination.js";
import { type Parameters, readAlone, readParameters, toInteger } from "./parameters.js";

/**
 * The nine routes of deploy tokens, with one implementation for projects and groups. Each route checks the parameters,
 * the caller, the project or group, the role and the token, in this order.
 *
 * @see https://docs.gitlab.com/api/deploy_tokens/
 */
export function deployTokenRoutes(app: Hono, environment: Environment): void {
  const { store } = environment;

  const instance = `/${collection}`;
  app.options(instance, allow("GET", "HEAD"));
  app.get(instance, async (context) => {
    requireFlag(environment);
    const query = await readParameters(context.req);
    const filter = readList(query, environment);
    requireAdmin(callerOf(context, environment, query));
    return list(context, [...store.deployTokens.values()], filter, query, environment);
  });

  for (const kind of ["project", "group"] as const) {
    const path = `/${kind}s/:id/${collection}`;
    const ownerId = (context: Context) => context.req.param("id") ?? "";

    app.options(path, allow("GET", "POST", "HEAD"));
    app.get(path, async (context) => {
      requireFlag(environment);
      const query = await readParameters(context.req);
      const filter = readList(query, environment);
      const caller = callerOf(context, environment, query, fineGrained);
      const owner = findOwner(context, environment, kind, ownerId(context), caller);
      authorize(owner, caller, "read", environment);
      return list(context, store.tokensOf(owner), filter, { ...query, id: ownerId(context) }, environment);
    });

    app.post(path, async (context) => {
      requireFlag(environment);
      const parameters = await readParameters(context.req);
      const create = readCreate(parameters, environment.profile, environment.clock.now());
      const caller = callerOf(context, environment, parameters, fineGrained);
      const owner = findOwner(context, environment, kind, ownerId(context), caller);
      authorize(owner, caller, "create", environment);
      validateModel(create, environment.profile);
      const token = store.addDeployToken(row(create, owner, environment), environment.tokenPrefix);
      return context.json({ ...entity(token, environment), token: token.token }, 201);
    });

    const item = `/${kind}s/:id/deploy_tokens/:token_id`;
    app.options(item, environment.profile.getsOne ? allow("GET", "DELETE", "HEAD") : allow("DELETE"));
    const one = async (context: Context, ability: Ability): Promise<DeployToken> => {
      requireFlag(environment);
      const parameters = await readParameters(context.req);
      const tokenId = toInteger((context.req.param("token_id") ?? "").replace(format, ""));
      if (tokenId === undefined) throw grapeError(400, "token_id is invalid");
      const caller = callerOf(context, environment, parameters, fineGrained);
      const owner = findOwner(context, environment, kind, ownerId(context), caller);
      authorize(owner, caller, ability, environment);
      const token = store.tokensOf(owner).find(({ id }) => id === tokenId);
      if (token === undefined) throw notFound.deployToken();
      return token;
    };

    app.get(item, async (context) => {
      if (!environment.profile.getsOne) throw notFound.route();
      return context.json(entity(await one(context, "read"), environment));
    });

    app.delete(item, async (context) => {
      const token = await one(context, "destroy");
      store.deployTokens.delete(token.id);
      return context.body(null, 204);
    });
  }
}

function requireFlag({ deployTokensApi }: Environment): void {
  if (!deployTokensApi) throw message(503, "503 Service Unavailable");
}

/** Grape accepts any format after a route, such as `deploy_tokens.json`. */
const collection = ":collection{deploy_tokens(?:\\.[^/.]+)?}";
const fineGrained = { fineGrained: true };
const format = /\.[^/.]+$/;

function allow(...verbs: string[]): (context: Context) => Response {
  return (context) => context.body(null, 204, { Allow: ["OPTIONS", ...verbs].join(", ") });
}

interface ListFilter {
  readonly active: boolean | undefined;
  readonly page: PageRequest;
}

function readList(query: Parameters, { profile }: Environment): ListFilter {
  return readAlone(query, (reader) => {
    const page = pageRequest(reader);
    return { active: profile.saysRevoked ? reader.boolean("active") : undefined, page };
  });
}

function list(
  context: Context,
  tokens: readonly DeployToken[],
  { active, page }: ListFilter,
  parameters: Parameters,
  environment: Environment,
): Response {
  const now = environment.clock.now();
  // GitLab filters by `active=true` only and ignores `active=false`.
  const shown = tokens.filter((token) => active !== true || isActive(token, now)).sort((a, b) => a.id - b.id);
  const all = active === undefined ? parameters : { ...parameters, active };
  const items = paginate(context, shown, page, all, environment.externalUrl());
  return context.json(items.map((token) => entity(token, environment)));
}

function row(create: CreateParameters, owner: Owner, { profile }: Environment) {
  return {
    kind: owner.kind,
    ownerId: owner.id,
    name: create.name ?? "",
    scopes: create.scopes,
    expiresAt: create.expiresAt,
    username: profile.requiresExpiryAndUsername ? null : create.username,
  };
}

/** `API::Entities::DeployToken`, with its order of keys. */
function entity(token: DeployToken, { profile, clock }: Environment): Record<string, unknown> {
  const { id, name, username, expiresAt, scopes, revoked } = token;
  const midnight = new Date(clock.now()).setUTCHours(0, 0, 0, 0);
  // GitLab compares days: a token is expired from the next day on (`expires_at < Date.today`).
  const expired = expiresAt !== null && expiresAt.getTime() < midnight;
  return {
    id,
    name,
    username: username ?? `gitlab+deploy-token-${id}`,
    expires_at: expiresAt === null ? null : formatDateTime(expiresAt),
    scopes,
    ...(profile.saysRevoked ? { revoked, expired } : {}),
  };
}
