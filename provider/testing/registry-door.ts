import { generateKeyPairSync, type KeyPairKeyObjectResult, randomUUID, sign, verify } from "node:crypto";
import type { Context, Hono } from "hono";
import { reaches, sees } from "./access.js";
import { ApiError } from "./api-error.js";
import { accessDenied, basicCredentials, gitClient } from "./basic-credentials.js";
import type { Clock } from "./clock.js";
import type { DeployToken } from "./entities.js";
import type { Environment } from "./environment.js";

const service = "container_registry";
/** GitLab's `container_registry_token_expire_delay`, in seconds. */
const lifetime = 300;
const abilities = { pull: "read_registry", push: "write_registry" } as const;

interface Access {
  readonly type: "repository";
  readonly name: string;
  readonly actions: readonly string[];
}

/**
 * The container registry's login: GitLab's token service, and as much of the registry, here on GitLab's own address, as
 * `docker login` and a list of tags ask for.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function registryDoor(site: Hono, environment: Environment): void {
  const { store, clock, externalUrl } = environment;
  const seal = new Seal(clock);

  site.get("/jwt/auth", (context) => {
    const given = basicCredentials(context.req.header("authorization"));
    const token = given === undefined ? undefined : gitClient(environment, given);
    if (given !== undefined && token === undefined) {
      throw refusal(401, "UNAUTHORIZED", accessDenied(environment));
    }
    if (context.req.query("service") !== service) throw new ApiError(404, "");
    const scopes = context.req.queries("scope")?.flatMap((scope) => scope.split(" ")) ?? [];
    const access = scopes.flatMap((scope) => granted(scope, token, environment));
    const enough = token === undefined ? access.length > 0 : mayLogIn(token);
    if (!enough) throw refusal(403, "DENIED", "access forbidden", { http_status: 403 });
    const authType = token === undefined ? "none" : "deploy_token";
    return context.json({ token: seal.issue({ access, aud: service, auth_type: authType }) });
  });

  const challenge = (context: Context, scope?: string): readonly Access[] => {
    const [, bearer = ""] = /^Bearer\s+(.+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
    const access = seal.open(bearer);
    const [type, name, action = ""] = scope?.split(":") ?? [];
    const enough = access?.some(
      (each) => each.type === type && each.name === name && each.actions.includes(action),
    );
    if (access !== undefined && (scope === undefined || enough)) return access;
    const wrong = access === undefined ? "invalid_token" : "insufficient_scope";
    const wanted = `${scope === undefined ? "" : `,scope="${scope}"`}${bearer === "" ? "" : `,error="${wrong}"`}`;
    throw refusal(
      401,
      "UNAUTHORIZED",
      "authentication required",
      {},
      {
        "www-authenticate": `Bearer realm="${externalUrl()}/jwt/auth",service="${service}"${wanted}`,
        ...version,
      },
    );
  };
  site.get("/v2", (context) => {
    challenge(context);
    return context.json({}, 200, version);
  });
  site.get("/v2/:name{.+/tags/list}", (context) => {
    const name = context.req.param("name").replace(/\/tags\/list$/, "");
    challenge(context, `repository:${name}:pull`);
    const tags = store.find("project", name)?.imageTags ?? [];
    if (tags.length === 0) {
      throw refusal(404, "NAME_UNKNOWN", "repository name not known to registry", {}, version);
    }
    return context.json({ name, tags }, 200, version);
  });
}

const version = { "docker-distribution-api-version": "registry/2.0" };

function refusal(status: number, code: string, text: string, more = {}, headers = {}): ApiError {
  return new ApiError(status, { errors: [{ code, message: text }], ...more }, headers);
}

function mayLogIn({ scopes }: DeployToken): boolean {
  return Object.values(abilities).some((scope) => scopes.includes(scope));
}

/** Of what `repository:<path>:pull,push` asks for, what the token may do. */
function granted(scope: string, token: DeployToken | undefined, { store }: Environment): Access[] {
  const [type, name = "", asked = ""] = scope.split(":");
  const project = type === "repository" ? store.find("project", name) : undefined;
  if (project === undefined) return [];
  const actions = asked.split(",").filter((action) => {
    if (token === undefined) return action === "pull" && sees(store, undefined, project);
    const wanted = action === "pull" || action === "push" ? abilities[action] : "";
    return token.scopes.includes(wanted) && reaches(store, token, project);
  });
  return actions.length === 0 ? [] : [{ type: "repository", name, actions }];
}

/** Signs what the token service grants, and reads it again as the registry does. */
class Seal {
  private pair: KeyPairKeyObjectResult | undefined;

  constructor(private readonly clock: Clock) {}

  private get keys(): KeyPairKeyObjectResult {
    this.pair ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
    return this.pair;
  }

  issue(claims: object): string {
    const iat = Math.floor(this.clock.now().getTime() / 1000);
    const times = { jti: randomUUID(), iss: "gitlab-issuer", iat, nbf: iat - 5, exp: iat + lifetime };
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const text = `${encode({ typ: "JWT", alg: "RS256" })}.${encode({ ...claims, ...times })}`;
    return `${text}.${sign("sha256", Buffer.from(text), this.keys.privateKey).toString("base64url")}`;
  }

  open(jwt: string): readonly Access[] | undefined {
    const [header, claims = "", signature = ""] = jwt.split(".");
    const text = Buffer.from(`${header}.${claims}`);
    if (!verify("sha256", text, this.keys.publicKey, Buffer.from(signature, "base64url"))) return undefined;
    const { access, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as {
      access: Access[];
      exp: number;
    };
    return exp * 1000 > this.clock.now().getTime() ? access : undefined;
  }
}
